"""Clocks that are passed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ledgerport.contract import ScaledClock, SystemClock

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_two_clocks_of_the_same_three_figures_show_the_same_time() -> None:
    one = ScaledClock(rate=60, at=NOON, since=1_000_000.0)
    other = ScaledClock(rate=60, at=NOON, since=1_000_000.0)
    before, between, after = one.now(), other.now(), one.now()
    assert before <= between <= after


def test_a_scaled_clock_shortens_waits_by_its_rate() -> None:
    assert ScaledClock(rate=60, at=NOON).real_seconds(timedelta(minutes=1)) == 1.0


def test_a_clock_that_stands_still_or_runs_back_is_refused() -> None:
    for rate in (0, -1):
        with pytest.raises(ValueError, match="above zero"):
            ScaledClock(rate=rate, at=NOON)


def test_a_change_of_pace_goes_on_from_the_same_moment() -> None:
    clock = ScaledClock(rate=3600, at=NOON)
    before = clock.now()
    clock.change_rate(1)
    after = clock.now()

    assert timedelta(0) <= after - before < timedelta(hours=1)
    assert clock.now() - after < timedelta(minutes=1)
    assert clock.rate == 1


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
