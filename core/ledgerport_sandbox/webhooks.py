"""Change events waiting to be told, and their delivery on demand.

The provider says what an event looks like; this module keeps the queue and speaks HTTP. Nothing is sent until a test
or a demo asks, so events can be held back, repeated or shuffled as real ones are.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import httpx

Pack = Callable[[Sequence[dict[str, Any]], str], tuple[bytes, dict[str, str]]]


class Outbox:
    """Events of all companies in order. `pack(events, secret)` makes (raw body, headers) of one delivery."""

    def __init__(self, pack: Pack, *, keep: int = 50_000, patience: float = 3.0) -> None:
        self._pack = pack
        self._patience = patience
        self.pending: deque[dict[str, Any]] = deque(maxlen=keep)
        self.url: str | None = None
        self.secret = ""

    def subscribe(self, url: str | None, secret: str) -> None:
        """Send to this address from now on, signed with this secret; None stops it and drops what waits."""
        self.url, self.secret = url, secret
        self.pending.clear()

    def record(self, event: dict[str, Any]) -> None:
        """Something changed; remembered only when somebody subscribed."""
        if self.url is not None:
            self.pending.append(event)

    async def deliver(self, *, size: int = 100, repeat: int = 1, shuffle: bool = False) -> list[dict[str, Any]]:
        """Send everything that waits, `size` events a request, each request `repeat` times; one report row per
        request.

        A request that was not answered with 2xx in time puts its events back. Raises ValueError without a
        subscription.
        """
        if self.url is None:
            raise ValueError("no webhook address: POST /_sandbox/webhooks {url, secret} first")
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
