"""The limiter: answers *when* the next call may go, so that callers reschedule instead of sleeping.

A slot of a window counts from the moment its call *ended*, not from when it began: the provider counted it somewhere in between, so the end is the
only moment that is safe without knowing the network. That costs one answer's time per window and never a 429.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledgerport.contract import ProviderTerms, Scope


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One thing that is counted: `key` says whose calls, `count` calls in any `seconds`."""

    key: str
    count: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Route:
    """All that a call must pass: its lanes, and the place (`calls_key`) where calls under way are counted, at most `concurrency`."""

    lanes: tuple[Lane, ...]
    calls_key: str
    concurrency: int


class Permit(Protocol):
    """Leave to make one call. Must be ended once, when its answer came or was given up."""

    def end(self) -> None: ...


class Limiter(Protocol):
    """Windows and concurrency behind one interface; one body in memory, one on Redis."""

    def ask(self, route: Route) -> Permit | datetime:
        """A permit, or the moment (UTC) from which it is worth asking again. If the storage fails: a later moment, never a permit."""

    def hold(self, route: Route, until: datetime) -> None:
        """Let nothing pass on this route's `calls_key` before `until`: the provider said so (Retry-After)."""


def route_for(terms: ProviderTerms, *, client_id: str, company_id: str, meters: Sequence[str]) -> Route:
    """The route of a call that counts on `meters` (`request` is always among them)."""
    wanted = {"request", *meters}
    lanes = []
    for number, limit in enumerate(terms.limits):
        if limit.meter in wanted:
            whose = company_id if limit.scope is Scope.COMPANY else "*"
            lanes.append(
                Lane(
                    key=f"{terms.slug}:{client_id}:{whose}:{limit.meter}:{number}",
                    count=limit.count,
                    seconds=limit.per.total_seconds(),
                )
            )
    return Route(
        lanes=tuple(lanes), calls_key=f"{terms.slug}:{client_id}:{company_id}:calls", concurrency=terms.concurrency
    )
