"""A window may count what calls bring, not only calls."""

from __future__ import annotations

from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.limits import Limit, Limits

KEYS = [("requests", "a"), ("tokens", "a")]


def gate(clock: Clock, *, fixed: bool = False) -> Limits:
    return Limits(clock, [Limit("requests", 10, 60), Limit("tokens", 100, 60, fixed=fixed)])


def test_a_call_that_brings_more_than_is_left_is_refused_and_takes_nothing() -> None:
    limits = gate(Clock(rate=0, at=0))
    assert limits.enter(KEYS, {"tokens": 70}) is None

    refusal = limits.enter(KEYS, {"tokens": 31})

    assert refusal is not None
    assert (refusal.limit.name, refusal.wait) == ("tokens", 60)
    assert (limits.remaining("tokens", "a"), limits.remaining("requests", "a")) == (30, 9)
    assert limits.enter(KEYS, {"tokens": 30}) is None


def test_the_wait_ends_when_enough_has_left_the_window() -> None:
    clock = Clock(rate=0, at=0)
    limits = gate(clock)
    for amount in (10, 50, 40):
        assert limits.enter(KEYS, {"tokens": amount}) is None
        clock.advance(10)

    refusal = limits.enter(KEYS, {"tokens": 60})

    assert refusal is not None
    # At 30 now; the second call, of 50, came at 10 and leaves at 70.
    assert refusal.wait == 40
    clock.advance(refusal.wait)
    assert limits.enter(KEYS, {"tokens": 60}) is None


def test_more_than_the_whole_window_never_fits() -> None:
    limits = gate(Clock(rate=0, at=0))

    first = limits.enter(KEYS, {"tokens": 101})
    limits.enter(KEYS, {"tokens": 100})
    second = limits.enter(KEYS, {"tokens": 101})

    assert first is not None
    assert second is not None
    assert (first.wait, second.wait) == (60, 60)


def test_a_fixed_window_forgets_amounts_when_it_begins_anew() -> None:
    clock = Clock(rate=0, at=1_000_000)
    limits = gate(clock, fixed=True)
    limits.enter(KEYS, {"tokens": 90})
    refusal = limits.enter(KEYS, {"tokens": 11})
    assert refusal is not None

    clock.advance(refusal.wait + 0.001)

    assert limits.remaining("tokens", "a") == 100
    assert limits.report()["peaks"] == {"requests": 1, "tokens": 90}
