"""Change events waiting to be told, and their delivery on demand.

The provider says what an event looks like; this module keeps the queue and speaks HTTP. Nothing is sent until a test
or a demo asks, so events can be held back, repeated or shuffled as real ones are.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

Pack = Callable[[Sequence[dict[str, Any]], str], tuple[bytes, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Handshake:
    """One request that a new address must answer with `expected` before anything is delivered to it."""

    body: bytes
    headers: dict[str, str]
    expected: int


Handshakes = Callable[[str], Sequence[Handshake]]


def _no_handshake(secret: str) -> Sequence[Handshake]:
    return ()


class Outbox:
    """Events of all companies in order. `pack(events, secret)` makes (raw body, headers) of one delivery;
    `handshakes(secret)` what a new address has to pass first. `most`: how many events the provider puts into one
    delivery (None: any number).
    """

    def __init__(
        self,
        pack: Pack,
        *,
        handshakes: Handshakes = _no_handshake,
        most: int | None = None,
        keep: int = 50_000,
        patience: float = 3.0,
    ) -> None:
        self._pack, self._handshakes, self._most = pack, handshakes, most
        self.trusted = False
        self._patience = patience
        self.pending: deque[dict[str, Any]] = deque(maxlen=keep)
        self.url: str | None = None
        self.secret = ""

    def subscribe(self, url: str | None, secret: str) -> None:
        """Send to this address from now on, signed with this secret; None stops it and drops what waits."""
        self.url, self.secret = url, secret
        self.trusted = False
        self.pending.clear()

    def record(self, event: dict[str, Any]) -> None:
        """Something changed; remembered only when somebody subscribed."""
        if self.url is not None:
            self.pending.append(event)

    async def shake_hands(self) -> list[dict[str, Any]]:
        """Send the provider's handshakes; one report row per request. The address is trusted when all were answered
        as expected. Raises ValueError without a subscription.
        """
        if self.url is None:
            raise ValueError("no webhook address: POST /_sandbox/webhooks {url, secret} first")
        reports: list[dict[str, Any]] = []
        async with httpx.AsyncClient(timeout=self._patience, trust_env=False) as http:
            for hand in self._handshakes(self.secret):
                report = await _post(http, self.url, hand.body, hand.headers)
                reports.append({"expected": hand.expected, **report})
        self.trusted = all(report["status"] == report["expected"] for report in reports)
        return reports

    async def deliver(self, *, size: int = 100, repeat: int = 1, shuffle: bool = False) -> list[dict[str, Any]]:
        """Send everything that waits, `size` events a request, each request `repeat` times; one report row per
        request.

        A request that was not answered with 2xx in time puts its events back. Raises ValueError without a
        subscription, or when the address does not pass the handshake.
        """
        if self.url is None:
            raise ValueError("no webhook address: POST /_sandbox/webhooks {url, secret} first")
        if not self.trusted:
            answers = await self.shake_hands()
            if not self.trusted:
                raise ValueError(f"the webhook address does not pass the handshake: {answers}")
        size = size if self._most is None else min(size, self._most)
        events = list(self.pending)
        self.pending.clear()
        if shuffle:
            random.Random(len(events)).shuffle(events)
        reports: list[dict[str, Any]] = []
        async with httpx.AsyncClient(timeout=self._patience, trust_env=False) as http:
            for start in range(0, len(events), size):
                part = events[start : start + size]
                body, headers = self._pack(part, self.secret)
                accepted = False
                for _ in range(repeat):
                    report = await _post(http, self.url, body, headers)
                    reports.append({"events": len(part), **report})
                    accepted = accepted or 200 <= (report["status"] or 0) < 300
                if not accepted:
                    self.pending.extend(part)
        return reports


async def _post(http: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    try:
        answer = await http.post(url, content=body, headers=headers)
    except httpx.HTTPError as err:
        return {"status": None, "problem": f"{type(err).__name__}: {err}"}
    return {"status": answer.status_code, "problem": None}
