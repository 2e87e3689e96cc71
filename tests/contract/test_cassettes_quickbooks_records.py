"""Customers and items on their way into QuickBooks, as recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.contract.quickbooks_tape import Tape
from tests.unit.quickbooks_factories import customer, item

from ledgerport.contract import NameTaken, PushMapping, Refused, Remote, Stale

PROVIDER = "quickbooks"
pytestmark = pytest.mark.vcr


def test_a_customer_is_created_with_an_id_and_a_version(tape: Tape) -> None:
    remote = tape.ask("push_customer", push=tape.push(customer(name=tape.named("Harbor View HOA"))))

    assert remote.id
    assert remote.version == "0"
    assert remote.name == tape.named("Harbor View HOA")
    assert remote.email == "dana@harborview.example"


def test_a_customer_sent_twice_with_one_operation_is_there_once(tape: Tape) -> None:
    push = tape.push(customer(name=tape.named("Harbor View HOA")))

    first = tape.ask("push_customer", push=push)
    second = tape.ask("push_customer", push=push)

    assert second.id == first.id


def test_customers_are_found_by_their_e_mail_whatever_its_case(tape: Tape) -> None:
    email = f"dana.{tape.source.mark}@harborview.example"
    made = tape.ask("push_customer", push=tape.push(customer(name=tape.named("Harbor View HOA"), email=email)))

    found = tape.ask("find_customers_batch", emails=[email.upper(), f"nobody.{tape.source.mark}@nowhere.example"])

    assert [[remote.id for remote in remotes] for remotes in found.values()] == [[made.id], []]


def test_a_name_in_use_is_name_taken_and_its_holder_is_found(tape: Tape) -> None:
    first = tape.ask("push_customer", push=tape.push(customer(name=tape.named("Harbor View HOA"))))
    again = tape.push(customer(ref="C-2", name=tape.named("Harbor View HOA"), email=""))

    with pytest.raises(NameTaken) as taken:
        tape.ask("push_customer", push=again)
    holders = tape.ask("on_duplicate_name", push=again)

    assert taken.value.code == "6240"
    assert [(holder.id, holder.kind, holder.email) for holder in holders] == [
        (first.id, "customer", "dana@harborview.example")
    ]


def test_a_stale_customer_is_read_again_and_sent_once_more(tape: Tape) -> None:
    value = customer(name=tape.named("Harbor View HOA"))
    made = tape.ask("push_customer", push=tape.push(value))
    known = {"remote_id": made.id, "remote_version": made.version}
    tape.ask("push_customer", push=tape.push(replace(value, phone="555-0100"), **known))

    remote = tape.ask("push_customer", push=tape.push(replace(value, phone="555-0199"), **known))

    assert remote.id == made.id
    assert remote.version == "2"
    assert remote.phone == "555-0199"


def test_thirty_items_with_one_bad_among_them_cost_the_bad_one_only(tape: Tape) -> None:
    first = tape.push(item())
    nowhere = PushMapping(income_account="999999999", expense_account=tape.source.expense)
    pushes = [
        replace(
            first,
            value=item(ref=f"I-{number}", name=tape.named(f"Drain snake {number} ft"), price=Decimal(number)),
            position=number,
            mapping=nowhere if number == 17 else tape.mapping,
        )
        for number in range(1, 31)
    ]

    outcomes = tape.ask("push_item_batch", pushes=pushes)

    refused = [number for number, outcome in enumerate(outcomes, 1) if isinstance(outcome, Refused)]
    arrived = [outcome for outcome in outcomes if isinstance(outcome, Remote)]
    assert refused == [17]
    assert len(arrived) == 29
    assert arrived[0].name == tape.named("Drain snake 1 ft")


def test_a_stale_item_of_a_batch_is_sent_again_in_a_batch_of_its_own(tape: Tape) -> None:
    first = tape.push(item(name=tape.named("Drain snake 25 ft")))
    second = replace(first, value=item(ref="I-2", name=tape.named("Drain snake 50 ft")), position=2)
    made = tape.ask("push_item_batch", pushes=[first, second])
    tape.ask("push_item", push=tape.push(first.value, remote_id=made[0].id, remote_version=made[0].version))
    update = tape.push(replace(first.value, price=Decimal("89.00")))
    known = [
        replace(update, remote_id=made[0].id, remote_version=made[0].version),
        replace(update, value=second.value, position=2, remote_id=made[1].id, remote_version=made[1].version),
    ]

    outcomes = tape.ask("push_item_batch", pushes=known)

    assert [type(outcome) for outcome in outcomes] == [Remote, Remote]
    assert [outcome.version for outcome in outcomes] == ["2", "1"]
    assert not any(isinstance(outcome, Stale) for outcome in outcomes)


def test_a_name_with_an_ampersand_and_an_apostrophe_arrives_as_it_is(tape: Tape) -> None:
    name = tape.named("O'Brien & Söhne")

    made = tape.ask("push_customer", push=tape.push(customer(name=name, email="")))
    found = tape.ask("find_pushed", push=tape.push(customer(name=name, email="")))

    assert [remote.id for remote in found] == [made.id]
    assert found[0].name == name
