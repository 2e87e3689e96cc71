"""Invoices, estimates and payments at FreshBooks, as recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.contract.freshbooks_records import customer, due, estimate, invoice, line, payment, sent
from tests.contract.taping import Tape

from ledgerport.contract import Gone, NameTaken, Refused, Remote

PROVIDER = "freshbooks"
pytestmark = pytest.mark.vcr


def billed(tape: Tape) -> tuple[Remote, Remote]:
    """A customer and an invoice of 290.00 of his."""
    whose = sent(tape, "customer", customer(tape))
    return whose, sent(tape, "invoice", invoice(tape, whose))


def test_an_invoice_has_our_number_and_the_books_total(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    push = tape.push(invoice(tape, whose, due_on=due(tape.source.at.date()), memo="Thank you"))

    remote = tape.ask("push_invoice", push=push)

    assert (remote.number, remote.total, remote.customer_id) == (push.value.number, Decimal("290.00"), whose.id)
    assert remote.marker == push.marker


def test_lines_discount_and_tax_come_to_the_cent(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    lines = [
        line("3", "33.33", taxable=True),
        line("1.25", "80.00"),
        line("3", "0.3333", amount=Decimal("1.00"), taxable=True),
    ]
    # 200.99 less 20.10, of which 10.10 lower the taxed part to 90.89: 7.50 of tax.
    bill = invoice(tape, whose, lines=lines, discount=Decimal("20.10"), tax=Decimal("7.50"))

    remote = sent(tape, "invoice", bill)

    assert (remote.total, bill.total) == (Decimal("188.39"), Decimal("188.39"))


def test_a_discount_that_is_a_percentage_comes_to_the_cent(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))

    remote = sent(tape, "invoice", invoice(tape, whose, discount=Decimal("29.00")))

    assert remote.total == Decimal("261.00")


def test_an_edited_invoice_has_its_lines_replaced_and_its_percentage_taken_away(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    made = sent(tape, "invoice", invoice(tape, whose, discount=Decimal("29.00")))

    edited = invoice(tape, whose, lines=[line("1", "145.00"), line("1", "20.00")], discount=Decimal("0.33"))
    changed = sent(tape, "invoice", edited, remote_id=made.id)

    assert (changed.id, changed.total) == (made.id, Decimal("164.67"))
    assert changed.marker == made.marker


def test_a_number_in_use_is_name_taken_and_its_holder_is_found(tape: Tape) -> None:
    whose, bill = billed(tape)
    push = tape.push(invoice(tape, whose, ref="INV-2"))

    with pytest.raises(NameTaken) as taken:
        tape.ask("push_invoice", push=push)

    assert taken.value.field == "number"
    assert [remote.id for remote in tape.ask("on_duplicate_name", push=push)] == [bill.id]


def test_an_invoice_that_may_have_arrived_is_found_by_number_and_marker(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    push = tape.push(invoice(tape, whose))
    made = tape.ask("push_invoice", push=push)

    assert [remote.id for remote in tape.ask("find_pushed", push=push)] == [made.id]
    assert tape.ask("find_pushed", push=replace(push, value=replace(push.value, number="FS-none"))) == []


def test_an_invoice_that_freshbooks_numbered_is_found_by_its_marker(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    push = tape.push(invoice(tape, whose, number=""))
    made = tape.ask("push_invoice", push=push)
    sent(tape, "invoice", invoice(tape, whose, ref="INV-2", number=""))

    assert made.number
    assert [remote.id for remote in tape.ask("find_pushed", push=push)] == [made.id]


def test_a_void_invoice_is_deleted_and_gone_when_it_is_sent_again(tape: Tape) -> None:
    whose, bill = billed(tape)
    push = tape.push(invoice(tape, whose), remote_id=bill.id)

    void = tape.ask("void_invoice", push=push)

    assert (void.active, void.total) == (False, Decimal("0.00"))
    with pytest.raises(Gone):
        tape.ask("push_invoice", push=push)


def test_an_estimate_has_our_number_and_is_found_by_its_marker(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    push = tape.push(estimate(tape, whose))

    remote = tape.ask("push_estimate", push=push)

    assert (remote.number, remote.total) == (push.value.number, Decimal("290.00"))
    assert [found.id for found in tape.ask("find_pushed", push=push)] == [remote.id]


def test_an_invoice_made_from_an_estimate_names_it(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    offer = sent(tape, "estimate", estimate(tape, whose))

    remote = sent(tape, "invoice", invoice(tape, whose, estimate_id=offer.id))

    assert remote.total == offer.total


def test_a_payment_is_applied_to_its_invoice_and_found_by_its_marker(tape: Tape) -> None:
    whose, bill = billed(tape)
    push = tape.push(payment(tape, whose, bill, reference="#1041"))

    remote = tape.ask("push_payment", push=push)

    assert (remote.total, remote.invoice_id, remote.customer_id) == (Decimal("100.00"), bill.id, whose.id)
    assert [found.id for found in tape.ask("find_pushed", push=push)] == [remote.id]
    assert tape.ask("find_pushed", push=tape.push(payment(tape, whose, bill, ref="P-2"))) == []


def test_a_payment_over_what_is_open_keeps_its_whole_amount(tape: Tape) -> None:
    whose, bill = billed(tape)

    assert sent(tape, "payment", payment(tape, whose, bill, "300.00")).total == Decimal("300.00")


def test_a_deleted_payment_leaves_the_invoice_open(tape: Tape) -> None:
    whose, bill = billed(tape)
    paid = sent(tape, "payment", payment(tape, whose, bill, "290.00"))
    push = tape.push(payment(tape, whose, bill, "290.00"), remote_id=paid.id)

    assert not tape.ask("delete_payment", push=push).active
    again = sent(tape, "payment", payment(tape, whose, bill, "290.00", ref="P-2"))
    assert again.total == Decimal("290.00")


def test_a_payment_of_an_invoice_that_is_not_there_is_refused_with_its_field(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))

    with pytest.raises(Refused) as refused:
        sent(tape, "payment", payment(tape, whose, Remote(id="999999999", kind="invoice")))

    assert refused.value.field == "invoice"
