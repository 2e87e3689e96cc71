"""The scaled clock of the sandbox kit."""

from __future__ import annotations

import asyncio
import time

import pytest

from ledgerport_sandbox import Clock


def test_two_clocks_with_the_same_numbers_show_the_same_time() -> None:
    first = Clock(rate=60, at=1_790_000_000, since=time.time() - 10)
    pace = first.pace
    second = Clock(pace.rate, pace.at, pace.since)
    assert abs(first.now() - second.now()) < 1
    assert 1_790_000_600 <= first.now() < 1_790_000_660


def test_a_clock_of_rate_0_stands_still_until_it_is_advanced() -> None:
    clock = Clock(rate=0, at=100)
    assert clock.now() == 100
    clock.advance(5)
    assert clock.now() == 105


def test_a_new_rate_goes_on_from_the_present_moment() -> None:
    clock = Clock(rate=0, at=100)
    clock.set(rate=1000)
    assert 100 <= clock.now() < 1100


def test_a_clock_never_goes_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        Clock().advance(-1)
    with pytest.raises(ValueError, match="rate"):
        Clock(rate=-1)


def test_sleep_is_scaled() -> None:
    start = time.monotonic()
    asyncio.run(Clock(rate=1000).sleep(50))
    assert 0.04 < time.monotonic() - start < 2


def test_a_sleeper_on_a_standing_clock_wakes_when_it_is_advanced_far_enough() -> None:
    clock = Clock(rate=0, at=0)

    async def both() -> list[float]:
        seen: list[float] = []

        async def sleeper() -> None:
            await clock.sleep(10)
            seen.append(clock.now())

        task = asyncio.create_task(sleeper())
        await asyncio.sleep(0)
        clock.advance(9)
        for _ in range(5):
            await asyncio.sleep(0)
        assert seen == []
        clock.advance(1)
        await asyncio.wait_for(task, 5)
        return seen

    assert asyncio.run(both()) == [10]
