"""Cassettes: `cassettes/<provider>/<test module>/<test>.yaml`, replayed unless LEDGERPORT_RECORD asks to record.

A test module of cassettes names its PROVIDER; what is that provider's own stands in `<provider>_tape.py`:
`sandbox_source`, `replayed`, CONSENT_PATH, KEPT_HEADERS and, where it can be recorded live, `live_login`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.taping import SANDBOX_ONLY, Source, Tape

from ledgerport.testing.cassettes import NotedPersister, cassette_config

ROOT = Path(__file__).resolve().parents[2]
# "sandbox": from the sandbox; "live": from a real sandbox company (see README, "Cassettes").
RECORD = os.environ.get("LEDGERPORT_RECORD", "")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{SANDBOX_ONLY}: needs a fault that no real provider makes to order")


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    vcr.register_persister(NotedPersister)


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    provider = getattr(request.module, "PROVIDER", "")
    return str(ROOT / "cassettes" / provider / request.path.stem)


@pytest.fixture(scope="module")
def its_tape(request: pytest.FixtureRequest) -> Any:
    """The module that knows what is the provider's own."""
    return importlib.import_module(f"tests.contract.{request.module.PROVIDER}_tape")


@pytest.fixture(scope="session")
def live_logins() -> dict[str, Any]:
    """Signed in once for all recordings: providers count and rotate refresh tokens."""
    return {}


@pytest.fixture
def source(request: pytest.FixtureRequest, its_tape: Any, live_logins: dict[str, Any]) -> Iterator[Source | None]:
    """What is recorded from, made ready before the cassette opens; None: nothing, the cassette is replayed."""
    if RECORD == "":
        yield None
    elif RECORD == "sandbox":
        with its_tape.sandbox_source() as ready:
            yield ready
    elif RECORD == "live":
        if request.node.get_closest_marker(SANDBOX_ONLY) or not hasattr(its_tape, "live_login"):
            pytest.skip("LEDGERPORT_RECORD=live: this cassette can only come from the sandbox and stays as it is")
        if its_tape.PROVIDER not in live_logins:
            live_logins[its_tape.PROVIDER] = its_tape.live_login(os.environ)
        yield live_logins[its_tape.PROVIDER].source()
    else:
        pytest.fail(f"LEDGERPORT_RECORD is {RECORD!r}; it is 'sandbox', 'live' or not set")


@pytest.fixture
def vcr_config(its_tape: Any, source: Source | None) -> dict[str, Any]:
    return cassette_config(
        record=source is not None,
        keep_headers=its_tape.KEPT_HEADERS,
        ignore_paths=("/_sandbox/", its_tape.CONSENT_PATH),
        replace=source.replace if source is not None else None,
    )


@pytest.fixture
def tape(request: pytest.FixtureRequest, vcr: Any, its_tape: Any, source: Source | None) -> Iterator[Tape]:
    """The plugin over the true client, its answers recorded or replayed; every recording must be used up."""
    ready = source if source is not None else its_tape.replayed(vcr.get_metadata)
    if source is not None:
        for name, value in source.metadata().items():
            vcr.get_metadata(name, value)
    with Tape(ready, request.node.name) as opened:
        yield opened
    if source is None:
        assert vcr.all_played, "the cassette holds requests that the plugin no longer makes"
