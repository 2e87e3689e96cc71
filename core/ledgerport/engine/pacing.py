"""The limiter: answers *when* the next call may go, so that callers reschedule instead of sleeping.

A slot of a window counts from the moment its call *ended*, not from when it began: the provider counted it somewhere
in between, so the end is the only moment that is safe without knowing the network. That costs one answer's time per
window and never a 429.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ledgerport.contract import Clock, ProviderTerms, Scope

# Seconds (of the clock) after which a call under way is given up for its process: longer than any request may take.
LEASE = 180.0
# Seconds (of the clock) added to every window, so that rounding on either side never makes two calls fall into one.
MARGIN = 0.002
# When all places are taken nobody knows which call ends first: ask again after this many seconds (of the clock).
RECHECK = 0.25


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One thing that is counted: `key` says whose calls, `count` calls in any `seconds`."""

    key: str
    count: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Route:
    """All that a call must pass: its lanes, and the place (`calls_key`) where calls under way are counted, at most
    `concurrency`.
    """

    lanes: tuple[Lane, ...]
    calls_key: str
    concurrency: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What of a route is used at this moment: `used` of each lane, in the route's order, calls under way among them.

    `held_until`: nothing passes before that moment, None when nothing holds it.
    """

    used: tuple[int, ...]
    under_way: int
    held_until: datetime | None


class Permit(Protocol):
    """Leave to make one call. Must be ended or given back once; whatever comes after that does nothing."""

    def end(self) -> None:
        """The answer came, or was given up: from now on the call's slots count down."""

    def give_back(self) -> None:
        """The call was not made, or never left: its slots are free at once."""


class Limiter(Protocol):
    """Windows and concurrency behind one interface; one body in memory, one on Redis.

    A permit that is neither ended nor given back within LEASE (its process was killed) counts as ended at that moment.
    """

    def ask(self, route: Route) -> Permit | datetime:
        """A permit, or the moment (UTC) from which it is worth asking again. If the storage fails: a later moment,
        never a permit.
        """

    def hold(self, route: Route, until: datetime) -> None:
        """Let nothing pass on this route's `calls_key` before `until`: the provider said so (Retry-After)."""

    def usage(self, routes: Sequence[Route]) -> Sequence[Usage] | None:
        """How much of each route is used; nothing is taken or changed. None while the storage does not answer."""


def charge(limiter: Limiter, route: Route, calls: int) -> None:
    """Count calls that were made before it was known whose they are: those of a sign-in, which tell the company."""
    for _ in range(calls):
        permit = limiter.ask(route)
        if isinstance(permit, datetime):
            return
        permit.end()


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


def ask_for(limiter: Limiter, route: Route, clock: Clock, *, patience: timedelta) -> Permit | datetime:
    """A permit, waited for as long as `patience` (of the clock) lasts; else the moment from which to ask again."""
    give_up = clock.now() + patience
    while True:
        answer = limiter.ask(route)
        if not isinstance(answer, datetime) or answer > give_up:
            return answer
        # An event that nobody sets: a timed wait.
        threading.Event().wait(max(0.0, clock.real_seconds(answer - clock.now())))
