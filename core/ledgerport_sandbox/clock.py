"""A clock that may run faster than the wall, shared by numbers.

`now() = at + (wall - since) * rate`: three numbers that any process can copy (`GET /_sandbox/clock`), so that a hub
and a sandbox agree on the time without talking to each other. Hours of limits and token lives then pass in seconds.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """The three numbers of a clock: at wall time `since` (epoch seconds) it showed `at` (epoch seconds), and runs
    `rate` times as fast.
    """

    rate: float
    at: float
    since: float

    def now(self) -> float:
        """Epoch seconds on this clock."""
        return self.at + (time.time() - self.since) * self.rate


class Clock:
    """A settable, scalable clock in epoch seconds; rate 0 stands still until it is advanced.

    `set` and `advance` may be called from any thread; sleepers wake at once and look again.
    """

    def __init__(self, rate: float = 1.0, at: float | None = None, since: float | None = None) -> None:
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        wall = time.time()
        self._pace = _pace(rate, wall if at is None else at, wall if since is None else since)

    @property
    def pace(self) -> Pace:
        """The numbers another process needs to show the same time."""
        return self._pace

    def now(self) -> float:
        """Epoch seconds."""
        return self._pace.now()

    def utc(self) -> datetime:
        """The same moment as an aware datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def set(self, *, rate: float | None = None, at: float | None = None, since: float | None = None) -> Pace:
        """Replace the numbers; what is not given continues from this moment. Raises ValueError for a negative rate."""
        wall = time.time()
        moment = self._pace.now()
        new_rate = self._pace.rate if rate is None else rate
        if at is None and since is not None:
            raise ValueError("a clock set with `since` needs `at` as well")
        self._pace = _pace(new_rate, moment if at is None else at, wall if since is None else since)
        self._wake()
        return self._pace

    def advance(self, seconds: float) -> Pace:
        """Jump forward by `seconds` of this clock's time. Raises ValueError for a negative jump."""
        if seconds < 0:
            raise ValueError("a clock does not go backwards")
        self._pace = Pace(self._pace.rate, self._pace.at + seconds, self._pace.since)
        self._wake()
        return self._pace

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock's time; a change of pace meanwhile counts."""
        end = self.now() + seconds
        loop = asyncio.get_running_loop()
        while (left := end - self.now()) > 0:
            changed = asyncio.Event()
            sleeper = (loop, changed)
            self._sleepers.add(sleeper)
            rate = self._pace.rate
            waiting = asyncio.ensure_future(changed.wait())
            try:
                await asyncio.wait({waiting}, timeout=left / rate if rate > 0 else None)
            finally:
                waiting.cancel()
                self._sleepers.discard(sleeper)

    def _wake(self) -> None:
        for loop, changed in list(self._sleepers):
            loop.call_soon_threadsafe(changed.set)


def _pace(rate: float, at: float, since: float) -> Pace:
    if rate < 0:
        raise ValueError("the rate of a clock is 0 or more")
    return Pace(float(rate), float(at), float(since))
