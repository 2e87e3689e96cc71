"""The limiter of one process: everything in memory, one lock.

A restart forgets what was called before it; the provider's 429 then holds the route (`hold`). Several processes need
`pacing_redis`.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ledgerport.contract import Clock
from ledgerport.engine.pacing import LEASE, MARGIN, RECHECK, Lane, Limiter, Permit, Route, Usage

# After so many questions, lanes and places that nobody uses any more are dropped.
_SWEEP_EVERY = 4096

_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class _Window:
    """One lane: when its ended calls ended (seconds since 1970, ascending), and how many are under way."""

    ended: deque[float] = field(default_factory=deque)
    under_way: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Places:
    """One company's calls under way, and until when (seconds since 1970) nothing may pass."""

    taken: int = 0
    held_until: float = 0.0


class MemoryLimiter(Limiter):
    """Windows in deques: asking and ending cost a few microseconds, whatever the size of the window."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._places: dict[str, _Places] = {}
        # All calls under way, oldest first: what the lease looks at.
        self._under_way: dict[_MemoryPermit, float] = {}
        self._asked = 0

    def ask(self, route: Route) -> Permit | datetime:
        now = self._clock.now().timestamp()
        with self._lock:
            self._expire(now)
            self._asked += 1
            if self._asked % _SWEEP_EVERY == 0:
                self._sweep(now)
            places = self._places.get(route.calls_key)
            if places is None:
                places = self._places[route.calls_key] = _Places()
            free_at = places.held_until
            if places.taken >= route.concurrency:
                free_at = max(free_at, now + RECHECK)
            windows = []
            for lane in route.lanes:
                window = self._windows.get(lane.key)
                if window is None:
                    window = self._windows[lane.key] = _Window()
                windows.append(window)
                free_at = max(free_at, _free_at(window, lane, now))
            if free_at > now:
                # Rounded up: at the moment it names the question must not be asked in vain.
                return datetime.fromtimestamp(free_at, UTC) + _TICK
            for window in windows:
                window.under_way += 1
            places.taken += 1
            permit = _MemoryPermit(self, places, windows)
            self._under_way[permit] = now
            return permit

    def hold(self, route: Route, until: datetime) -> None:
        with self._lock:
            places = self._places.setdefault(route.calls_key, _Places())
            places.held_until = max(places.held_until, until.timestamp())

    def usage(self, routes: Sequence[Route]) -> Sequence[Usage]:
        now = self._clock.now().timestamp()
        with self._lock:
            return [self._usage(route, now) for route in routes]

    def size(self) -> int:
        """How many lanes and companies are remembered."""
        with self._lock:
            return len(self._windows) + len(self._places)

    def finish(self, permit: _MemoryPermit, *, left: bool) -> None:
        """End a permit; `left` False leaves no trace of it."""
        with self._lock:
            now = self._clock.now().timestamp()
            if self._under_way.pop(permit, None) is not None:
                permit.take_out(now if left else None)
            elif left and permit.lapsed:
                # Its lease was over, yet the call went on until now: count it from its true end too.
                permit.lapsed = False
                permit.stamp(now)

    def _usage(self, route: Route, now: float) -> Usage:
        places = self._places.get(route.calls_key) or _Places()
        held = places.held_until > now
        return Usage(
            used=tuple(_used(self._windows.get(lane.key), lane, now) for lane in route.lanes),
            under_way=places.taken,
            held_until=datetime.fromtimestamp(places.held_until, UTC) if held else None,
        )

    def _expire(self, now: float) -> None:
        while self._under_way:
            permit, began = next(iter(self._under_way.items()))
            if now - began < LEASE:
                return
            del self._under_way[permit]
            permit.lapsed = True
            permit.take_out(now)

    def _sweep(self, now: float) -> None:
        idle = [
            key
            for key, window in self._windows.items()
            if not window.under_way and (not window.ended or window.ended[-1] + window.seconds <= now)
        ]
        for key in idle:
            del self._windows[key]
        empty = [key for key, places in self._places.items() if not places.taken and places.held_until <= now]
        for key in empty:
            del self._places[key]


class _MemoryPermit(Permit):
    __slots__ = ("_limiter", "_places", "_windows", "lapsed")

    def __init__(self, limiter: MemoryLimiter, places: _Places, windows: list[_Window]) -> None:
        self._limiter = limiter
        self._places = places
        self._windows = windows
        self.lapsed = False

    def end(self) -> None:
        self._limiter.finish(self, left=True)

    def give_back(self) -> None:
        self._limiter.finish(self, left=False)

    def take_out(self, ended: float | None) -> None:
        """Free the places; called under the limiter's lock."""
        self._places.taken -= 1
        for window in self._windows:
            window.under_way -= 1
        if ended is not None:
            self.stamp(ended)

    def stamp(self, ended: float) -> None:
        """Count the call in its windows from `ended` on; called under the limiter's lock."""
        for window in self._windows:
            # A clock that was set back must not break the order.
            window.ended.append(max(ended, window.ended[-1]) if window.ended else ended)


def _free_at(window: _Window, lane: Lane, now: float) -> float:
    """When the lane has a free slot: 0 for now, else a moment (seconds since 1970)."""
    seconds = window.seconds = lane.seconds + MARGIN
    ended = window.ended
    while ended and ended[0] + seconds <= now:
        ended.popleft()
    missing = len(ended) + window.under_way - lane.count + 1
    if missing <= 0:
        return 0.0
    # Ended calls free their slots in order. One under way frees its own a whole window after it ends: at the
    # earliest, now.
    return ended[missing - 1] + seconds if missing <= len(ended) else now + seconds


def _used(window: _Window | None, lane: Lane, now: float) -> int:
    if window is None:
        return 0
    over = bisect_right(window.ended, now - lane.seconds - MARGIN)
    return len(window.ended) - over + window.under_way
