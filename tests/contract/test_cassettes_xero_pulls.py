"""What comes back from Xero, as recorded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.contract.taping import Tape
from tests.contract.xero_tape import customer_of, push, send
from tests.unit.xero_factories import customer, invoice, item, line, payment

from ledgerport.contract import AccountUse, ItemType, Reference

PROVIDER = "xero"
pytestmark = pytest.mark.vcr


def test_accounts_are_told_apart_by_what_they_can_be_chosen_for(tape: Tape) -> None:
    accounts = tape.ask("pull_accounts")

    assert {AccountUse.INCOME, AccountUse.EXPENSE, AccountUse.DEPOSIT} <= {account.use for account in accounts}
    assert all(account.active and account.id and account.name for account in accounts)


def test_tax_codes_come_with_their_rates(tape: Tape) -> None:
    codes = tape.ask("pull_tax_codes")

    assert any(code.rate for code in codes)
    assert all(code.rate is not None for code in codes)


def test_customers_are_read_with_address_and_phone(tape: Tape) -> None:
    _, made = send(tape, "customer", customer(name=tape.named("Meadow Lane Dental"), phone="555 0142"))

    rows = {row.remote.id: row for row in tape.ask("pull_customers", cursor=None).rows}

    assert rows[made.id].value.phone == "555 0142"
    assert rows[made.id].remote.marker == made.marker


def test_items_come_with_price_code_and_name(tape: Tape) -> None:
    code = f"GATE-{tape.source.mark}"
    _, made = send(tape, "item", item(code=code, price=Decimal("145.5025")))

    rows = {row.remote.id: row.value for row in tape.ask("pull_items", cursor=None).rows}

    assert (rows[made.id].code, rows[made.id].price, rows[made.id].type) == (
        code,
        Decimal("145.5025"),
        ItemType.SERVICE,
    )


def test_a_payment_comes_with_the_invoice_it_is_applied_to(tape: Tape) -> None:
    buyer = customer_of(tape, customer(name=tape.named("Meadow Lane Dental")))
    plain = line(item=None, item_code="")
    _, billed = send(tape, "invoice", invoice(number=f"FS-{tape.source.mark}", customer=buyer, lines=[plain]))
    value = payment(customer=buyer, invoice=Reference(ref="INV-1", remote_id=billed.id))
    _, made = send(tape, "payment", value)

    rows = {row.remote.id: row for row in tape.ask("pull_payments", cursor=None).rows}

    assert rows[made.id].applied == {billed.id: Decimal("100.00")}
    assert rows[made.id].paid_on == value.paid_on


def test_the_changes_tell_what_was_made_and_what_was_deleted(tape: Tape) -> None:
    buyer = customer_of(tape, customer(name=tape.named("Meadow Lane Dental")))
    plain = line(item=None, item_code="")
    _, billed = send(tape, "invoice", invoice(number=f"FS-{tape.source.mark}", customer=buyer, lines=[plain]))
    sent, made = send(tape, "payment", payment(customer=buyer, invoice=Reference(ref="INV-1", remote_id=billed.id)))
    tape.ask("delete_payment", push=push(tape, sent.value, remote_id=made.id))

    page = tape.ask("pull_changes", since=tape.source.at - timedelta(hours=1))

    told = {change.remote_id: (change.kind, change.deleted) for change in page.rows}
    assert told[buyer.remote_id] == ("customer", False)
    assert told[billed.id] == ("invoice", False)
    assert told[made.id] == ("payment", True)
    assert page.next is not None
