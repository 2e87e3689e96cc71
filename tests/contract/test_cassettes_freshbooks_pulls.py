"""What comes back from FreshBooks, as recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from tests.contract.freshbooks_records import customer, invoice, item, payment, sent
from tests.contract.taping import Tape

PROVIDER = "freshbooks"
pytestmark = pytest.mark.vcr


def test_accounts_are_told_apart_by_what_they_are(tape: Tape) -> None:
    accounts = tape.ask("pull_accounts")

    assert {"income", "expense", "deposit"} <= {account.use for account in accounts}
    assert all(account.id and account.name for account in accounts)


def test_taxes_are_codes_that_a_line_can_carry(tape: Tape) -> None:
    codes = tape.ask("pull_tax_codes")

    assert tape.source.taxes["taxable"] in {code.id for code in codes}
    assert Decimal("8.25") in {code.rate for code in codes}


def test_customers_and_items_come_with_names_and_prices(tape: Tape) -> None:
    whose, what = sent(tape, "customer", customer(tape)), sent(tape, "item", item(tape))

    people, goods = tape.ask("pull_customers", cursor=None), tape.ask("pull_items", cursor=None)

    assert [(row.remote.id, row.value.name) for row in people.rows] == [(whose.id, tape.named("Harbor View HOA"))]
    assert [(row.remote.id, row.value.price) for row in goods.rows] == [(what.id, Decimal("145.00"))]
    assert (people.next, goods.next) == (None, None)


def test_a_payment_comes_with_the_invoice_it_is_applied_to(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    bill = sent(tape, "invoice", invoice(tape, whose))
    sent(tape, "payment", payment(tape, whose, bill))

    (row,) = tape.ask("pull_payments", cursor=None).rows

    assert (row.amount, row.applied) == (Decimal("100.00"), {bill.id: Decimal("100.00")})
    assert row.paid_on == tape.source.at.date()


def test_changes_tell_what_was_made_and_what_was_deleted(tape: Tape) -> None:
    whose = sent(tape, "customer", customer(tape))
    bill = sent(tape, "invoice", invoice(tape, whose))
    tape.ask("void_invoice", push=tape.push(invoice(tape, whose), remote_id=bill.id))

    page = tape.ask("pull_changes", since=tape.source.at - timedelta(hours=1))

    assert [(change.kind, change.remote_id, change.deleted) for change in page.rows] == [
        ("customer", whose.id, False),
        ("invoice", bill.id, True),
    ]
    assert page.rows[0].at == tape.source.at
    assert datetime.fromisoformat(page.next) == tape.source.at - timedelta(minutes=10)


def test_nothing_changed_since_later(tape: Tape) -> None:
    sent(tape, "customer", customer(tape))

    later = tape.source.at + timedelta(hours=1)

    assert tape.ask("pull_changes", since=later).rows == []
