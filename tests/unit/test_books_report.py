"""The books report: each kind of difference, planted once, is found and named; equal books are called equal."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgerport.contract import Kind
from ledgerport.demo.compare import compare, remote_ids
from ledgerport.demo.report import BooksReport, What
from ledgerport.services.list_books import BooksRow

LABEL = "QuickBooks"
NOTHING = {kind: frozenset[str]() for kind in Kind}
DAY = date(2026, 5, 4)


def our_rows() -> dict[str, BooksRow]:
    """One customer, item, estimate; an invoice of 350.00 of which 100.00 is paid."""
    return {
        "customer": BooksRow(kind=Kind.CUSTOMER, id=1, ref="C-1", name="Doe Plumbing", remote_id="58"),
        "item": BooksRow(
            kind=Kind.ITEM, id=1, ref="P-1", name="Drain snake 25 ft", remote_id="21", amount=Decimal("12.125")
        ),
        "estimate": BooksRow(
            kind=Kind.ESTIMATE, id=1, ref="E-1", name="EST-1", remote_id="70", customer_id=1, amount=Decimal("90.00")
        ),
        "invoice": BooksRow(
            kind=Kind.INVOICE,
            id=1,
            ref="I-1",
            name="INV-0047",
            remote_id="71",
            amount=Decimal("350.00"),
            tax=Decimal("10.00"),
            on=DAY,
            customer_id=1,
        ),
        "payment": BooksRow(
            kind=Kind.PAYMENT,
            id=1,
            ref="PAY-1",
            name="PAY-1",
            remote_id="72",
            amount=Decimal("100.00"),
            on=DAY,
            customer_id=1,
            invoice_id=1,
        ),
    }


def their_ledger() -> dict[str, Any]:
    """The same books over there."""
    return {
        "provider": "quickbooks",
        "company": {"id": "1", "name": "Blue Plumbing LLC", "currency": "USD"},
        "customers": [{"id": "58", "name": "Doe Plumbing", "email": None, "active": True}],
        "items": [{"id": "21", "name": "Drain snake 25 ft", "price": "12.12", "active": True}],
        "estimates": [{"id": "70", "number": "EST-1", "customer_id": "58", "total": "90.00"}],
        "invoices": [
            {
                "id": "71",
                "number": "INV-0047",
                "customer_id": "58",
                "date": "2026-05-04",
                "total": "350.00",
                "tax": "10.00",
                "balance": "250.00",
                "void": False,
            }
        ],
        "payments": [
            {
                "id": "72",
                "customer_id": "58",
                "amount": "100.00",
                "reference": "LP1",
                "date": "2026-05-04",
                "void": False,
                "applied": [{"invoice_id": "71", "amount": "100.00"}],
            }
        ],
        "checks": [],
    }


def report(ours: dict[str, BooksRow], ledger: dict[str, Any], before: Any = NOTHING) -> BooksReport:
    return compare(list(ours.values()), ledger, label=LABEL, before=before)


def changed(row: BooksRow, **changes: Any) -> BooksRow:
    fields = {name: getattr(row, name) for name in BooksRow.__slots__}
    return BooksRow(**{**fields, **changes})


def found(ours: dict[str, BooksRow], ledger: dict[str, Any]) -> list[tuple[What, str]]:
    return [(difference.what, difference.sentence) for difference in report(ours, ledger).differences]


def test_equal_books_have_no_difference_and_are_not_a_cent_apart() -> None:
    books = report(our_rows(), their_ledger())

    assert books.verdict == "0 differences, 0.00 apart"
    assert books.agrees


def test_the_sums_of_both_sides_stand_side_by_side() -> None:
    money = report(our_rows(), their_ledger()).money

    assert {name: (sums.here, sums.there) for name, sums in money.items()} == {
        "invoiced": (Decimal("350.00"), Decimal("350.00")),
        "paid": (Decimal("100.00"), Decimal("100.00")),
        "open": (Decimal("250.00"), Decimal("250.00")),
        "estimated": (Decimal("90.00"), Decimal("90.00")),
    }


@pytest.mark.parametrize("kind", ["customers", "items", "estimates", "invoices", "payments"])
def test_a_record_that_did_not_arrive_is_missing_there(kind: str) -> None:
    ledger = their_ledger()
    ledger[kind] = []

    assert What.MISSING_THERE in [what for what, _ in found(our_rows(), ledger)]


def test_a_record_that_was_held_back_is_missing_there_for_the_reason_it_was_given() -> None:
    ours, ledger = our_rows(), their_ledger()
    ours["item"] = changed(ours["item"], remote_id="", reason="It has no income account.")
    ledger["items"] = []

    assert found(ours, ledger) == [
        (What.MISSING_THERE, 'Item "Drain snake 25 ft" (P-1): not in QuickBooks (It has no income account).')
    ]


def test_a_missing_invoice_counts_with_its_whole_total() -> None:
    ours, ledger = our_rows(), their_ledger()
    del ours["payment"]
    ledger["invoices"], ledger["payments"] = [], []

    assert report(ours, ledger).apart == Decimal("350.00")


def test_an_object_without_a_record_is_missing_here() -> None:
    ledger = their_ledger()
    ledger["customers"].append({"id": "99", "name": "Stranger", "email": None, "active": True})

    assert found(our_rows(), ledger) == [
        (What.MISSING_HERE, "Customer Stranger: in QuickBooks (as 99), but no record here.")
    ]


def test_what_was_there_before_the_first_sync_is_left_alone() -> None:
    ledger = their_ledger()
    ledger["customers"].append({"id": "99", "name": "Stranger", "email": None, "active": True})

    books = report(our_rows(), ledger, {**NOTHING, Kind.CUSTOMER: frozenset({"99"})})

    assert books.agrees
    assert books.counts[Kind.CUSTOMER].before == 1
    assert books.counts[Kind.CUSTOMER].there == 1


def test_a_payment_made_twice_is_doubled_and_counts_with_its_amount() -> None:
    ledger = their_ledger()
    ledger["payments"].append({**copy.deepcopy(ledger["payments"][0]), "id": "73", "reference": "LP2"})

    doubled = [one for one in report(our_rows(), ledger).differences if one.what is What.DOUBLED]

    assert [(one.sentence, one.apart) for one in doubled] == [
        ("Payment PAY-1 on INV-0047: a second time in QuickBooks (as 73).", Decimal("100.00"))
    ]


@pytest.mark.parametrize("kind", ["customers", "items", "estimates", "invoices"])
def test_a_record_that_is_there_twice_is_doubled(kind: str) -> None:
    ledger = their_ledger()
    ledger[kind].append({**ledger[kind][0], "id": "999"})

    assert What.DOUBLED in [what for what, _ in found(our_rows(), ledger)]


def test_two_records_on_one_object_are_named_as_sharing_it() -> None:
    ours = our_rows()
    ours["other"] = changed(ours["customer"], id=2, ref="C-2")

    assert [what for what, _ in found(ours, their_ledger())] == [What.SHARED, What.SHARED]


def test_a_cent_of_difference_in_an_invoice_is_named_with_both_amounts() -> None:
    ledger = their_ledger()
    ledger["invoices"][0] |= {"total": "350.01", "balance": "250.01"}

    books = report(our_rows(), ledger)

    assert books.differences[0].what is What.AMOUNT_APART
    assert books.differences[0].sentence == "Invoice INV-0047 (I-1): 350.00 here, 350.01 in QuickBooks."
    assert books.differences[0].apart == Decimal("0.01")


@pytest.mark.parametrize(
    ("kind", "change", "what"),
    [
        ("items", {"price": "12.13"}, What.AMOUNT_APART),
        ("items", {"name": "Drain snake"}, What.NAME_APART),
        ("items", {"active": False}, What.MISSING_THERE),
        ("customers", {"name": "Doe"}, What.NAME_APART),
        ("invoices", {"tax": "9.99"}, What.TAX_APART),
        ("invoices", {"balance": "350.00"}, What.OPEN_APART),
        ("invoices", {"customer_id": "59"}, What.OTHER_CUSTOMER),
        ("invoices", {"date": "2026-05-05"}, What.DATE_APART),
        ("invoices", {"number": "1001"}, What.NAME_APART),
        ("invoices", {"void": True}, What.MISSING_THERE),
        ("estimates", {"total": "90.01"}, What.AMOUNT_APART),
        ("payments", {"amount": "99.99"}, What.AMOUNT_APART),
        ("payments", {"applied": []}, What.UNAPPLIED),
        ("payments", {"applied": [{"invoice_id": "70", "amount": "100.00"}]}, What.UNAPPLIED),
        ("payments", {"applied": [{"invoice_id": "71", "amount": "99.00"}]}, What.UNAPPLIED),
        ("payments", {"customer_id": "59"}, What.OTHER_CUSTOMER),
    ],
)
def test_a_figure_that_was_changed_over_there_is_found(kind: str, change: dict[str, Any], what: What) -> None:
    ledger = their_ledger()
    ledger[kind][0] |= change

    books = report(our_rows(), ledger)

    assert what in [difference.what for difference in books.differences]
    assert not books.agrees


def test_a_deleted_payment_that_is_still_there_is_named() -> None:
    ours = our_rows()
    ours["payment"] = changed(ours["payment"], due=False)

    assert What.NOT_DUE in [what for what, _ in found(ours, their_ledger())]


def test_a_sum_that_does_not_hold_in_the_ledger_itself_is_a_difference() -> None:
    ledger = their_ledger()
    ledger["checks"] = ["payment 72: 100.00 applied of 90.00"]

    assert found(our_rows(), ledger) == [
        (What.DO_NOT_ADD_UP, "QuickBooks's own books: payment 72: 100.00 applied of 90.00.")
    ]


def test_the_baseline_holds_every_kind() -> None:
    assert remote_ids(their_ledger()) == {
        Kind.CUSTOMER: {"58"},
        Kind.ITEM: {"21"},
        Kind.ESTIMATE: {"70"},
        Kind.INVOICE: {"71"},
        Kind.PAYMENT: {"72"},
    }


def test_the_json_holds_the_verdict_and_every_difference() -> None:
    ledger = their_ledger()
    ledger["payments"][0]["applied"] = []

    written = report(our_rows(), ledger).as_json()

    assert written["verdict"] == "1 difference, 100.00 apart"
    assert written["differences"] == [
        {
            "kind": "payment",
            "what": "unapplied",
            "record": "Payment PAY-1 on INV-0047",
            "sentence": "Payment PAY-1 on INV-0047: 100.00 applied here, 0.00 in QuickBooks.",
            "apart": "100.00",
        }
    ]
