"""Trouble on the way to Xero, made to order by the sandbox, as recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.contract.taping import Tape
from tests.contract.xero_tape import push, together
from tests.unit.xero_factories import customer, item

from ledgerport.contract import LoginNeeded, Refused, Remote, TryLater, Unknown

PROVIDER = "xero"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


@pytest.mark.parametrize("limit", ["minute", "day", "appminute"])
def test_a_429_is_waited_out_as_long_as_it_says(tape: Tape, limit: str) -> None:
    tape.fault("throttle", retry_after=30, limit=limit)

    with pytest.raises(TryLater) as later:
        tape.ask("push_customer", push=push(tape, customer()))

    assert later.value.throttled
    assert later.value.after == timedelta(seconds=30)


def test_a_429_for_calls_at_the_same_time_is_over_in_a_second(tape: Tape) -> None:
    tape.fault("throttle", limit="concurrent")

    with pytest.raises(TryLater) as later:
        tape.ask("push_customer", push=push(tape, customer()))

    assert later.value.throttled
    assert later.value.after == timedelta(seconds=1)


def test_xeros_own_words_of_being_offline_did_nothing(tape: Tape) -> None:
    tape.fault("status", status=503)
    sent = push(tape, customer())

    with pytest.raises(TryLater) as later:
        tape.ask("push_customer", push=sent)

    assert later.value.after == timedelta(minutes=5)
    assert tape.ask("find_pushed", push=sent) == []


@pytest.mark.parametrize("body", ["json", "html", "empty"])
def test_a_500_of_a_write_leaves_its_outcome_unknown(tape: Tape, body: str) -> None:
    tape.fault("status", status=500, body=body, applied=True)
    sent = push(tape, customer())

    with pytest.raises(Unknown):
        tape.ask("push_customer", push=sent)

    assert [remote.marker for remote in tape.ask("find_pushed", push=sent)] == [sent.marker]


def test_a_gateways_page_for_a_write_leaves_its_outcome_unknown(tape: Tape) -> None:
    tape.fault("html_page", applied=True)
    sent = push(tape, customer())

    with pytest.raises(Unknown):
        tape.ask("push_customer", push=sent)

    assert len(tape.ask("find_pushed", push=sent)) == 1


def test_a_gateways_page_for_a_read_is_to_be_tried_later(tape: Tape) -> None:
    tape.fault("html_page")

    with pytest.raises(TryLater):
        tape.ask("pull_accounts")


def test_a_firewalls_403_is_no_lost_login(tape: Tape) -> None:
    tape.fault("html_page", status=403)

    with pytest.raises(TryLater):
        tape.ask("pull_accounts")


def test_a_batch_that_is_refused_as_a_whole_is_taken_apart(tape: Tape) -> None:
    tape.fault("refuse_batch", code="14", message="Error converting value")

    with pytest.raises(Refused) as refused:
        tape.ask("push_item_batch", pushes=together(push(tape, item())))

    assert refused.value.whole_batch


def items(tape: Tape) -> list[object]:
    """Three items in one batch: their codes and what came of them."""
    lengths = (25, 50, 75)
    pushes = together(*(push(tape, item(ref=f"I-{n}", name=f"Drain snake {n} ft", code=f"SNAKE-{n}")) for n in lengths))
    outcomes = tape.ask("push_item_batch", pushes=pushes)
    return [outcome.number if isinstance(outcome, Remote) else type(outcome) for outcome in outcomes]


def test_answers_of_a_batch_in_another_order_find_their_records(tape: Tape) -> None:
    tape.fault("shuffle_batch")

    assert items(tape) == ["SNAKE-25", "SNAKE-50", "SNAKE-75"]


def test_a_record_that_is_missing_from_the_answer_is_unknown(tape: Tape) -> None:
    tape.fault("drop_bid", index=1)

    assert items(tape) == ["SNAKE-25", Unknown, "SNAKE-75"]


def test_one_record_that_is_refused_costs_no_other(tape: Tape) -> None:
    tape.fault("refuse_item", index=1, code="10", message="Account code '999' is not a valid code for this document.")

    assert items(tape) == ["SNAKE-25", Refused, "SNAKE-75"]


def test_a_missing_scope_asks_for_a_consent_and_never_for_a_refresh(tape: Tape) -> None:
    if tape.source.sandbox is not None:
        settings = {"action": "settings", "company": tape.source.company.id, "data": {"role": "NONE"}}
        tape.source.sandbox.control("person", settings)

    with pytest.raises(LoginNeeded) as lost:
        tape.ask("pull_accounts")

    assert lost.value.company_only
    assert [token.generation for token in tape.tokens] == [1]
