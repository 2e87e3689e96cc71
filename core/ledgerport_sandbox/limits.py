"""Sliding windows and concurrency, per key, on the sandbox clock.

A refused call takes nothing from any window. `jitter` (wall seconds) forgives differences in travel time when the
clock runs fast: at rate 60 a millisecond on the wire is 60 ms here, which no real provider would see. It shortens
each window by `jitter * (rate - 1)` and so is without effect on an unscaled clock.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ledgerport_sandbox.clock import Clock


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` calls in `per` seconds, or at most `count` at once when `per` is None."""

    name: str
    count: int
    per: float | None

    @classmethod
    def read(cls, data: Any) -> Limit:
        """From `{"name", "count", "per"}`. Raises ValueError when a member is missing or out of range."""
        try:
            limit = cls(str(data["name"]), int(data["count"]), None if data["per"] is None else float(data["per"]))
        except (KeyError, TypeError, ValueError) as err:
            raise ValueError("a limit is {name, count, per}; per null means at once") from err
        if limit.count < 0 or (limit.per is not None and limit.per <= 0):
            raise ValueError("count is 0 or more, per is above 0")
        return limit


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which limit said no, and in how many sandbox seconds the oldest call leaves the window (0 for concurrency)."""

    limit: Limit
    wait: float


class Limits:
    """All limits of a provider. A key names who is counted, for example `realm/app`."""

    def __init__(self, clock: Clock, limits: Sequence[Limit]) -> None:
        self._clock = clock
        self._defaults = tuple(limits)
        self.enabled = True
        self.jitter = 0.0
        self.refusals: Counter[str] = Counter()
        self.peaks: dict[str, int] = {}
        self.replace(limits)

    def replace(self, limits: Sequence[Limit]) -> None:
        """Put other limits in place; what was counted so far is forgotten."""
        self._limits = {limit.name: limit for limit in limits}
        self._windows: dict[tuple[str, str], deque[float]] = {}
        self._running: Counter[tuple[str, str]] = Counter()

    def reset(self) -> None:
        """Back to the published limits, counters at zero, switched on."""
        self.enabled = True
        self.jitter = 0.0
        self.refusals.clear()
        self.peaks.clear()
        self.replace(self._defaults)

    def enter(self, keys: Iterable[tuple[str, str]]) -> Refusal | None:
        """Count one call under its (limit name, key) pairs, or say which limit refuses it."""
        pairs = [(name, key) for name, key in keys if name in self._limits]
        if self.enabled:
            now = self._clock.now()
            for pair in pairs:
                limit = self._limits[pair[0]]
                if limit.per is None:
                    used, wait = self._running[pair], 0.0
                else:
                    window = self._windows.setdefault(pair, deque())
                    span = limit.per - self.jitter * max(0.0, self._clock.pace.rate - 1)
                    while window and window[0] <= now - span:
                        window.popleft()
                    used, wait = len(window), (window[0] + span - now if window else span)
                if used >= limit.count:
                    self.refusals[limit.name] += 1
                    return Refusal(limit, wait)
            for pair in pairs:
                if pair in self._windows:
                    self._windows[pair].append(now)
        for pair in pairs:
            self._running[pair] += 1
            if self.enabled:
                window = self._windows.get(pair, deque())
                used = self._running[pair] if self._limits[pair[0]].per is None else len(window)
                self.peaks[pair[0]] = max(self.peaks.get(pair[0], 0), used)
        return None

    def leave(self, keys: Iterable[tuple[str, str]]) -> None:
        """The call that entered with these pairs has ended."""
        for pair in keys:
            if self._running[pair] > 0:
                self._running[pair] -= 1

    def report(self) -> dict[str, Any]:
        """`{"enabled", "jitter", "limits", "refusals": {name: n, "total": n}, "peaks": {name: most used at once}}`."""
        limits = [{"name": limit.name, "count": limit.count, "per": limit.per} for limit in self._limits.values()]
        refusals = {**self.refusals, "total": sum(self.refusals.values())}
        state = {"enabled": self.enabled, "jitter": self.jitter, "limits": limits}
        return {**state, "refusals": refusals, "peaks": dict(self.peaks)}
