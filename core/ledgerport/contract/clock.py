"""Time as a value: whoever depends on time is given a clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time (UTC, timezone-aware) and how long a span of it lasts for a waiting thread."""

    def now(self) -> datetime: ...

    def real_seconds(self, span: timedelta) -> float:
        """How many seconds of the machine's own time `span` lasts; what a thread may pass to a timed wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


class ScaledClock:
    """Runs `rate` times as fast as the machine's clock; shows `at` when the machine shows `since` (seconds since 1970).

    Two processes given the same three figures see the same time.
    """

    def __init__(self, *, rate: float, at: datetime, since: float | None = None) -> None:
        # One value, so that a thread that looks while the rate changes sees the old figures or the new ones.
        self._figures = (_positive(rate), at, time.time() if since is None else since)

    @property
    def rate(self) -> float:
        return self._figures[0]

    @property
    def at(self) -> datetime:
        return self._figures[1]

    @at.setter
    def at(self, at: datetime) -> None:
        rate, _, since = self._figures
        self._figures = (rate, at, since)

    @property
    def since(self) -> float:
        return self._figures[2]

    def now(self) -> datetime:
        rate, at, since = self._figures
        return at + timedelta(seconds=(time.time() - since) * rate)

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds() / self.rate

    def change_rate(self, rate: float) -> None:
        """Go on from this moment at another pace."""
        wall = time.time()
        before, at, since = self._figures
        self._figures = (_positive(rate), at + timedelta(seconds=(wall - since) * before), wall)


def _positive(rate: float) -> float:
    if rate <= 0:
        raise ValueError(f"A clock's rate must be above zero, got {rate}.")
    return rate
