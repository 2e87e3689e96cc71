"""The providers' stand-ins, found through the entry-point group `ledgerport.sandboxes` and served in this process.

The one module of the demo that knows the kit; it never names a provider.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ledgerport.contract import ScaledClock
from ledgerport.serving import until_signal
from ledgerport_sandbox import Running, load
from ledgerport_sandbox.runner import GROUP, SERVICES

_SECONDS = 60.0


def installed() -> list[str]:
    """The providers that have a sandbox, by slug."""
    return sorted(entry.name for entry in importlib.metadata.entry_points(group=GROUP))


def services() -> list[str]:
    """The sandboxes of services that are no accounting provider, by name."""
    return sorted(SERVICES)


def serve_one(provider: str, *, port: int, store: Path | None, told: Callable[[str, str], None]) -> None:
    """`ledgerport sandbox`: serve until SIGTERM or Ctrl-C; `told` is given the address and the sandbox's notice, ""
    when it has none. For the main thread.

    Raises LookupError, and OSError for a port that is taken.
    """
    app = load(provider, store=store)
    try:
        running = Running(app, port=port)
    except OSError:
        app.close()
        raise
    with until_signal() as end, running:
        told(running.url, app.notice)
        end.wait()


@dataclass(frozen=True, kw_only=True)
class SandboxKeys:
    """The app that a sandbox knows: what a provider's developer portal would have given us."""

    client_id: str
    client_secret: str


class RunningSandbox:
    """One provider's sandbox in a thread, with its control routes."""

    def __init__(self, provider: str, *, store: Path | None = None) -> None:
        self.provider = provider
        self._app = load(provider, store=store)
        self._running = Running(self._app).start()
        self.url = self._running.url
        self._http = httpx.Client(base_url=f"{self.url}/_sandbox", timeout=_SECONDS, trust_env=False)

    @property
    def keys(self) -> SandboxKeys:
        """The first registered app; empty where the provider knows no apps."""
        client = next(iter(self._app.authority.clients.values()), None)
        if client is None:
            return SandboxKeys(client_id="", client_secret="")
        return SandboxKeys(client_id=client.id, client_secret=client.secret)

    def api_key(self) -> Mapping[str, str]:
        """What a person types to connect by API key: `key`, and the `field` beside it. Raises LookupError when the
        sandbox has given none out."""
        living = self._get("keys")
        if not living:
            raise LookupError(f"The sandbox of {self.provider} has given out no API key.")
        return {"key": str(living[0]["key"]), "field": str(living[0]["field"])}

    def follow(self, clock: ScaledClock) -> None:
        """Show the same time as the hub."""
        self._post("clock", {"rate": clock.rate, "at": clock.at.timestamp(), "since": clock.since})

    def ledger(self, company: str) -> Mapping[str, Any]:
        """The books of a company."""
        books: Mapping[str, Any] = self._get("ledger", company=company)
        return books

    def refusals(self) -> int:
        """How many calls were over a limit."""
        return int(self._get("limits")["refusals"]["total"])

    def calls(self) -> int:
        """How many requests came to the provider's own addresses."""
        return int(self._get("calls", last="0")["total"])

    def stop(self) -> None:
        self._http.close()
        self._running.stop()

    def _get(self, route: str, **query: str) -> Any:
        answer = self._http.get(f"/{route}", params=query)
        answer.raise_for_status()
        return answer.json()

    def _post(self, route: str, body: Mapping[str, Any]) -> None:
        self._http.post(f"/{route}", json=body).raise_for_status()
