"""What comes back from QuickBooks, as recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.contract.quickbooks_tape import Tape
from tests.unit.quickbooks_factories import customer, invoice, item, line, payment

from ledgerport.contract import AccountUse, Reference

PROVIDER = "quickbooks"
pytestmark = pytest.mark.vcr


def test_accounts_are_told_apart_by_what_they_can_be_chosen_for(tape: Tape) -> None:
    accounts = tape.ask("pull_accounts")

    assert {account.use for account in accounts} == {AccountUse.INCOME, AccountUse.EXPENSE, AccountUse.DEPOSIT}
    assert all(account.name and account.active for account in accounts)


def test_tax_codes_come_with_their_names(tape: Tape) -> None:
    codes = tape.ask("pull_tax_codes")

    assert codes
    assert all(code.id and code.name and code.active for code in codes)


def test_customers_are_read_from_the_cursor_on(tape: Tape) -> None:
    for number in (1, 2, 3):
        value = customer(ref=f"C-{number}", name=tape.named(f"Harbor View {number}"), email="")
        tape.ask("push_customer", push=tape.push(value))

    whole = tape.ask("pull_customers", cursor=None)
    rest = tape.ask("pull_customers", cursor="3")

    assert len(whole.rows) >= 3
    assert [pulled.remote.id for pulled in rest.rows] == [pulled.remote.id for pulled in whole.rows[2:]]
    assert rest.next is None


def test_items_come_with_price_and_name(tape: Tape) -> None:
    made = tape.ask("push_item", push=tape.push(item(name=tape.named("Drain cleaning"))))

    page = tape.ask("pull_items", cursor=None)

    assert [pulled.value.price for pulled in page.rows if pulled.remote.id == made.id] == [item().price]


def test_a_payment_comes_with_the_invoice_it_is_applied_to(tape: Tape) -> None:
    buyer = tape.ask("push_customer", push=tape.push(customer(name=tape.named("Harbor View HOA"))))
    sold = tape.ask("push_item", push=tape.push(item(name=tape.named("Drain cleaning"))))
    to = Reference(ref="C-1", remote_id=buyer.id)
    lines = [line(item=Reference(ref="I-1", remote_id=sold.id))]
    bill = invoice(number=f"FS-{tape.source.mark}", customer=to, lines=lines, due_on=None)
    billed = tape.ask("push_invoice", push=tape.push(bill))
    money = payment(customer=to, invoice=Reference(ref="INV-1", remote_id=billed.id))
    made = tape.ask("push_payment", push=tape.push(money))

    page = tape.ask("pull_payments", cursor=None)

    assert [pulled.applied for pulled in page.rows if pulled.remote.id == made.id] == [{billed.id: money.amount}]


def test_the_change_feed_tells_what_was_made_and_what_was_deleted(tape: Tape) -> None:
    buyer = tape.ask("push_customer", push=tape.push(customer(name=tape.named("Harbor View HOA"))))
    sold = tape.ask("push_item", push=tape.push(item(name=tape.named("Drain cleaning"))))
    to = Reference(ref="C-1", remote_id=buyer.id)
    lines = [line(item=Reference(ref="I-1", remote_id=sold.id))]
    bill = invoice(number=f"FS-{tape.source.mark}", customer=to, lines=lines, due_on=None)
    billed = tape.ask("push_invoice", push=tape.push(bill))
    money = payment(customer=to, invoice=Reference(ref="INV-1", remote_id=billed.id))
    made = tape.ask("push_payment", push=tape.push(money))
    tape.ask("delete_payment", push=tape.push(money, remote_id=made.id, remote_version=made.version))

    page = tape.ask("pull_changes", since=tape.source.at - timedelta(hours=1))

    told = {(change.kind, change.remote_id): change.deleted for change in page.rows}
    assert told["customer", buyer.id] is False
    assert told["invoice", billed.id] is False
    assert told["payment", made.id] is True
    assert page.next is not None
