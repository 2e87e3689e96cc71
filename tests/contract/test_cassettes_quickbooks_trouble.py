"""Trouble on the way to QuickBooks, made to order by the sandbox, as recorded."""

from __future__ import annotations

import pytest
from tests.contract.quickbooks_tape import Tape
from tests.unit.quickbooks_factories import customer, item

from ledgerport.contract import Refused, TryLater, Unknown

PROVIDER = "quickbooks"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


def test_a_429_in_xml_is_to_be_tried_later(tape: Tape) -> None:
    tape.fault("throttle")

    with pytest.raises(TryLater) as later:
        tape.ask("push_customer", push=tape.push(customer()))

    assert later.value.throttled
    assert (later.value.after, later.value.at) == (None, None)


def test_a_429_that_names_a_wait_is_to_be_tried_after_it(tape: Tape) -> None:
    tape.fault("throttle", retry_after=30)

    with pytest.raises(TryLater) as later:
        tape.ask("push_customer", push=tape.push(customer()))

    assert later.value.throttled
    assert later.value.after is not None
    assert later.value.after.total_seconds() == 30


def test_a_gateways_page_for_a_read_is_to_be_tried_later(tape: Tape) -> None:
    tape.fault("html_page")

    with pytest.raises(TryLater):
        tape.ask("pull_accounts")


def test_a_gateways_page_for_a_write_leaves_its_outcome_unknown(tape: Tape) -> None:
    tape.fault("html_page", applied=True)
    push = tape.push(customer())

    with pytest.raises(Unknown):
        tape.ask("push_customer", push=push)

    assert [remote.name for remote in tape.ask("find_pushed", push=push)] == ["Harbor View HOA"]


def test_a_firewalls_403_is_no_lost_login(tape: Tape) -> None:
    tape.fault("html_page", status=403)

    with pytest.raises(TryLater):
        tape.ask("pull_accounts")


@pytest.mark.parametrize("body", ["json", "text", "empty"])
def test_a_503_of_a_write_leaves_its_outcome_unknown(tape: Tape, body: str) -> None:
    tape.fault("status", status=503, body=body)

    with pytest.raises(Unknown) as unknown:
        tape.ask("push_customer", push=tape.push(customer()))

    assert unknown.value.reason


def test_a_batch_that_is_refused_as_a_whole_says_so(tape: Tape) -> None:
    tape.fault("refuse_batch", code="1040", message="Batch refused", detail="more than one record is wrong")

    with pytest.raises(Refused) as refused:
        tape.ask("push_item_batch", pushes=[tape.push(item())])

    assert refused.value.whole_batch


def test_answers_of_a_batch_in_another_order_find_their_records(tape: Tape) -> None:
    tape.fault("shuffle_batch")
    first = tape.push(item(name="Drain snake 25 ft"))
    names = [f"Drain snake {number} ft" for number in (25, 50, 75)]
    pushes = [
        tape.push(item(ref=name, name=name), operation_id=first.operation_id, position=place)
        for place, name in enumerate(names, 1)
    ]

    outcomes = tape.ask("push_item_batch", pushes=pushes)

    assert [outcome.name for outcome in outcomes] == names
