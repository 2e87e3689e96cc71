"""Customers and items at Wave, as recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contract.taping import Tape
from tests.contract.wave_tape import push, send
from tests.unit.wave_factories import customer, item

from ledgerport.contract import Address, PushMapping, Refused

PROVIDER = "wave"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


def test_a_customer_is_created_with_its_place_and_our_marker(tape: Tape) -> None:
    place = Address(line1="12 Pier Rd", city="Austin", region="TX", postal_code="78701", country="USA")
    sent, remote = send(tape, "customer", customer(address=place, phone="512-555-0100"))

    assert remote.id
    assert (remote.marker, remote.phone) == (sent.marker, "512-555-0100")


def test_a_name_with_an_ampersand_quotes_and_an_umlaut_arrives_as_it_is(tape: Tape) -> None:
    name = 'Müller & Sons "Pipes" \\ Co'
    assert send(tape, "customer", customer(name=name))[1].name == name


def test_a_customer_is_found_by_its_email_whatever_its_case(tape: Tape) -> None:
    _, remote = send(tape, "customer", customer(email="dana@harborview.example"))

    found = tape.ask("find_customers_batch", emails=["Dana@HarborView.example", "nobody@harborview.example"])

    assert [one.id for one in found["Dana@HarborView.example"]] == [remote.id]
    assert found["nobody@harborview.example"] == []


def test_a_changed_customer_keeps_its_id(tape: Tape) -> None:
    sent, remote = send(tape, "customer", customer())

    again = tape.ask("push_customer", push=replace(sent, remote_id=remote.id, value=customer(phone="555-0101")))

    assert (again.id, again.phone) == (remote.id, "555-0101")


def test_an_item_is_created_sold_at_its_price(tape: Tape) -> None:
    _, remote = send(tape, "item", item(name="Drain snake 25 ft"))

    (pulled,) = tape.ask("pull_items", cursor=None).rows

    assert (pulled.remote.id, pulled.value.price) == (remote.id, item().price)


def test_an_item_with_an_account_of_another_sort_is_refused_by_its_field(tape: Tape) -> None:
    wrong = PushMapping(income_account=tape.source.expense)

    with pytest.raises(Refused) as refused:
        tape.ask("push_item", push=push(tape, item(), mapping=wrong))

    assert refused.value.field == "income_account"
    assert "account" in refused.value.reason
