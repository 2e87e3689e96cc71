"""Wave takes one record a call, two at a time: how close to the pace that the plugin declares does a sync come?

There is no client of Wave's own to compare with.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.benchmarks.figures import Finding
from tests.benchmarks.loop import beside_the_hub
from tests.benchmarks.paced import bills, measure, price_book
from tests.benchmarks.paced_finding import finding
from tests.benchmarks.sandbox_process import sandbox_process

PROVIDER = "wave"
# With slower answers two at a time would be the limit that is measured, and the machine's part in each of them.
RATE, LATENCY = 3.0, 0.15


@pytest.mark.timeout(600)
def test_a_price_book_takes_three_percent_longer_than_the_limits_allow_at_most(
    tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    job = price_book()
    with sandbox_process(PROVIDER) as sandbox:
        measured = measure(sandbox, tmp_path, job, rate=RATE, latency=LATENCY)
        more = beside_the_hub(sandbox, "items")
    found(finding(PROVIDER, job, measured, rate=RATE, latency=LATENCY, target=1.03, more=more))
    assert measured.refused == 0


@pytest.mark.timeout(600)
def test_bills_and_their_payments_take_three_percent_longer_than_the_limits_allow_at_most(
    tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    job = bills()
    with sandbox_process(PROVIDER) as sandbox:
        measured = measure(sandbox, tmp_path, job, rate=RATE, latency=LATENCY)
        more = beside_the_hub(sandbox, "invoices")
    found(finding(PROVIDER, job, measured, rate=RATE, latency=LATENCY, target=1.03, more=more))
    assert measured.refused == 0
