"""3,629 items with QuickBooks' published limits enforced, as a ratio to the least time that these limits allow.

Hub and sandbox share a clock that runs RATE times as fast as the machine's, limits, latency and token lives included.
The rate is chosen so that the machine is not what is measured: every millisecond that the hub computes counts RATE
milliseconds, which no real provider's clock would see. In a window of 12 real seconds it has 40 batches to send, about
a second of work; what remains in the ratio beyond the pacing is the reaction at the start of each window, five-fold.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.benchmarks.figures import Finding
from tests.benchmarks.price_book import LATENCY, waiting_items
from tests.conftest import wait_until
from tests.stage import Sandbox

from ledgerport.actors import start_background
from ledgerport.contract import Kind, ScaledClock
from ledgerport.demo.floor import floor
from ledgerport.demo.plumbing import ITEMS

RATE = 5.0


@pytest.mark.timeout(300)
def test_a_price_book_within_the_published_limits_takes_five_percent_longer_than_the_floor_at_most(
    sandbox: Sandbox, tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    clock = ScaledClock(rate=RATE, at=datetime(2026, 10, 1, 9, tzinfo=UTC))
    sandbox.control("clock", {"rate": clock.rate, "at": clock.at.timestamp(), "since": clock.since})
    with waiting_items(sandbox, tmp_path, clock=clock, limits=True) as waiting:
        sandbox.control("latency", {"seconds": LATENCY})
        least = floor(waiting.terms, {Kind.ITEM: ITEMS})
        cpu_began, began = time.process_time(), clock.now()
        # As in production: a scheduler that notices what is due, a worker that drains, nobody who calls either.
        background = start_background(waiting.hub, threads=4)
        try:
            wait_until(lambda: waiting.open_tasks() == 0, seconds=240, what="the price book to be sent")
        finally:
            background.stop()
        cpu = time.process_time() - cpu_began
        took = waiting.last_answer_at() - began
        waiting.assert_all_arrived(sandbox)
        requests = waiting.requests()
        report = sandbox.control("limits", method="GET")

    assert report["enabled"]
    assert report["refusals"]["total"] == 0
    fastest = least.span + timedelta(seconds=LATENCY)
    found(
        Finding(
            bench="3,629 items within the published limits",
            value=took / fastest,
            unit="x the floor",
            target=1.05,
            figures={
                "items": ITEMS,
                "write requests": requests,
                "took, s of the clock": took.total_seconds(),
                "floor, s of the clock": fastest.total_seconds(),
                "the floor is": f"{least.words}, and one answer's {LATENCY:g} s",
                "the clock runs faster by": RATE,
                "calls refused by the sandbox": report["refusals"]["total"],
                "most batches in any minute": report["peaks"].get("batches per minute", 0),
                "CPU of the hub's process, s": cpu,
            },
        )
    )
