"""Whatever moment between sending and answer the provider stamped on a call, its window never holds one too many."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerport.contract import Clock
from ledgerport.engine.pacing import Lane, Limiter, Permit, Route
from ledgerport.engine.pacing_memory import MemoryLimiter

START = datetime(2026, 11, 23, tzinfo=UTC)


class StepClock:
    def __init__(self) -> None:
        self.elapsed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


def play(
    arrivals: list[float],
    answers: list[float],
    allowed: int,
    seconds: float,
    concurrency: int,
    make: Callable[[Clock], Limiter] = MemoryLimiter,
) -> list[tuple[float, float]]:
    """Every call (start, end) when callers arrive so, answers take so long, and each caller obeys the limiter to the
    microsecond.
    """
    clock = StepClock()
    limiter = make(clock)
    # A limiter that outlives one game must not remember it in the next.
    whose = uuid4().hex
    on = Route(
        lanes=(Lane(key=f"lane-{whose}", count=allowed, seconds=seconds),), calls_key=whose, concurrency=concurrency
    )
    order = count()
    events: list[tuple[float, int, Permit | None, float]] = []
    moment = 0.0
    for gap, answer in zip(arrivals, answers, strict=True):
        moment += gap
        heapq.heappush(events, (moment, next(order), None, answer))
    calls = []
    while events:
        at, _, permit, figure = heapq.heappop(events)
        clock.elapsed = max(clock.elapsed, at)
        if permit is not None:
            permit.end()
            calls.append((figure, clock.elapsed))
            continue
        asked = limiter.ask(on)
        if isinstance(asked, datetime):
            again = (asked - START).total_seconds()
            assert again > clock.elapsed
            heapq.heappush(events, (again, next(order), None, figure))
        else:
            heapq.heappush(events, (clock.elapsed + figure, next(order), asked, clock.elapsed))
    return calls


def most_in_one_window(calls: list[tuple[float, float]], seconds: float) -> int:
    """The largest number of calls that some choice of stamps puts into one window [t, t + seconds).

    A call can be stamped inside it when its interval meets the window; the worst windows begin where some call ends.
    """
    return max(sum(1 for begin, end in calls if end >= at and begin < at + seconds) for at in (end for _, end in calls))


@settings(max_examples=200, deadline=None)
@given(
    data=st.data(),
    allowed=st.integers(1, 6),
    seconds=st.sampled_from([0.5, 1.0, 10.0]),
    concurrency=st.integers(1, 8),
)
def test_no_window_ever_holds_more_calls_than_the_provider_allows(
    data: st.DataObject, allowed: int, seconds: float, concurrency: int
) -> None:
    size = data.draw(st.integers(1, 40))
    spans = st.floats(0, 3, allow_nan=False)
    arrivals = data.draw(st.lists(spans, min_size=size, max_size=size))
    answers = data.draw(st.lists(spans, min_size=size, max_size=size))
    calls = play(arrivals, answers, allowed, seconds, concurrency)
    assert len(calls) == size
    assert most_in_one_window(calls, seconds) <= allowed


@settings(max_examples=50, deadline=None)
@given(allowed=st.integers(1, 10), rounds=st.integers(1, 8), answer=st.floats(0, 0.5))
def test_a_steady_stream_loses_only_its_answers_times(allowed: int, rounds: int, answer: float) -> None:
    total = allowed * rounds
    calls = play([0.0] * total, [answer] * total, allowed, 10.0, concurrency=allowed)
    # Each window costs its own length, one answer, and the margin.
    assert max(end for _, end in calls) <= (rounds - 1) * (10.0 + answer + 0.01) + answer + 0.3 * rounds
