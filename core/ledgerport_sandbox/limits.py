"""Sliding windows, fixed windows and concurrency, per key, on the sandbox clock.

A window counts calls, or what calls bring (tokens). A refused call takes nothing from any window. `jitter` (wall
seconds) forgives differences in travel time when the clock runs fast: at rate 60 a millisecond on the wire is 60 ms
here, which no real provider would see. It shortens each window by `jitter * (rate - 1)` and so is without effect on an
unscaled clock.
"""

from __future__ import annotations

import zlib
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ledgerport_sandbox.clock import Clock


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` calls, or tokens, in `per` seconds, or at most `count` calls at once when `per` is None.

    `fixed`: the window does not slide; it begins anew every `per` seconds, at another moment for each key.
    """

    name: str
    count: int
    per: float | None
    fixed: bool = False

    @classmethod
    def read(cls, data: Any) -> Limit:
        """From `{"name", "count", "per", "fixed"?}`. Raises ValueError when a member is missing or out of range."""
        try:
            per = None if data["per"] is None else float(data["per"])
            limit = cls(str(data["name"]), int(data["count"]), per, bool(data.get("fixed", False)))
        except (KeyError, TypeError, ValueError) as err:
            raise ValueError("a limit is {name, count, per}; per null means at once") from err
        if limit.count < 0 or (limit.per is not None and limit.per <= 0):
            raise ValueError("count is 0 or more, per is above 0")
        return limit


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which limit said no, and in how many sandbox seconds there is room again (0 for concurrency)."""

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
        # (when, how much) of each call that still counts, and their sum.
        self._windows: dict[tuple[str, str], deque[tuple[float, int]]] = {}
        self._sums: Counter[tuple[str, str]] = Counter()
        self._ends: dict[tuple[str, str], float] = {}
        self._running: Counter[tuple[str, str]] = Counter()

    def reset(self) -> None:
        """Back to the published limits, counters at zero, switched on."""
        self.enabled = True
        self.jitter = 0.0
        self.refusals.clear()
        self.peaks.clear()
        self.replace(self._defaults)

    def enter(self, keys: Iterable[tuple[str, str]], amounts: Mapping[str, int] | None = None) -> Refusal | None:
        """Count one call under its (limit name, key) pairs, or say which limit refuses it.

        `amounts`: how much the call takes of a limit by name, where that is not 1.
        """
        takes = amounts or {}
        pairs = [(name, key) for name, key in keys if name in self._limits]
        if self.enabled:
            now = self._clock.now()
            for pair in pairs:
                limit, amount = self._limits[pair[0]], takes.get(pair[0], 1)
                if limit.per is None:
                    used, wait = self._running[pair], 0.0
                else:
                    used, wait = self._used(limit, pair, now, amount)
                if used + amount > limit.count:
                    self.refusals[limit.name] += 1
                    return Refusal(limit, wait)
            for pair in pairs:
                if pair in self._windows:
                    amount = takes.get(pair[0], 1)
                    self._windows[pair].append((now, amount))
                    self._sums[pair] += amount
        for pair in pairs:
            self._running[pair] += 1
            if self.enabled:
                used = self._running[pair] if self._limits[pair[0]].per is None else self._sums[pair]
                self.peaks[pair[0]] = max(self.peaks.get(pair[0], 0), used)
        return None

    def _used(self, limit: Limit, pair: tuple[str, str], now: float, amount: int = 1) -> tuple[int, float]:
        """How much the window of this moment holds, and in how many seconds there is room for `amount`."""
        assert limit.per is not None
        window = self._windows.setdefault(pair, deque())
        span = limit.per - self.jitter * max(0.0, self._clock.pace.rate - 1)
        if limit.fixed and span > 0:
            phase = zlib.crc32("/".join(pair).encode()) / 2**32 * span
            end = ((now - phase) // span + 1) * span + phase
            if self._ends.get(pair, 0.0) <= now:
                window.clear()
                self._sums[pair] = 0
                self._ends[pair] = end
            return self._sums[pair], self._ends[pair] - now
        while window and window[0][0] <= now - span:
            self._sums[pair] -= window.popleft()[1]
        held = self._sums[pair]
        return held, (_room(window, held, limit.count - amount) + span - now if window else span)

    def remaining(self, name: str, key: str) -> int:
        """How many more calls this limit lets in now; 0 when there is no such limit."""
        limit = self._limits.get(name)
        if limit is None:
            return 0
        pair = (name, key)
        used = self._running[pair] if limit.per is None else self._used(limit, pair, self._clock.now())[0]
        return max(0, limit.count - used)

    def leave(self, keys: Iterable[tuple[str, str]]) -> None:
        """The call that entered with these pairs has ended."""
        for pair in keys:
            if self._running[pair] > 0:
                self._running[pair] -= 1

    def report(self) -> dict[str, Any]:
        """`{"enabled", "jitter", "limits", "refusals": {name: n, "total": n}, "peaks": {name: most used at once}}`."""
        limits = [asdict(limit) for limit in self._limits.values()]
        refusals = {**self.refusals, "total": sum(self.refusals.values())}
        state = {"enabled": self.enabled, "jitter": self.jitter, "limits": limits}
        return {**state, "refusals": refusals, "peaks": dict(self.peaks)}


def _room(window: deque[tuple[float, int]], held: int, most: int) -> float:
    """The moment of the call that must leave before no more than `most` is held; of the last call, if none helps."""
    for when, amount in window:
        held -= amount
        if held <= most:
            return when
    return window[-1][0]
