"""What is read back from Wave, as recorded."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.contract.taping import Tape
from tests.contract.wave_tape import send
from tests.unit.wave_factories import customer, item

from ledgerport.contract import AccountUse

PROVIDER = "wave"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


def test_accounts_are_told_apart_by_what_they_can_be_chosen_for(tape: Tape) -> None:
    uses = [account.use for account in tape.ask("pull_accounts")]
    assert {AccountUse.INCOME, AccountUse.EXPENSE, AccountUse.DEPOSIT} == set(uses)


def test_sales_taxes_come_with_their_names_and_percentages(tape: Tape) -> None:
    codes = tape.ask("pull_tax_codes")
    assert Decimal("8.25") in [code.rate for code in codes]
    assert all(code.name for code in codes)


def test_customers_are_read_with_what_is_known_of_them(tape: Tape) -> None:
    sent, remote = send(tape, "customer", customer(given_name="Dana"))

    page = tape.ask("pull_customers", cursor=None)

    assert [(one.remote.id, one.value.given_name) for one in page.rows] == [(remote.id, "Dana")]
    assert page.next is None
    assert page.rows[0].remote.marker == sent.marker


def test_changes_are_told_by_kind(tape: Tape) -> None:
    _, person = send(tape, "customer", customer())
    _, thing = send(tape, "item", item())

    page = tape.ask("pull_changes", since=tape.source.at - timedelta(minutes=1))

    assert {(change.kind, change.remote_id) for change in page.rows} == {("customer", person.id), ("item", thing.id)}
    assert page.next is not None
