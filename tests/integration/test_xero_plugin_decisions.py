"""The Xero plugin against its sandbox: cents, locked books, what a bookkeeper does, and what Xero leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contract.taping import Tape
from tests.contract.xero_tape import mapping, push, send, together
from tests.integration.xero_counter import (
    billed,
    documents,
    failure,
    fresh,
    ledger,
    opened,
    paid,
    person,
    record,
    switch,
    unique,
)
from tests.unit.xero_factories import customer, estimate, invoice, line

from ledgerport.contract import Gone, Kind, NameTaken, Refused, Remote, round_money


@pytest.fixture(scope="module")
def counter() -> Iterator[Tape]:
    with opened() as tape:
        yield tape


@pytest.fixture
def tape(counter: Tape) -> Iterator[Tape]:
    with fresh(counter) as tape:
        yield tape


# --- cents ------------------------------------------------------------------------------------------------------------

QUANTITIES = st.decimals(Decimal("0.0001"), Decimal(90), places=4) | st.decimals(Decimal("0.01"), Decimal(90), places=6)
PRICES = st.decimals(Decimal("0.00"), Decimal(300), places=2) | st.decimals(Decimal("0.01"), Decimal(300), places=5)
FIGURES = st.lists(st.tuples(QUANTITIES, PRICES, st.booleans()), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(figures=FIGURES, part=st.integers(0, 100), tax=st.decimals(Decimal(0), Decimal(500), places=2))
@pytest.mark.parametrize("rounding", ["half_up", "half_even"])
@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.ESTIMATE])
def test_the_books_come_to_our_cent_whatever_the_figures(
    tape: Tape, kind: Kind, rounding: str, figures: list[tuple[Decimal, Decimal, bool]], part: int, tax: Decimal
) -> None:
    switch(tape, tax_rounding=rounding)
    buyer = send(tape, "customer", customer(ref=unique(tape), name=f"Customer {unique(tape)}", email=""))[1]
    lines = [
        line(
            quantity,
            price,
            amount=round_money(quantity * price, "USD"),
            taxable=taxed,
            item=None,
            item_code="",
        )
        for quantity, price, taxed in figures
    ]
    whole = sum((one.amount for one in lines), Decimal(0))
    discount = (whole * part / 100).quantize(Decimal("0.01"))
    made = invoice if kind is Kind.INVOICE else estimate
    value: Any = made(
        ref=unique(tape),
        number=f"H-{unique(tape)}",
        customer=replace(invoice().customer, remote_id=buyer.id),
        lines=lines,
        discount=discount,
        tax=tax,
    )

    _, remote = send(tape, str(kind), value)

    assert remote.total == value.total


def test_tax_on_lines_of_two_rates_is_booked_as_the_rates_have_it(tape: Tape) -> None:
    codes = [code for code in tape.ask("pull_tax_codes") if code.rate]
    low, high = min(codes, key=lambda code: code.rate or 0), max(codes, key=lambda code: code.rate or 0)
    its = documents(tape)
    (one,) = its["lines"]
    lines = [replace(one, taxable=True), replace(one, taxable=True, tax_code="low")]
    value = invoice(ref=unique(tape), **{**its, "lines": lines}, tax=Decimal("50.00"))
    chosen = replace(mapping(tape), tax_codes={"taxable": high.id, "exempt": "NONE", "low": low.id})

    _, remote = send(tape, "invoice", value, mapping=chosen)

    assert remote.total == value.total


def test_a_price_of_four_decimals_is_not_cut(tape: Tape) -> None:
    its = documents(tape)
    (one,) = its["lines"]
    fine = replace(one, quantity=Decimal(1000), unit_price=Decimal("0.1234"), amount=Decimal("123.40"))

    _, remote = send(tape, "invoice", invoice(ref=unique(tape), **{**its, "lines": [fine]}))

    assert remote.total == Decimal("123.40")


# --- states -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [True, False])
def test_a_document_in_locked_books_is_refused_with_its_date(tape: Tape, suffix: bool) -> None:
    switch(tape, lock_date_suffix=suffix)
    bill, remote = billed(tape)
    person(tape, "close_books", until="2026-12-31")

    error = failure(tape, "push_invoice", push=push(tape, invoice(ref=unique(tape), **documents(tape))))
    late = failure(tape, "push_payment", push=push(tape, paid(bill, remote, "10.00")))

    assert isinstance(error, Refused)
    assert (error.field, "locked" in error.reason) == ("issued_on", True)
    assert isinstance(late, Refused)
    assert late.field == "paid_on"


def test_an_invoice_for_an_archived_customer_is_refused_with_what_to_do(tape: Tape) -> None:
    its = documents(tape)
    person(tape, "archive", id=its["customer"].remote_id)

    error = failure(tape, "push_invoice", push=push(tape, invoice(ref=unique(tape), **its)))

    assert isinstance(error, Refused)
    assert error.field == "customer"
    assert "Restore" in error.reason


def test_an_archived_namesake_is_told_and_the_name_is_free(tape: Tape) -> None:
    sent, made = send(tape, "customer", record(tape, Kind.CUSTOMER))
    person(tape, "archive", id=made.id)
    again = replace(push(tape, sent.value), marker="LP-eeeeeeeeeeeeeee1")

    assert [(one.id, one.active) for one in tape.ask("on_duplicate_name", push=again)] == [(made.id, False)]
    assert tape.ask("push_customer", push=again).id != made.id


@pytest.mark.parametrize("free", [True, False])
def test_the_number_of_a_void_invoice_is_never_taken_for_ours(tape: Tape, free: bool) -> None:
    switch(tape, void_numbers_free=free)
    bill, made = billed(tape)
    tape.ask("void_invoice", push=push(tape, bill, remote_id=made.id))
    again = replace(push(tape, replace(bill, ref=f"{bill.ref} again")), remote_id=None)

    assert [remote.active for remote in tape.ask("find_pushed", push=again)] == [False]
    if free:
        assert tape.ask("push_invoice", push=again).id != made.id
    else:
        assert isinstance(failure(tape, "push_invoice", push=again), NameTaken)


def test_a_customer_that_a_bookkeeper_edited_keeps_the_edit(tape: Tape) -> None:
    sent, made = send(tape, "customer", record(tape, Kind.CUSTOMER))
    person(tape, "edit", kind="Contact", id=made.id, data={"FirstName": "Priya", "ContactNumber": "THEIRS-1"})

    tape.ask("push_customer", push=replace(sent, remote_id=made.id))

    (row,) = [one for one in tape.ask("pull_customers", cursor=None).rows if one.remote.id == made.id]
    assert (row.value.given_name, row.remote.marker) == ("Priya", "")


@pytest.mark.parametrize("transitions", ["documented", "any"])
@pytest.mark.parametrize("needs_all", [True, False])
def test_a_quote_that_was_sent_over_there_is_changed_and_stays_sent(
    tape: Tape, needs_all: bool, transitions: str
) -> None:
    switch(tape, quote_transitions=transitions, quote_update_needs_all=needs_all)
    sent, made = send(tape, "estimate", record(tape, Kind.ESTIMATE))
    value: Any = sent.value
    person(
        tape,
        "edit",
        kind="Quote",
        id=made.id,
        data={
            "Status": "SENT",
            "Contact": {"ContactID": value.customer.remote_id},
            "Date": value.issued_on.isoformat(),
        },
    )

    changed = tape.ask("push_estimate", push=replace(sent, value=replace(value, memo="Offer"), remote_id=made.id))

    assert changed.id == made.id
    (row,) = [one for one in ledger(tape, Kind.ESTIMATE) if one["id"] == made.id]
    assert row["total"] == "290.00"


def test_a_deleted_quote_is_gone(tape: Tape) -> None:
    sent, made = send(tape, "estimate", record(tape, Kind.ESTIMATE))
    person(tape, "delete", kind="Quote", id=made.id)

    assert isinstance(failure(tape, "push_estimate", push=replace(sent, remote_id=made.id)), Gone)


def test_a_reconciled_payment_is_not_deleted_and_says_why(tape: Tape) -> None:
    bill, remote = billed(tape)
    sent, made = send(tape, "payment", paid(bill, remote, "100.00"))
    person(tape, "reconcile", id=made.id)

    error = failure(tape, "delete_payment", push=replace(sent, remote_id=made.id))

    assert isinstance(error, Refused)
    assert error.reason


def test_a_payment_on_an_invoice_that_was_voided_is_refused(tape: Tape) -> None:
    bill, remote = billed(tape)
    person(tape, "void", id=remote.id)

    error = failure(tape, "push_payment", push=push(tape, paid(bill, remote, "100.00")))

    assert isinstance(error, Refused)
    assert error.field == "invoice"


def test_a_payment_is_as_it_is_or_refused_and_never_changed(tape: Tape) -> None:
    bill, remote = billed(tape)
    sent, made = send(tape, "payment", paid(bill, remote, "100.00"))
    known = replace(sent, remote_id=made.id)

    same = tape.ask("push_payment", push=known)
    error = failure(tape, "push_payment", push=replace(known, value=replace(sent.value, amount=Decimal("99.00"))))

    assert same.id == made.id
    assert isinstance(error, Refused)


def test_an_invoice_of_nothing_is_taken(tape: Tape) -> None:
    its = documents(tape)
    (one,) = its["lines"]
    free = replace(one, unit_price=Decimal(0), amount=Decimal("0.00"))

    _, remote = send(tape, "invoice", invoice(ref=unique(tape), **{**its, "lines": [free]}))

    assert remote.total == Decimal("0.00")


def test_a_currency_that_the_organisation_does_not_use_is_refused(tape: Tape) -> None:
    sent = push(tape, invoice(ref=unique(tape), **documents(tape)))

    error = failure(tape, "push_invoice", push=replace(sent, value=replace(sent.value, currency="EUR")))

    assert isinstance(error, Refused)
    assert error.field == "currency"


# --- reading ----------------------------------------------------------------------------------------------------------


def test_every_customer_is_pulled_page_by_page(tape: Tape, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledgerport_xero.client.PAGE_SIZE", 3)
    made = tape.ask(
        "push_customer_batch", pushes=together(*(push(tape, customer(ref=f"P{n}", name=f"Page {n}")) for n in range(8)))
    )
    assert all(isinstance(one, Remote) for one in made)

    seen: set[str] = set()
    cursor, pages = None, 0
    while pages < 400:
        page = tape.ask("pull_customers", cursor=cursor)
        seen |= {row.remote.id for row in page.rows}
        cursor, pages = page.next, pages + 1
        if cursor is None:
            break

    assert cursor is None
    assert {one["id"] for one in ledger(tape, Kind.CUSTOMER)} <= seen


@pytest.mark.parametrize("told", ["inclusive", "exclusive"])
@pytest.mark.parametrize("empty", [True, False])
def test_no_change_is_missed_whether_or_not_a_moment_holds_itself(tape: Tape, empty: bool, told: str) -> None:
    switch(tape, if_modified_since=told, not_modified_304=empty)
    first = tape.ask("pull_changes", since=tape.source.at - timedelta(hours=1))
    _, made = send(tape, "customer", record(tape, Kind.CUSTOMER))

    second = tape.ask("pull_changes", since=datetime.fromisoformat(first.next))

    assert made.id in {change.remote_id for change in second.rows}
