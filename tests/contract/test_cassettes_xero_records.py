"""Customers and items on their way into Xero, as recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.contract.taping import Tape
from tests.contract.xero_tape import mapping, push, send, together
from tests.unit.xero_factories import customer, item

from ledgerport.contract import NameTaken, Refused, Remote

PROVIDER = "xero"
pytestmark = pytest.mark.vcr


def test_a_customer_is_created_with_our_mark_and_found_by_it(tape: Tape) -> None:
    sent, remote = send(tape, "customer", customer(name=tape.named("Meadow Lane Dental")))

    found = tape.ask("find_pushed", push=sent)

    assert remote.marker == sent.marker
    assert remote.name == tape.named("Meadow Lane Dental")
    assert [one.id for one in found] == [remote.id]


def test_a_customer_sent_twice_with_one_operation_is_there_once(tape: Tape) -> None:
    sent, first = send(tape, "customer", customer(name=tape.named("Meadow Lane Dental")))

    second = tape.ask("push_customer", push=sent)

    assert second.id == first.id


def test_customers_are_found_by_their_e_mail_whatever_its_case(tape: Tape) -> None:
    email = f"dana.{tape.source.mark}@meadowlane.example"
    _, made = send(tape, "customer", customer(name=tape.named("Meadow Lane Dental"), email=email))

    found = tape.ask("find_customers_batch", emails=[email.upper(), f"nobody.{tape.source.mark}@nowhere.example"])

    assert [[remote.id for remote in remotes] for remotes in found.values()] == [[made.id], []]


def test_a_name_in_use_is_name_taken_and_overwrites_nobody(tape: Tape) -> None:
    _, first = send(tape, "customer", customer(name=tape.named("Meadow Lane Dental")))
    again = push(tape, customer(ref="C-2", name=tape.named("meadow lane DENTAL"), email="other@meadowlane.example"))

    with pytest.raises(NameTaken):
        tape.ask("push_customer", push=again)
    holders = tape.ask("on_duplicate_name", push=again)

    assert [(holder.id, holder.email) for holder in holders] == [(first.id, "accounts@meadowlane.example")]


def test_a_contact_that_has_our_mark_already_is_the_holder(tape: Tape) -> None:
    sent, first = send(tape, "customer", customer(name=tape.named("Meadow Lane Dental")))
    again = replace(push(tape, customer(name=tape.named("Meadow Lane"))), marker=sent.marker)

    with pytest.raises(NameTaken):
        tape.ask("push_customer", push=again)

    assert [holder.id for holder in tape.ask("on_duplicate_name", push=again)] == [first.id]


def test_an_update_keeps_what_it_does_not_name(tape: Tape) -> None:
    value = customer(name=tape.named("Meadow Lane Dental"), phone="555 0142")
    sent, made = send(tape, "customer", value)

    changed = replace(value, name=tape.named("Meadow Lane Dental Ltd"), phone="")
    _, remote = send(tape, "customer", changed, remote_id=made.id, remote_version=made.version)

    assert (remote.id, remote.name, remote.phone) == (made.id, changed.name, "555 0142")
    assert remote.marker == sent.marker


@pytest.mark.parametrize("name", ['The "Meadow" & Lane + Söhne', "O'Brien / Meadow"])
def test_a_name_with_odd_signs_arrives_as_it_is_and_is_found(tape: Tape, name: str) -> None:
    _, made = send(tape, "customer", customer(name=tape.named(name), email=""))

    again = push(tape, customer(ref="C-2", name=tape.named(name)))

    assert made.name == tape.named(name)
    assert [holder.id for holder in tape.ask("on_duplicate_name", push=again)] == [made.id]


def test_fifty_items_with_one_bad_among_them_cost_the_bad_one_only(tape: Tape) -> None:
    nowhere = replace(mapping(tape), income_account="999")
    pushes = together(
        *(
            push(
                tape,
                item(
                    ref=f"I-{n}",
                    name=tape.named(f"Drain snake {n} ft"),
                    code=f"SNAKE-{n}-{tape.source.mark}",
                    price=Decimal(n),
                ),
                **({"mapping": nowhere} if n == 17 else {}),
            )
            for n in range(1, 51)
        )
    )

    outcomes = tape.ask("push_item_batch", pushes=pushes)

    assert [place for place, outcome in enumerate(outcomes, 1) if isinstance(outcome, Refused)] == [17]
    assert len([outcome for outcome in outcomes if isinstance(outcome, Remote)]) == 49
    assert [found[0].number if found else "" for found in tape.ask("find_pushed_batch", pushes=pushes[15:18])] == [
        f"SNAKE-16-{tape.source.mark}",
        "",
        f"SNAKE-18-{tape.source.mark}",
    ]


def test_a_code_in_use_is_taken_and_its_holder_is_found(tape: Tape) -> None:
    _, made = send(tape, "item", item(code=f"GATE-{tape.source.mark}"))
    again = push(tape, item(ref="I-2", name="Another", code=f"GATE-{tape.source.mark}"))

    with pytest.raises(NameTaken) as taken:
        tape.ask("push_item", push=again)

    assert taken.value.field == "code"
    assert [(one.id, one.name) for one in tape.ask("on_duplicate_name", push=again)] == [(made.id, made.name)]


def test_new_and_known_items_of_one_batch_both_arrive(tape: Tape) -> None:
    known, made = send(tape, "item", item(code=f"GATE-{tape.source.mark}"))
    dearer = push(tape, replace(known.value, price=Decimal("150.2525")), remote_id=made.id)
    fresh = push(tape, item(ref="I-2", name="Remote control", code=f"REMOTE-{tape.source.mark}"))

    outcomes = tape.ask("push_item_batch", pushes=together(dearer, fresh))

    assert [outcome.number for outcome in outcomes] == [f"GATE-{tape.source.mark}", f"REMOTE-{tape.source.mark}"]
    assert outcomes[0].id == made.id
    prices = {row.value.code: row.value.price for row in tape.ask("pull_items", cursor=None).rows}
    assert prices[f"GATE-{tape.source.mark}"] == Decimal("150.2525")
