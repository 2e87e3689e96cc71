"""Cassettes of Voyage: its sandbox, or what it said when it was recorded. Voyage is no provider: nobody signs in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from tests.contract.taping import AT
from tests.stage import Sandbox

from ledgerport.testing.cassettes import ORIGIN, REDACTED
from ledgerport_sandbox import Clock, Running, load

PROVIDER = "voyage"
KEPT_HEADERS = frozenset({"x-request-id"})
# There is no consent page; what the stage asks for itself stands under this.
CONSENT_PATH = "/_sandbox/"
NOTE = (
    "Recorded from the project's own Voyage sandbox (ledgerport_sandbox.voyage), not from Voyage AI.\n"
    "Its vectors are lexical: no language model made them."
)


@dataclass(frozen=True, kw_only=True)
class VoyageSource:
    """Whom the client talks to; `sandbox` None: a cassette answers."""

    address: str
    api_key: SecretStr
    sandbox: Sandbox | None = None

    @property
    def replace(self) -> dict[str, str]:
        return {}

    def metadata(self) -> dict[str, Any]:
        """What a replay must know, without secrets."""
        return {"note": NOTE}

    def fault(self, name: str, **more: Any) -> None:
        """Have the sandbox make a fault; in a replay the cassette holds what came of it."""
        if self.sandbox is not None:
            self.sandbox.fault(name, **more)


@contextmanager
def sandbox_source() -> Iterator[VoyageSource]:
    """A fresh sandbox whose clock stands."""
    with Running(load(PROVIDER, clock=Clock(rate=0, at=AT.timestamp()))) as running:
        yield VoyageSource(
            address=f"{running.url}/v1", api_key=SecretStr("pa-sandbox"), sandbox=Sandbox(running.url, PROVIDER)
        )


def replayed(get_metadata: Callable[[str, Any], Any]) -> VoyageSource:
    """What a cassette was recorded from."""
    return VoyageSource(address=f"{ORIGIN}/v1", api_key=SecretStr(REDACTED))
