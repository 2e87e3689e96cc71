"""The control routes of a running sandbox, as the checks use them; the plugin never meets these."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from ledgerport.contract import ScaledClock
from ledgerport_sandbox import Running, load

_SECONDS = 60.0
# Digits are an id in every sandbox that lets one choose it.
_FOREIGN = {"JPY": "9341450000000392", "KWD": "9341450000000414"}
# How the kit's consent page names each company, whether it lets a person choose or only tells.
_COMPANY = re.compile(r"<small>\(([^()]+)\)</small>")


class SandboxControl:
    """One provider's sandbox in a thread of this process."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.app: Any = load(provider)
        # The companies that the last consent page showed, or that keys are given out for.
        self.offered: list[str] = []
        self._running = Running(self.app).start()
        self.url = self._running.url
        # Plain http on this machine: reading the system's certificates would take longer than the requests.
        self._http = httpx.Client(timeout=_SECONDS, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    @property
    def client(self) -> tuple[str, str]:
        """Id and secret of the app that the sandbox knows; of a provider without OAuth any will do."""
        for its in self.app.authority.clients.values():
            if its.secret:
                return its.id, its.secret
        return "sandbox-client", "sandbox-secret"

    def control(self, route: str, body: Mapping[str, Any] | None = None, method: str = "POST", **query: str) -> Any:
        """Ask a route under `/_sandbox/`. Raises AssertionError with the sandbox's own words when it refuses."""
        answer = self._http.request(method, f"{self.url}/_sandbox/{route}", json=body, params=query)
        assert answer.status_code < httpx.codes.MULTIPLE_CHOICES, f"The sandbox refuses {route}: {answer.text[:300]}"
        return answer.json() if answer.content else None

    def follow(self, clock: ScaledClock) -> None:
        """Show the same time as the hub."""
        self.control("clock", {"rate": clock.rate, "at": clock.at.timestamp(), "since": clock.since})

    def consent(self, address: str, company: str = "") -> dict[str, str]:
        """Say yes on the consent page, to the first company when none is named; the callback's query."""
        page = self._http.get(address)
        assert page.status_code == httpx.codes.OK, f"The consent page answers {page.status_code}: {page.text[:300]}"
        self.offered = [unescape(each) for each in _COMPANY.findall(page.text)]
        chosen = company or (self.offered[0] if self.offered else "")
        answer = self._http.post(address, data={"company": chosen, "decision": "allow"})
        assert answer.has_redirect_location, f"The consent page leads nowhere: {answer.status_code} {answer.text[:300]}"
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def company_in(self, currency: str) -> str:
        """Open the books of a company in another currency; its id, "" when the sandbox cannot have one."""
        answer = self._http.post(
            f"{self.url}/_sandbox/companies",
            json={"id": _FOREIGN[currency], "name": f"Company in {currency}", "currency": currency},
        )
        return str(answer.json()["id"]) if answer.is_success else ""

    def stop(self) -> None:
        self._http.close()
        self._running.stop()
