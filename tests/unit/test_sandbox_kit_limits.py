"""Sliding windows and concurrency of the sandbox kit."""

from __future__ import annotations

import pytest

from ledgerport_sandbox import Clock, Limit
from ledgerport_sandbox.limits import Limits

KEYS = [("per second", "a")]


def limits(clock: Clock, *rules: Limit) -> Limits:
    return Limits(clock, rules or (Limit("per second", 2, 1),))


def test_a_window_slides_with_the_clock() -> None:
    clock = Clock(rate=0, at=0)
    gate = limits(clock)
    assert [gate.enter(KEYS) is None for _ in range(3)] == [True, True, False]
    clock.advance(0.999)
    assert gate.enter(KEYS) is not None
    clock.advance(0.001)
    assert gate.enter(KEYS) is None


def test_a_refusal_says_how_long_to_wait_and_takes_nothing_from_any_window() -> None:
    clock = Clock(rate=0, at=0)
    gate = limits(clock, Limit("per second", 1, 1), Limit("per minute", 2, 60))
    both = [("per minute", "a"), ("per second", "a")]
    assert gate.enter(both) is None
    clock.advance(0.25)
    refusal = gate.enter(both)
    assert refusal is not None
    assert (refusal.limit.name, refusal.wait) == ("per second", 0.75)
    clock.advance(0.75)
    assert gate.enter(both) is None
    assert gate.report()["refusals"] == {"per second": 1, "total": 1}


def test_keys_are_counted_apart() -> None:
    gate = limits(Clock(rate=0), Limit("per second", 1, 1))
    assert gate.enter([("per second", "a")]) is None
    assert gate.enter([("per second", "b")]) is None
    assert gate.enter([("per second", "a")]) is not None


def test_concurrency_is_free_again_when_a_call_leaves() -> None:
    gate = limits(Clock(rate=0), Limit("at once", 1, None))
    keys = [("at once", "a")]
    assert gate.enter(keys) is None
    assert gate.enter(keys) is not None
    gate.leave(keys)
    assert gate.enter(keys) is None


def test_switched_off_nothing_is_refused() -> None:
    gate = limits(Clock(rate=0))
    gate.enabled = False
    assert [gate.enter(KEYS) for _ in range(5)] == [None] * 5


def test_jitter_shortens_windows_only_on_a_fast_clock() -> None:
    for rate, passes in ((1, False), (101, True)):
        clock = Clock(rate=rate, at=0)
        gate = limits(clock, Limit("per minute", 1, 60))
        gate.jitter = 0.5
        gate.enter([("per minute", "a")])
        clock.advance(15)
        assert (gate.enter([("per minute", "a")]) is None) is passes


@pytest.mark.parametrize("data", [{}, {"name": "x", "count": -1, "per": 1}, {"name": "x", "count": 1, "per": 0}])
def test_a_limit_that_makes_no_sense_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"count|limit"):
        Limit.read(data)


def test_a_fixed_window_begins_anew_and_does_not_slide() -> None:
    clock = Clock(rate=0, at=1_000_000)
    gate = limits(clock, Limit("per minute", 2, 60, fixed=True))
    keys = [("per minute", "a")]
    refused = _filled(gate, keys)
    assert 0 < refused <= 60
    clock.advance(refused - 0.001)
    assert gate.enter(keys) is not None
    clock.advance(0.002)
    assert gate.remaining("per minute", "a") == 2
    assert [gate.enter(keys) is None for _ in range(3)] == [True, True, False]


def test_fixed_windows_of_different_keys_end_at_different_moments() -> None:
    gate = limits(Clock(rate=0, at=1_000_000), Limit("per minute", 2, 60, fixed=True))
    assert _filled(gate, [("per minute", "a")]) != _filled(gate, [("per minute", "b")])


def test_the_rest_of_a_sliding_window_is_told() -> None:
    gate = limits(Clock(rate=0, at=0))
    gate.enter(KEYS)
    assert (gate.remaining("per second", "a"), gate.remaining("per second", "b")) == (1, 2)
    assert gate.remaining("no such limit", "a") == 0


def _filled(gate: Limits, keys: list[tuple[str, str]]) -> float:
    """Use the window up; the seconds that the refusal names."""
    while (refusal := gate.enter(keys)) is None:
        pass
    return refusal.wait
