"""Rounding of tax at a provider that works it out itself: explained only where the hub noted it, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ledgerport.contract import Kind
from ledgerport.demo.compare import compare
from ledgerport.demo.report import BooksReport, What
from ledgerport.services.list_books import BooksRow

LABEL = "Wave"


def our_rows(off: str = "0.01", *, lines: int = 2) -> dict[str, BooksRow]:
    """An estimate of 50.00, and an invoice of 100.00 that was paid in full; the hub noted `off` for the invoice."""
    return {
        "customer": BooksRow(kind=Kind.CUSTOMER, id=1, ref="C-1", name="Doe Plumbing", remote_id="c"),
        "estimate": BooksRow(
            kind=Kind.ESTIMATE, id=1, ref="E-1", name="EST-1", remote_id="e", customer_id=1, amount=Decimal("50.00"),
            tax=Decimal("3.81"), lines=1,
        ),
        "invoice": BooksRow(
            kind=Kind.INVOICE, id=1, ref="I-1", name="INV-0047", remote_id="i", customer_id=1, amount=Decimal("100.00"),
            tax=Decimal("7.62"), lines=lines, variance=Decimal(off),
        ),
        "payment": BooksRow(
            kind=Kind.PAYMENT, id=1, ref="PAY-1", name="PAY-1", remote_id="p", customer_id=1, invoice_id=1,
            amount=Decimal("100.00"),
        ),
    }  # fmt: skip


def their_ledger(total: str = "100.01", *, tax: str = "7.63", paid: str = "100.00") -> dict[str, Any]:
    """The same books over there, the invoice a cent higher; `paid` is what of the payment went to it."""
    balance = f"{Decimal(total) - Decimal(paid):.2f}"
    return {
        "provider": "wave",
        "company": {"id": "1", "name": "Blue Heron Plumbing", "currency": "USD"},
        "customers": [{"id": "c", "name": "Doe Plumbing", "active": True}],
        "items": [],
        "estimates": [{"id": "e", "number": "EST-1", "customer_id": "c", "total": "50.00"}],
        "invoices": [
            {"id": "i", "number": "INV-0047", "customer_id": "c", "total": total, "tax": tax, "balance": balance}
        ],
        "payments": [
            {"id": "p", "customer_id": "c", "amount": paid, "applied": [{"invoice_id": "i", "amount": paid}]}
        ],
        "checks": [],
    }  # fmt: skip


def report(ours: dict[str, BooksRow], ledger: dict[str, Any], *, computes_tax: bool = True) -> BooksReport:
    nothing = {kind: frozenset[str]() for kind in Kind}
    return compare(list(ours.values()), ledger, label=LABEL, before=nothing, computes_tax=computes_tax)


def changed(row: BooksRow, **changes: Any) -> BooksRow:
    fields = {name: getattr(row, name) for name in BooksRow.__slots__}
    return BooksRow(**{**fields, **changes})


def test_a_cent_that_the_hub_noted_is_no_difference_and_is_named_apart() -> None:
    books = report(our_rows(), their_ledger())

    assert books.verdict == "0 differences, 0.00 apart"
    assert [one.sentence for one in books.rounded] == [
        "Invoice INV-0047 (I-1): 100.01 in Wave, 100.00 here: Wave rounds tax in its own way; kept as the variance."
    ]
    assert books.rounding == "1 document differs by tax rounding, 0.01 in all, kept and shown"


def test_the_sums_agree_once_the_variances_are_added() -> None:
    money = report(our_rows(), their_ledger()).money

    assert {name: (sums.here, sums.variance, sums.there) for name, sums in money.items()} == {
        "invoiced": (Decimal("100.00"), Decimal("0.01"), Decimal("100.01")),
        "paid": (Decimal("100.00"), Decimal(0), Decimal("100.00")),
        "open": (Decimal("0.00"), Decimal("0.01"), Decimal("0.01")),
        "estimated": (Decimal("50.00"), Decimal(0), Decimal("50.00")),
    }


def test_a_provider_that_takes_our_tax_has_nothing_to_round() -> None:
    books = report(our_rows(), their_ledger(), computes_tax=False)

    assert [one.what for one in books.differences] == [What.AMOUNT_APART, What.TAX_APART, What.OPEN_APART]
    assert not books.agrees


@pytest.mark.parametrize("noted", ["0.00", "0.02", "-0.01"])
def test_a_cent_that_the_hub_did_not_note_is_a_difference(noted: str) -> None:
    books = report(our_rows(noted), their_ledger())

    assert What.AMOUNT_APART in {one.what for one in books.differences}
    assert books.rounded == ()


def test_more_than_a_cent_a_line_is_a_difference_though_it_was_noted() -> None:
    books = report(our_rows("0.03", lines=2), their_ledger("100.03", tax="7.65"))

    assert books.differences[0].sentence == "Invoice INV-0047 (I-1): 100.00 here, 100.03 in Wave."
    assert books.rounded == ()


def test_a_cent_that_is_not_in_the_tax_is_a_difference() -> None:
    books = report(our_rows(), their_ledger(tax="7.62"))

    assert What.AMOUNT_APART in {one.what for one in books.differences}


def test_an_estimate_may_be_rounded_too() -> None:
    ours, ledger = our_rows("0.00"), their_ledger("100.00", tax="7.62")
    ours["estimate"] = changed(ours["estimate"], variance=Decimal("-0.01"))
    ledger["estimates"][0]["total"] = "49.99"

    books = report(ours, ledger)

    assert books.agrees
    assert books.money["estimated"].variance == Decimal("-0.01")


def test_a_payment_that_was_capped_at_what_was_open_there_is_explained() -> None:
    ours, ledger = our_rows("-0.01"), their_ledger("99.99", tax="7.61", paid="99.99")
    ours["payment"] = changed(ours["payment"], variance=Decimal("-0.01"))

    books = report(ours, ledger)

    assert books.agrees
    assert books.rounding == "1 document and 1 payment differ by tax rounding, 0.01 in all, kept and shown"
    assert books.rounded[1].sentence == (
        "Payment PAY-1 on INV-0047: 99.99 of 100.00 was open in Wave; kept as the variance."
    )


def test_a_payment_whose_last_cent_became_credit_is_explained() -> None:
    ledger = their_ledger("99.99", tax="7.61", paid="99.99")
    ledger["payments"][0]["amount"] = "100.00"

    books = report(our_rows("-0.01"), ledger)

    assert books.agrees
    assert books.rounded[1].sentence == (
        "Payment PAY-1 on INV-0047: 99.99 of 100.00 was open in Wave; the rest is credit there."
    )


def test_a_payment_that_is_lower_than_its_invoice_explains_is_a_difference() -> None:
    ours, ledger = our_rows("-0.01"), their_ledger("99.99", tax="7.61", paid="99.98")
    ours["payment"] = changed(ours["payment"], variance=Decimal("-0.02"))

    assert What.AMOUNT_APART in {one.what for one in report(ours, ledger).differences}


def test_a_lower_payment_on_an_invoice_that_agrees_is_a_difference() -> None:
    ours, ledger = our_rows("0.00"), their_ledger("100.00", tax="7.62", paid="99.99")
    ours["payment"] = changed(ours["payment"], variance=Decimal("-0.01"))

    assert [one.what for one in report(ours, ledger).differences] == [
        What.OPEN_APART,
        What.AMOUNT_APART,
        What.UNAPPLIED,
    ]


def test_two_payments_cannot_both_be_excused_by_the_same_cent() -> None:
    ours, ledger = our_rows("-0.01", lines=3), their_ledger("99.99", tax="7.61", paid="99.97")
    halves = {"amount": "49.99", "applied": [{"invoice_id": "i", "amount": "49.99"}], "customer_id": "c"}
    ledger["payments"] = [{"id": "p", **halves}, {"id": "q", **halves}]
    ledger["invoices"][0]["balance"] = "0.00"
    half = {"amount": Decimal("50.00"), "variance": Decimal("-0.01")}
    ours["payment"] = changed(ours["payment"], **half)
    ours["second"] = changed(ours["payment"], id=2, ref="PAY-2", remote_id="q", **half)

    books = report(ours, ledger)

    assert "Payment PAY-2 on INV-0047: 50.00 here, 49.99 in Wave." in [one.sentence for one in books.differences]


def test_the_json_names_what_is_rounded_beside_the_differences() -> None:
    written = report(our_rows(), their_ledger()).as_json()

    assert (written["difference_count"], written["rounded_count"]) == (0, 1)
    assert written["rounded"][0]["variance"] == "0.01"
    assert written["money"]["invoiced"] == {"here": "100.00", "there": "100.01", "variance": "0.01", "apart": "0.00"}
