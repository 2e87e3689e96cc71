"""The floor: the least time that published limits allow, from a provider's terms alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ledgerport.contract import Kind, Limit, Scope
from ledgerport.demo.floor import floor
from ledgerport_quickbooks.terms import TERMS


def test_a_price_book_of_3629_items_takes_three_more_windows_of_forty_batches() -> None:
    # 121 batches of 30: 40 at once, then 40, 40 and 1, a minute apart.
    found = floor(TERMS, {Kind.ITEM: 3629})

    assert found.span == timedelta(minutes=3)
    assert found.words == "121 batch calls at 40 a minute"


def test_what_fits_into_one_window_costs_no_waiting_for_it() -> None:
    found = floor(replace(TERMS, limits=(Limit(count=40, per=timedelta(minutes=1), meter="batch"),)), {Kind.ITEM: 1200})

    assert found.span == timedelta(0)
    assert found.limit is None


def test_batches_of_every_kind_count_together() -> None:
    found = floor(TERMS, {Kind.CUSTOMER: 30, Kind.ITEM: 31, Kind.INVOICE: 11})

    assert found.calls == {"request": 5, "batch": 5}


def test_the_slowest_limit_sets_the_floor() -> None:
    limits = (Limit(count=1, per=timedelta(seconds=1)), Limit(count=1, per=timedelta(minutes=1), meter="batch"))

    assert floor(replace(TERMS, limits=limits), {Kind.ITEM: 90}).span == timedelta(minutes=2)


def test_a_provider_without_batches_counts_every_record_as_a_call() -> None:
    kinds = {kind: replace(terms, batch_size=1) for kind, terms in TERMS.kinds.items()}

    assert floor(replace(TERMS, kinds=kinds), {Kind.ITEM: 90}).calls == {"request": 90}


def test_a_kind_that_is_not_pushed_costs_nothing() -> None:
    kinds = {**TERMS.kinds, Kind.ESTIMATE: replace(TERMS.kinds[Kind.ESTIMATE], push=False)}

    assert floor(replace(TERMS, kinds=kinds), {Kind.ESTIMATE: 500}).calls == {"request": 0}


def test_a_single_push_counts_on_the_meter_of_its_kind() -> None:
    kinds = {Kind.ITEM: replace(TERMS.kinds[Kind.ITEM], batch_size=1, meter="create")}
    limits = (Limit(count=600, per=timedelta(minutes=1)), Limit(count=250, per=timedelta(minutes=1), meter="create"))

    found = floor(replace(TERMS, kinds=kinds, limits=limits), {Kind.ITEM: 1001})

    assert found.calls == {"request": 1001, "create": 1001}
    assert found.span == timedelta(minutes=4)
    assert found.words == "1,001 create calls at 250 a minute"


def test_a_batch_that_a_connection_must_be_asked_for_is_not_counted_on() -> None:
    kinds = {Kind.ITEM: replace(TERMS.kinds[Kind.ITEM], batch_choice="several_mutations")}

    assert floor(replace(TERMS, kinds=kinds), {Kind.ITEM: 90}).calls == {"request": 90}


def test_a_limit_on_all_calls_of_the_app_holds_one_company_too() -> None:
    limits = (Limit(count=10, per=timedelta(minutes=1), scope=Scope.APP),)

    assert floor(replace(TERMS, limits=limits), {Kind.ITEM: 30 * 11}).span == timedelta(minutes=1)
