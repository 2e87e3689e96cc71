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
        if rate <= 0:
            raise ValueError(f"A clock's rate must be above zero, got {rate}.")
        self.rate = rate
        self.at = at
        self.since = time.time() if since is None else since

    def now(self) -> datetime:
        return self.at + timedelta(seconds=(time.time() - self.since) * self.rate)

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds() / self.rate
