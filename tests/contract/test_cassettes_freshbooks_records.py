"""Customers and items at FreshBooks, as recorded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.contract.freshbooks_records import customer, item, sent
from tests.contract.taping import Tape

from ledgerport.contract import Gone, Refused

PROVIDER = "freshbooks"
pytestmark = pytest.mark.vcr


def test_a_customer_is_created_with_an_id_and_his_marker(tape: Tape) -> None:
    push = tape.push(customer(tape, given_name="Dana", family_name="Zoë & Co.", phone="(512) 555-0100"))

    remote = tape.ask("push_customer", push=push)

    assert remote.id.isdigit()
    assert (remote.name, remote.email, remote.marker) == (push.value.name, push.value.email, push.marker)


def test_two_customers_may_share_an_e_mail_and_both_are_found_by_it(tape: Tape) -> None:
    first, second = sent(tape, "customer", customer(tape)), sent(tape, "customer", customer(tape, ref="C-2"))

    found = tape.ask("find_customers", email="dana@harborview.example")

    assert [remote.id for remote in found] == [first.id, second.id]


def test_a_customer_that_may_have_arrived_is_told_by_his_marker_from_one_of_the_same_name(tape: Tape) -> None:
    push = tape.push(customer(tape))
    other = tape.push(customer(tape, ref="C-2"))
    mine = tape.ask("push_customer", push=push)
    tape.ask("push_customer", push=other)

    assert [remote.id for remote in tape.ask("find_pushed", push=push)] == [mine.id]
    assert tape.ask("find_pushed", push=tape.push(customer(tape, ref="C-3"))) == []


def test_an_update_keeps_the_note_and_what_we_do_not_send(tape: Tape) -> None:
    made = sent(tape, "customer", customer(tape, phone="(512) 555-0100"))

    changed = sent(tape, "customer", customer(tape, name=tape.named("Harbor View")), remote_id=made.id)

    assert (changed.id, changed.name, changed.phone) == (made.id, tape.named("Harbor View"), "(512) 555-0100")
    assert changed.marker == made.marker


def test_a_customer_who_is_not_there_is_gone(tape: Tape) -> None:
    with pytest.raises(Gone):
        sent(tape, "customer", customer(tape), remote_id="999999999")


@pytest.mark.sandbox_only
def test_a_customer_whom_a_bookkeeper_deleted_is_gone(tape: Tape) -> None:
    made = sent(tape, "customer", customer(tape))
    if tape.source.sandbox is not None:
        tape.source.sandbox.control(
            "person", {"action": "delete", "company": tape.source.company.id, "kind": "Customer", "id": made.id}
        )

    with pytest.raises(Gone):
        sent(tape, "customer", customer(tape), remote_id=made.id)


def test_an_e_mail_that_is_none_is_refused_with_its_field(tape: Tape) -> None:
    with pytest.raises(Refused) as refused:
        sent(tape, "customer", customer(tape, email="not an e-mail"))

    assert refused.value.field == "email"


def test_an_item_has_price_and_sku_and_is_found_by_its_exact_name(tape: Tape) -> None:
    push = tape.push(item(tape, sku="DC-1", description="Up to 25 ft", price=Decimal("145.50")))
    made = tape.ask("push_item", push=push)
    sent(tape, "item", item(tape, ref="I-2", name=f"{push.value.name} XL"))

    assert [remote.id for remote in tape.ask("find_pushed", push=push)] == [made.id]
    assert [remote.id for remote in tape.ask("on_duplicate_name", push=push)] == [made.id]
    assert tape.ask("find_pushed", push=replace(push, value=item(tape, name="Nobody's"))) == []


@pytest.mark.sandbox_only
def test_an_account_without_items_says_so_with_a_status_of_200(tape: Tape) -> None:
    if tape.source.sandbox is not None:
        tape.source.sandbox.control("switches", {"items_module": False})

    with pytest.raises(Refused) as refused:
        sent(tape, "item", item(tape))

    assert refused.value.code == "12001"
