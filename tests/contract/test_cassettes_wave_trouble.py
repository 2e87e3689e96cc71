"""Trouble on the way to Wave, made to order by the sandbox, as recorded."""

from __future__ import annotations

import pytest
from tests.contract.taping import Tape
from tests.contract.wave_tape import push
from tests.unit.wave_factories import customer, item

from ledgerport.contract import Refused, Remote, TryLater, Unknown

PROVIDER = "wave"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


def test_a_429_that_names_a_wait_is_to_be_tried_after_it(tape: Tape) -> None:
    tape.fault("throttle", retry_after=30)

    with pytest.raises(TryLater) as later:
        tape.ask("push_customer", push=push(tape, customer()))

    assert later.value.throttled
    assert later.value.after is not None
    assert later.value.after.total_seconds() == 30


def test_a_429_without_a_wait_names_none(tape: Tape) -> None:
    tape.fault("throttle")

    with pytest.raises(TryLater) as later:
        tape.ask("pull_accounts")

    assert later.value.throttled
    assert (later.value.after, later.value.at) == (None, None)


def test_waves_own_trouble_leaves_a_write_unknown_though_its_status_is_200(tape: Tape) -> None:
    tape.fault("status", status=200, body="json")

    with pytest.raises(Unknown) as unknown:
        tape.ask("push_customer", push=push(tape, customer()))

    assert unknown.value.code == "INTERNAL_SERVER_ERROR"
    assert unknown.value.trace_id


@pytest.mark.parametrize("body", ["json", "html", "text", "empty"])
def test_a_503_of_a_write_leaves_its_outcome_unknown(tape: Tape, body: str) -> None:
    tape.fault("status", status=503, body=body)

    with pytest.raises(Unknown) as unknown:
        tape.ask("push_customer", push=push(tape, customer()))

    assert unknown.value.reason


def test_a_gateways_page_for_a_write_leaves_its_outcome_unknown_until_it_is_found(tape: Tape) -> None:
    tape.fault("html_page", applied=True)
    sent = push(tape, customer())

    with pytest.raises(Unknown):
        tape.ask("push_customer", push=sent)

    assert [remote.marker for remote in tape.ask("find_pushed", push=sent)] == [sent.marker]


def test_a_gateways_page_for_a_read_is_to_be_tried_later(tape: Tape) -> None:
    tape.fault("html_page")

    with pytest.raises(TryLater):
        tape.ask("pull_accounts")


def test_several_mutations_that_wave_does_not_take_are_refused_as_a_whole(tape: Tape) -> None:
    pushes = [push(tape, item(ref=name, name=name)) for name in ("Pipe 1", "Pipe 2")]

    with pytest.raises(Refused) as refused:
        tape.ask("push_item_batch", pushes=pushes)

    assert refused.value.whole_batch


def test_one_of_several_mutations_that_is_refused_costs_the_others_nothing(tape: Tape) -> None:
    if tape.source.sandbox is not None:
        tape.source.sandbox.control("switches", {"several_mutations": "allow"})
    tape.fault("refuse_item", index=1)
    pushes = [push(tape, item(ref=name, name=name)) for name in ("Pipe 1", "Pipe 2", "Pipe 3")]

    outcomes = tape.ask("push_item_batch", pushes=pushes)

    assert [type(outcome) for outcome in outcomes] == [Remote, Refused, Remote]
