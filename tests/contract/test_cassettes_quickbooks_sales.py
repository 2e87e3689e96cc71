"""Invoices and payments on their way into QuickBooks, as recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.contract.quickbooks_tape import Tape
from tests.unit.quickbooks_factories import customer, invoice, item, line, payment

from ledgerport.contract import Gone, Invoice, NameTaken, Payment, Reference, Remote

PROVIDER = "quickbooks"
pytestmark = pytest.mark.vcr


@pytest.fixture
def bill(tape: Tape) -> Invoice:
    """An invoice of 290.00 for a customer and an item that are in the books."""
    buyer = tape.ask("push_customer", push=tape.push(customer(name=tape.named("Harbor View HOA"))))
    sold = tape.ask("push_item", push=tape.push(item(name=tape.named("Drain cleaning"))))
    made: Invoice = invoice(
        number=f"FS-{tape.source.mark}",
        customer=Reference(ref="C-1", remote_id=buyer.id),
        lines=[line(item=Reference(ref="I-1", remote_id=sold.id))],
        due_on=None,
    )
    return made


def paid(bill: Invoice, remote: Remote, amount: str) -> Payment:
    made: Payment = payment(
        customer=bill.customer, invoice=Reference(ref=bill.ref, remote_id=remote.id), amount=Decimal(amount)
    )
    return made


def test_an_invoice_has_our_number_and_the_books_total(tape: Tape, bill: Invoice) -> None:
    remote = tape.ask("push_invoice", push=tape.push(bill))

    assert remote.number == bill.number
    assert remote.total == Decimal("290.00")


def test_a_payment_is_applied_to_its_invoice_and_found_by_its_marker(tape: Tape, bill: Invoice) -> None:
    billed = tape.ask("push_invoice", push=tape.push(bill))
    push = tape.push(paid(bill, billed, "261.00"))

    remote = tape.ask("push_payment", push=push)
    found = tape.ask("find_pushed", push=push)

    assert remote.total == Decimal("261.00")
    assert [(one.id, one.marker, one.invoice_id) for one in found] == [(remote.id, push.marker, billed.id)]


def test_two_payments_in_one_batch_are_answered_in_order(tape: Tape, bill: Invoice) -> None:
    billed = tape.ask("push_invoice", push=tape.push(bill))
    first = tape.push(paid(bill, billed, "145.00"))
    other = tape.push(replace(paid(bill, billed, "45.00"), ref="P-2"))
    second = replace(other, operation_id=first.operation_id, position=2)

    outcomes = tape.ask("push_payment_batch", pushes=[first, second])

    assert [outcome.total for outcome in outcomes] == [Decimal("145.00"), Decimal("45.00")]


def test_a_number_in_use_is_name_taken_and_its_holder_is_found(tape: Tape, bill: Invoice) -> None:
    first = tape.ask("push_invoice", push=tape.push(bill))
    again = tape.push(replace(bill, ref="INV-2"))

    with pytest.raises(NameTaken) as taken:
        tape.ask("push_invoice", push=again)
    holders = tape.ask("on_duplicate_name", push=again)

    assert (taken.value.code, taken.value.field) == ("6140", "number")
    assert [holder.id for holder in holders] == [first.id]


def test_an_invoice_that_may_have_arrived_is_found_by_number_and_marker(tape: Tape, bill: Invoice) -> None:
    push = tape.push(bill)
    never_sent = tape.push(replace(bill, ref="INV-9", number=f"FS-9{tape.source.mark}"))
    made = tape.ask("push_invoice", push=push)

    found = tape.ask("find_pushed_batch", pushes=[push, never_sent])

    assert [[remote.id for remote in remotes] for remotes in found] == [[made.id], []]
    assert found[0][0].marker == push.marker


def test_a_void_invoice_stays_in_the_books_with_a_total_of_zero(tape: Tape, bill: Invoice) -> None:
    push = tape.push(bill)
    made = tape.ask("push_invoice", push=push)

    remote = tape.ask("void_invoice", push=tape.push(bill, remote_id=made.id, remote_version=made.version))

    assert remote.id == made.id
    assert remote.total == Decimal("0.00")


def test_a_deleted_payment_is_gone_when_it_is_deleted_again(tape: Tape, bill: Invoice) -> None:
    billed = tape.ask("push_invoice", push=tape.push(bill))
    value = paid(bill, billed, "261.00")
    made = tape.ask("push_payment", push=tape.push(value))
    known = {"remote_id": made.id, "remote_version": made.version}

    deleted = tape.ask("delete_payment", push=tape.push(value, **known))
    with pytest.raises(Gone):
        tape.ask("delete_payment", push=tape.push(value, **known))

    assert deleted.id == made.id
