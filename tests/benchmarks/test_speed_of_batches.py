"""3,629 items at 500 ms a batch, limits off: how long until all are in the books."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.benchmarks.figures import Finding
from tests.benchmarks.price_book import LATENCY, waiting_items
from tests.stage import Sandbox, drain_dry

from ledgerport.demo.plumbing import ITEMS


@pytest.mark.timeout(300)
def test_a_price_book_without_limits_takes_ten_seconds_at_most(
    sandbox: Sandbox, tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    with waiting_items(sandbox, tmp_path, limits=False) as waiting:
        sandbox.control("latency", {"seconds": LATENCY})
        began, cpu_began = time.perf_counter(), time.process_time()
        drain_dry(waiting.hub, waiting.connection_id)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        waiting.assert_all_arrived(sandbox)
        requests = waiting.requests()
        rounds = -(-waiting.batches // waiting.terms.concurrency)

    found(
        Finding(
            bench="3,629 items at 500 ms a batch, limits off",
            value=wall,
            unit="s",
            target=10.0,
            figures={
                "items": ITEMS,
                "write requests": requests,
                "requests at once, at most": waiting.terms.concurrency,
                "least possible, s (rounds of requests x 0.5)": rounds * LATENCY,
                "items per second": ITEMS / wall,
                "CPU of the hub's process, s": cpu,
            },
        )
    )
