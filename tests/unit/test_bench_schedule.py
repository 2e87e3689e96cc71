"""The floor that the benches hold the hub to: nothing can be faster than the limits, and a machine without cost is as
fast."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.benchmarks.schedule import earliest_end
from tests.stage import terms_of

from ledgerport.contract import Kind, Limit, ProviderTerms

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def terms(*limits: Limit, concurrency: int, batch_size: int = 1) -> ProviderTerms:
    base = terms_of("quickbooks")
    items = replace(base.kinds[Kind.ITEM], batch_size=batch_size, batch_meter="request")
    payments = replace(base.kinds[Kind.PAYMENT], batch_size=1)
    kinds = {Kind.ITEM: items, Kind.PAYMENT: payments}
    return replace(base, kinds=kinds, limits=limits, concurrency=concurrency)


@pytest.mark.parametrize(("records", "seconds"), [(1, 1), (5, 1), (6, 2), (40, 8)])
def test_without_a_full_window_the_calls_at_once_decide(records: int, seconds: int) -> None:
    its = terms(Limit(count=60, per=MINUTE), concurrency=5)
    assert earliest_end(its, {Kind.ITEM: records}, SECOND) == seconds * SECOND


@pytest.mark.parametrize(("records", "seconds"), [(60, 1), (61, 61), (120, 61), (121, 121)])
def test_a_full_window_opens_again_when_its_first_call_is_a_window_old(records: int, seconds: int) -> None:
    its = terms(Limit(count=60, per=MINUTE), concurrency=100)
    assert earliest_end(its, {Kind.ITEM: records}, SECOND) == seconds * SECOND


def test_a_batch_is_one_call() -> None:
    its = terms(Limit(count=60, per=MINUTE), concurrency=1, batch_size=50)
    assert earliest_end(its, {Kind.ITEM: 101}, SECOND) == 3 * SECOND


def test_kinds_follow_one_another_and_share_the_limits() -> None:
    its = terms(Limit(count=3, per=MINUTE), concurrency=1)
    assert earliest_end(its, {Kind.ITEM: 2, Kind.PAYMENT: 2}, SECOND) == 61 * SECOND


def test_a_limit_on_other_calls_is_no_limit_here() -> None:
    its = terms(Limit(count=60, per=MINUTE), Limit(count=1, per=MINUTE, meter="report"), concurrency=1)
    assert earliest_end(its, {Kind.ITEM: 3}, SECOND) == 3 * SECOND
