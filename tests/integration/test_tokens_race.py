"""Many processes need the same grant's token in the same moment: one call at the provider, one new token for all.

Providers whose refresh token works once lose the grant to a second call.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.connecting import Stage, refresh_in_processes, stage
from tests.stage import PROVIDERS

from ledgerport.services.grant_secrets import open_grant

PROCESSES = 32


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_32_processes_that_need_a_token_at_once_make_one_call_and_get_the_same_token(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, provider: str
) -> None:
    url = request.getfixturevalue("migrated_postgres_url") if database == "postgres" else ""
    with stage(tmp_path, url, provider=provider) as here:
        here.connect()
        told = ask_at_once(here)
        token = open_grant(here.hub.vault, here.grant()).access_token.get_secret_value()

        assert here.calls(here.token_route) == {"200": 1}
        assert len(told) == PROCESSES
        assert set(told) == {(2, token)}


def ask_at_once(here: Stage) -> list[tuple[int, str]]:
    """What each process was told."""
    # The processes run on the machine's clock; the sandbox keeps to it as well.
    here.clock.set(rate=1, at=datetime.now(UTC).timestamp())
    here.change_grant(access_expires_at=datetime.now(UTC) - timedelta(seconds=1))
    here.forget_calls()
    # Slow enough that every process asks while the call is under way.
    here.control("latency", {"seconds": 1.0, "match": {"path": here.token_route}})
    return refresh_in_processes(here, here.grant().id, PROCESSES)
