"""FreshBooks takes one record a call and 250 creations a minute: how close to that does a sync come?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.benchmarks.figures import Finding
from tests.benchmarks.loop import beside_the_hub
from tests.benchmarks.paced import bills, measure, price_book
from tests.benchmarks.paced_finding import finding
from tests.benchmarks.sandbox_process import sandbox_process

PROVIDER, CLIENT = "freshbooks", "freshbooks-sdk"
# An answer every half second and six at a time: more than the limit lets through, as it should be.
RATE, LATENCY = 5.0, 0.5


@pytest.mark.timeout(600)
def test_a_price_book_takes_three_percent_longer_than_the_limits_allow_at_most(
    tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    job = price_book()
    with sandbox_process(PROVIDER) as sandbox:
        measured = measure(sandbox, tmp_path, job, rate=RATE, latency=LATENCY)
        more = beside_the_hub(sandbox, "items", CLIENT)
    found(finding(PROVIDER, job, measured, rate=RATE, latency=LATENCY, target=1.03, more=more))
    assert measured.refused == 0


@pytest.mark.timeout(600)
def test_bills_and_their_payments_take_three_percent_longer_than_the_limits_allow_at_most(
    tmp_path: Path, found: Callable[[Finding], None]
) -> None:
    job = bills()
    with sandbox_process(PROVIDER) as sandbox:
        measured = measure(sandbox, tmp_path, job, rate=RATE, latency=LATENCY)
        more = beside_the_hub(sandbox, "invoices", CLIENT)
    found(finding(PROVIDER, job, measured, rate=RATE, latency=LATENCY, target=1.03, more=more))
    assert measured.refused == 0
