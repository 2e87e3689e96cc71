"""Invoices, quotes and payments on their way into Xero, as recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.taping import Tape
from tests.contract.xero_tape import customer_of, item_of, push, send, together
from tests.unit.xero_factories import customer, estimate, invoice, item, line, payment

from ledgerport.contract import Estimate, Gone, Invoice, NameTaken, Payment, Reference, Refused, Remote

PROVIDER = "xero"
pytestmark = pytest.mark.vcr
# Figures that round in every way: a tie, a third, a price of four decimals; a discount and a tax that divide into
# none of them.
AWKWARD = {
    "lines": [
        line("0.5", "0.25", taxable=True),
        line("3", "33.3333", taxable=True),
        line("0.333333", "10000.00"),
        line("1", "-5.00"),
    ],
    "discount": Decimal("7.77"),
    "tax": Decimal("14.99"),
    "memo": "Thank you",
}


@pytest.fixture
def its(tape: Tape) -> dict[str, Any]:
    """What every document of the test has: a customer and an item that are in the books."""
    buyer = customer_of(tape, customer(name=tape.named("Meadow Lane Dental")))
    code = f"GATE-{tape.source.mark}"
    sold = item_of(tape, item(code=code))
    return {"customer": buyer, "lines": [line(item=sold, item_code=code)]}


@pytest.fixture
def bill(tape: Tape, its: dict[str, Any]) -> Invoice:
    """An invoice of 290.00."""
    made: Invoice = invoice(number=f"FS-{tape.source.mark}", **its)
    return made


def with_item(its: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Lines of other figures, of the same item."""
    (known,) = its["lines"]
    lines = [replace(one, item=known.item, item_code=known.item_code) for one in changed["lines"]]
    return {**its, **changed, "lines": lines}


def paid(bill: Invoice, remote: Remote, amount: str, **more: Any) -> Payment:
    made: Payment = payment(
        customer=bill.customer, invoice=Reference(ref=bill.ref, remote_id=remote.id), amount=Decimal(amount), **more
    )
    return made


def test_an_invoice_has_our_number_and_the_books_total_and_is_found(tape: Tape, bill: Invoice) -> None:
    sent, remote = send(tape, "invoice", bill)

    found = tape.ask("find_pushed", push=sent)

    assert (remote.number, remote.total) == (bill.number, Decimal("290.00"))
    assert [(one.id, one.total, one.customer_id) for one in found] == [
        (remote.id, Decimal("290.00"), bill.customer.remote_id)
    ]


def test_an_invoice_of_awkward_figures_comes_to_our_cent(tape: Tape, its: dict[str, Any]) -> None:
    value = invoice(number=f"FS-{tape.source.mark}", **with_item(its, **AWKWARD))

    _, remote = send(tape, "invoice", value)

    assert remote.total == value.total


def test_a_quote_of_awkward_figures_comes_to_our_cent(tape: Tape, its: dict[str, Any]) -> None:
    value: Estimate = estimate(number=f"QU-{tape.source.mark}", **with_item(its, **AWKWARD))

    sent, remote = send(tape, "estimate", value)

    assert remote.total == value.total
    assert [one.id for one in tape.ask("find_pushed", push=sent)] == [remote.id]


def test_an_invoice_without_a_number_is_numbered_by_xero_and_found_by_our_mark(tape: Tape, bill: Invoice) -> None:
    sent, remote = send(tape, "invoice", replace(bill, number=""))

    assert remote.number
    assert [(one.id, one.marker) for one in tape.ask("find_pushed", push=sent)] == [(remote.id, sent.marker)]


def test_a_number_in_use_is_name_taken_and_overwrites_nothing(tape: Tape, bill: Invoice) -> None:
    _, first = send(tape, "invoice", bill)
    again = push(tape, replace(bill, ref="INV-2", memo="not this one"))

    with pytest.raises(NameTaken) as taken:
        tape.ask("push_invoice", push=again)
    (holder,) = tape.ask("on_duplicate_name", push=again)

    assert taken.value.field == "number"
    assert (holder.id, holder.version) == (first.id, first.version)


def test_one_bad_invoice_of_a_batch_costs_no_other(tape: Tape, bill: Invoice) -> None:
    values = [replace(bill, ref=f"INV-{n}", number=f"{bill.number}-{n}") for n in range(4)]
    values[2] = replace(values[2], number=f"{bill.number}-0")
    pushes = together(*(push(tape, value) for value in values))

    outcomes = tape.ask("push_invoice_batch", pushes=pushes)

    assert [type(outcome) for outcome in outcomes] == [Remote, Remote, NameTaken, Remote]


def test_an_invoice_is_changed_while_it_is_owed_and_refused_once_it_is_paid(tape: Tape, bill: Invoice) -> None:
    _, made = send(tape, "invoice", bill)
    dearer = replace(bill, lines=[replace(bill.lines[0], unit_price=Decimal(150), amount=Decimal("300.00"))])

    _, changed = send(tape, "invoice", dearer, remote_id=made.id)
    send(tape, "payment", paid(bill, made, "100.00"))
    with pytest.raises(Refused) as refused:
        send(tape, "invoice", bill, remote_id=made.id)

    assert (changed.id, changed.total) == (made.id, Decimal("300.00"))
    assert "payments first" in refused.value.reason


def test_a_payment_is_applied_to_its_invoice_and_found_by_its_mark(tape: Tape, bill: Invoice) -> None:
    _, billed = send(tape, "invoice", bill)

    sent, remote = send(tape, "payment", paid(bill, billed, "261.00", reference="1042"))

    assert remote.total == Decimal("261.00")
    assert [(one.id, one.marker, one.invoice_id) for one in tape.ask("find_pushed", push=sent)] == [
        (remote.id, sent.marker, billed.id)
    ]


def test_two_payments_of_one_batch_of_which_the_second_is_too_large(tape: Tape, bill: Invoice) -> None:
    _, billed = send(tape, "invoice", bill)
    pushes = together(
        push(tape, paid(bill, billed, "145.00")), push(tape, replace(paid(bill, billed, "145.01"), ref="P-2"))
    )

    first, second = tape.ask("push_payment_batch", pushes=pushes)

    assert first.total == Decimal("145.00")
    assert isinstance(second, Refused)
    assert second.field == "amount"


def test_a_void_invoice_counts_for_nothing_and_voiding_it_twice_is_as_good(tape: Tape, bill: Invoice) -> None:
    _, made = send(tape, "invoice", bill)
    known = push(tape, bill, remote_id=made.id)

    first, second = (tape.ask("void_invoice", push=known) for _ in range(2))

    assert (first.total, first.active) == (second.total, second.active) == (Decimal("0.00"), False)


def test_a_paid_invoice_is_voided_only_after_its_payment_is_deleted(tape: Tape, bill: Invoice) -> None:
    _, made = send(tape, "invoice", bill)
    sent, money = send(tape, "payment", paid(bill, made, "290.00"))
    known = push(tape, bill, remote_id=made.id)

    with pytest.raises(Refused, match="Delete"):
        tape.ask("void_invoice", push=known)
    tape.ask("delete_payment", push=replace(sent, remote_id=money.id))
    with pytest.raises(Gone):
        tape.ask("delete_payment", push=replace(sent, remote_id=money.id))

    assert tape.ask("void_invoice", push=known).total == Decimal("0.00")


def test_an_invoice_that_was_voided_over_there_is_gone_for_an_edit(tape: Tape, bill: Invoice) -> None:
    _, made = send(tape, "invoice", bill)
    tape.ask("void_invoice", push=push(tape, bill, remote_id=made.id))

    with pytest.raises(Gone):
        send(tape, "invoice", replace(bill, memo="later"), remote_id=made.id)


def test_a_quote_is_changed_and_keeps_its_status(tape: Tape, its: dict[str, Any]) -> None:
    value: Estimate = estimate(number=f"QU-{tape.source.mark}", **its)
    _, made = send(tape, "estimate", value)
    dearer = replace(value, lines=[replace(value.lines[0], quantity=Decimal(3), amount=Decimal("435.00"))])

    _, changed = send(tape, "estimate", dearer, remote_id=made.id)

    assert (changed.id, changed.number, changed.total) == (made.id, value.number, Decimal("435.00"))
