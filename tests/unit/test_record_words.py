"""What pages say about records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ledgerport.services.list_connected import ConnectedBooks
from ledgerport.services.sync_record import RecordSync
from ledgerport.services.views import BookState, InBooks
from ledgerport.web import record_words


def book(state: BookState, **more: Any) -> InBooks:
    return InBooks(provider="wave", label="Wave", state=state, **more)


@pytest.mark.parametrize(
    ("price", "cost", "told"),
    [
        ("142.50", "100", "42.5 %"),
        ("150", "100", "50 %"),
        ("90", "100", "\N{MINUS SIGN}10 %"),
        ("5", None, ""),
        ("5", "0", ""),
        ("2100", "2", "104,900 %"),
    ],
)
def test_a_markup_is_what_the_price_adds_to_the_cost(price: str, cost: str | None, told: str) -> None:
    assert record_words.markup(Decimal(price), None if cost is None else Decimal(cost)) == told


@pytest.mark.parametrize(("value", "told"), [("2.00", "2"), ("0.250", "0.25"), ("1200", "1,200"), ("100", "100")])
def test_a_quantity_has_no_idle_zeros(value: str, told: str) -> None:
    assert record_words.quantity(Decimal(value)) == told


@pytest.mark.parametrize(("value", "told"), [("5", "5.00"), ("0.125", "0.125"), ("1234.5", "1,234.50")])
def test_a_price_keeps_all_its_digits(value: str, told: str) -> None:
    assert record_words.unit_price(Decimal(value), "USD") == told


def test_a_cent_apart_is_told_with_both_figures_and_the_reason() -> None:
    there = book(BookState.SYNCED, remote_total=Decimal("105.05"), variance=Decimal("-0.01"))
    wave = ConnectedBooks(
        provider="wave", label="Wave", color="", takes=frozenset(), computes_tax=True, state="active", enabled=True
    )
    told = record_words.apart("Invoice INV-0051", Decimal("105.06"), "USD", there, wave)
    assert told == "Invoice INV-0051: 105.06 USD here, 105.05 USD in Wave (Wave works the tax out itself)."
    same = book(BookState.SYNCED, remote_total=Decimal("105.06"), variance=Decimal(0))
    assert record_words.apart("Invoice INV-0051", Decimal("105.06"), "USD", same, wave) == ""


@pytest.mark.parametrize(
    ("there", "status", "word"),
    [
        (book(BookState.NOT_SYNCED), "SENT", "Sync to Wave"),
        (book(BookState.SYNCED, remote_id="9"), "SENT", "Resync to Wave"),
        (book(BookState.GONE, remote_id="9"), "", "Create again in Wave"),
        (book(BookState.BLOCKED, reason_code="gone", remote_id="9"), "", "Create again in Wave"),
        (book(BookState.FAILED), "", "Retry in Wave"),
        (book(BookState.BLOCKED, reason_code="conflict"), "", ""),
        (book(BookState.SENDING), "", ""),
        (book(BookState.NOT_SYNCED), "DRAFT", ""),
        (book(BookState.NOT_SYNCED), "VOID", ""),
        (book(BookState.FAILED, remote_id="9"), "VOID", "Retry in Wave"),
    ],
)
def test_the_button_fits_the_state(there: InBooks, status: str, word: str) -> None:
    assert record_words.sync_word(there, status) == word


def test_a_payment_stands_as_its_worst_part_does() -> None:
    parts = [[book(BookState.SYNCED)], [book(BookState.FAILED)], [book(BookState.WAITING)]]
    assert [each.state for each in record_words.worst(parts)] == [BookState.FAILED]
    assert record_words.worst([]) == []


def test_what_a_click_started_is_told_for_each_books() -> None:
    started = RecordSync(provider="wave", action="sync", run_id=1, total=3)
    refused = RecordSync(provider="xero", action="sync", run_id=None, total=0, problem="Xero: paused.")
    tone, told = record_words.sync_told([started, refused], "Invoice 7", {"wave": "Wave"})
    assert tone == "warn"
    assert told == ("Invoice 7 is on its way to Wave, with 2 records that it needs or that belong to it. Xero: paused.")
