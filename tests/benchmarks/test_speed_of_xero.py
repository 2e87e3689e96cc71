"""Xero takes 50 records a call, five calls at a time and 60 a minute: how close to that does a sync come?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.benchmarks.figures import Finding
from tests.benchmarks.loop import beside_the_hub
from tests.benchmarks.paced import bills, measure, price_book
from tests.benchmarks.paced_finding import finding
from tests.benchmarks.sandbox_process import sandbox_process

PROVIDER, CLIENT = "xero", "xero-python"
ITEM_RATE, ITEM_LATENCY = 2.0, 0.5
# 40 calls are fewer than a minute's: five at a time is the limit here, and how long 50 invoices take decides.
BILL_RATE, BILL_LATENCY = 0.25, 2.0


@pytest.mark.timeout(600)
def test_a_price_book_takes_five_percent_longer_than_the_limits_allow_at_most(
    tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    job = price_book()
    with sandbox_process(PROVIDER) as sandbox:
        measured = measure(sandbox, tmp_path, job, rate=ITEM_RATE, latency=ITEM_LATENCY)
        more = beside_the_hub(sandbox, "items", CLIENT)
    found(finding(PROVIDER, job, measured, rate=ITEM_RATE, latency=ITEM_LATENCY, target=1.05, more=more))
    assert measured.refused == 0


@pytest.mark.timeout(600)
def test_bills_and_their_payments_take_five_percent_longer_than_the_limits_allow_at_most(
    tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    job = bills()
    with sandbox_process(PROVIDER) as sandbox:
        measured = measure(sandbox, tmp_path, job, rate=BILL_RATE, latency=BILL_LATENCY)
        more = beside_the_hub(sandbox, "invoices", CLIENT)
    found(finding(PROVIDER, job, measured, rate=BILL_RATE, latency=BILL_LATENCY, target=1.05, more=more))
    assert measured.refused == 0
