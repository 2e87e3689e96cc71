"""Deliveries to many addresses, each with a verifier of its own; one event a request."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from ledgerport_freshbooks_sandbox import callbacks
from ledgerport_freshbooks_sandbox.state import Company, Event
from ledgerport_sandbox.webhooks import Outbox

_FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Letter:
    """One request that waits to be sent."""

    uri: str
    body: bytes
    headers: dict[str, str]


class CallbackOutbox(Outbox):
    """The kit's queue, fed by registered callbacks; `subscribe` stands for an address that is verified already.

    `companies` gives the living companies, `registered` the callbacks of an account.
    """

    def __init__(
        self, companies: Callable[[], dict[str, Company]], registered: Callable[[str], Sequence[dict[str, Any]]]
    ) -> None:
        super().__init__(_never)
        self._companies, self._registered = companies, registered
        self._tasks: set[asyncio.Task[Any]] = set()

    def tell(self, account: str, event: Event) -> None:
        """Something changed: a letter for every verified callback that wants it."""
        company = self._companies()[account]
        targets = [(doc["uri"], doc["_verifier"]) for doc in self._registered(account) if _due(doc, event.name)]
        if self.url is not None:
            targets.append((self.url, self.secret))
        for uri, verifier in targets:
            body, headers = callbacks.delivery(company, event.name, event.id, verifier)
            self.pending.append({"letter": Letter(uri, body, headers)})

    def send_verifier(self, account: str, doc: dict[str, Any], *, at_once: bool) -> None:
        """The handshake of one callback, now (beside the running request) or with the next delivery."""
        letter = Letter(doc["uri"], callbacks.verification(self._companies()[account], doc), dict(_FORM))
        if not at_once:
            self.pending.append({"letter": letter})
            return
        task = asyncio.get_running_loop().create_task(self._send_alone(letter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_alone(self, letter: Letter) -> None:
        async with httpx.AsyncClient(timeout=self._patience, trust_env=False) as http:
            await _post(http, letter)

    async def shake_hands(self) -> list[dict[str, Any]]:
        """Each callback has its own handshake, which registering starts; a subscribed address needs none."""
        self.trusted = True
        return []

    async def deliver(self, *, size: int = 100, repeat: int = 1, shuffle: bool = False) -> list[dict[str, Any]]:
        """Send everything that waits, each request `repeat` times; one report row per request. `size` has no effect.

        What was not answered with 2xx waits again (UNSURE: the real one's patience is not known).
        """
        letters: list[Letter] = [entry["letter"] for entry in self.pending]
        self.pending.clear()
        if shuffle:
            random.Random(len(letters)).shuffle(letters)
        reports: list[dict[str, Any]] = []
        async with httpx.AsyncClient(timeout=self._patience, trust_env=False) as http:
            for letter in letters:
                taken = False
                for _ in range(repeat):
                    report = await _post(http, letter)
                    reports.append({"events": 1, **report})
                    taken = taken or 200 <= (report["status"] or 0) < 300
                if not taken:
                    self.pending.append({"letter": letter})
        return reports


def _due(doc: dict[str, Any], event: str) -> bool:
    return bool(doc["verified"]) and callbacks.wants(doc, event)


def _never(events: Sequence[dict[str, Any]], secret: str) -> tuple[bytes, dict[str, str]]:
    raise AssertionError("letters are packed when they are written")


async def _post(http: httpx.AsyncClient, letter: Letter) -> dict[str, Any]:
    try:
        answer = await http.post(letter.uri, content=letter.body, headers=letter.headers)
    except httpx.HTTPError as err:
        return {"status": None, "problem": f"{type(err).__name__}: {err}"}
    return {"status": answer.status_code, "problem": None}
