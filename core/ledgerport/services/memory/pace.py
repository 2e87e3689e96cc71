"""Requests to Voyage at its pace: so many a minute, and so many tokens a minute, whatever process or tenant asks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerport.engine.pacing import Lane, Limiter, Permit, Route
from ledgerport.services.context import Hub

_MINUTE = 60.0
# The limiter counts calls, so tokens are counted in parts of a minute's worth.
_PARTS = 1000
# Requests of one key under way at once, over all processes.
_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Leave for one request. `parts`: how many parts of a minute's tokens it was given."""

    permits: Sequence[Permit]
    parts: int

    def end(self) -> None:
        """The request was answered, or given up."""
        for permit in self.permits:
            permit.end()


class Pace:
    """Voyage's limits for the hub's key and model."""

    def __init__(self, hub: Hub) -> None:
        assert hub.memory is not None
        limits = hub.memory.limits
        key = f"voyage:{hub.memory.embedder.model}"
        self._limiter: Limiter = hub.limiter
        self._clock = hub.clock
        self._tokens_a_part = max(1, limits.tokens_per_minute // _PARTS)
        parts = max(1, limits.tokens_per_minute // self._tokens_a_part)
        self._requests = Route(
            lanes=(Lane(key=f"{key}:requests", count=limits.requests_per_minute, seconds=_MINUTE),),
            calls_key=f"{key}:calls",
            concurrency=_AT_ONCE,
        )
        self._tokens = Route(
            lanes=(Lane(key=f"{key}:tokens", count=parts, seconds=_MINUTE),),
            calls_key=f"{key}:parts",
            concurrency=parts,
        )
        self._most = parts

    def take(self, tokens: int, *, patience: timedelta) -> Turn | datetime:
        """Leave to send about so many tokens, waited for as long as `patience` (of the hub's clock) lasts; else the
        moment from which to ask again.
        """
        give_up = self._clock.now() + patience
        while True:
            answer = self._ask(self._parts(tokens))
            if isinstance(answer, Turn) or answer > give_up:
                return answer
            # An event that nobody sets: a timed wait.
            threading.Event().wait(max(0.0, self._clock.real_seconds(answer - self._clock.now())))

    def correct(self, turn: Turn, tokens: int) -> None:
        """Count what a request was beyond its estimate."""
        for _ in range(self._parts(tokens) - turn.parts):
            permit = self._limiter.ask(self._tokens)
            if isinstance(permit, datetime):
                return
            permit.end()

    def hold(self, until: datetime) -> None:
        """Voyage asked for a pause: no request of this key passes before."""
        self._limiter.hold(self._requests, until)

    def _parts(self, tokens: int) -> int:
        # A request of more than a minute's tokens waits for a whole minute's, and for no more.
        return min(self._most, -(-tokens // self._tokens_a_part))

    def _ask(self, parts: int) -> Turn | datetime:
        permits: list[Permit] = []
        for route in (self._requests, *(self._tokens for _ in range(parts))):
            answer = self._limiter.ask(route)
            if isinstance(answer, datetime):
                for permit in permits:
                    permit.give_back()
                return answer
            permits.append(answer)
        return Turn(permits=permits, parts=parts)
