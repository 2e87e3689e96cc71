"""What FreshBooks and the way there can do to a request, as recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.contract.freshbooks_records import customer, sent
from tests.contract.taping import Tape

from ledgerport.contract import Refused, TryLater, Unknown

PROVIDER = "freshbooks"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


def switch(tape: Tape, **switches: Any) -> None:
    if tape.source.sandbox is not None:
        tape.source.sandbox.control("switches", switches)


@pytest.mark.parametrize("body", ["envelope", "oauth"])
def test_a_429_that_names_a_wait_is_to_be_tried_after_it(tape: Tape, body: str) -> None:
    switch(tape, throttle_body=body)
    tape.fault("throttle", retry_after=21)

    with pytest.raises(TryLater) as later:
        sent(tape, "customer", customer(tape))

    assert later.value.throttled
    assert later.value.after == timedelta(seconds=21)


@pytest.mark.parametrize("body", ["json", "html", "text", "empty"])
def test_a_503_of_a_write_leaves_its_outcome_unknown(tape: Tape, body: str) -> None:
    tape.fault("status", status=503, body=body)

    with pytest.raises(Unknown):
        sent(tape, "customer", customer(tape))


def test_a_500_of_a_read_is_to_be_tried_later(tape: Tape) -> None:
    tape.fault("status", status=500)

    with pytest.raises(TryLater) as later:
        tape.ask("pull_accounts")

    assert not later.value.throttled


def test_a_firewalls_403_is_no_lost_login(tape: Tape) -> None:
    tape.fault("html_page", status=403)

    with pytest.raises(TryLater):
        sent(tape, "customer", customer(tape))

    assert [token.generation for token in tape.tokens] == [1]


def test_a_conflict_of_two_writers_is_to_be_tried_later(tape: Tape) -> None:
    tape.fault("status", status=409)

    with pytest.raises(TryLater):
        sent(tape, "customer", customer(tape))


@pytest.mark.parametrize("envelope", ["old", "new"])
def test_an_error_is_the_same_in_both_envelopes(tape: Tape, envelope: str) -> None:
    switch(tape, error_envelope=envelope)

    with pytest.raises(Refused) as refused:
        sent(tape, "customer", customer(tape, email="not an e-mail"))

    assert (refused.value.field, refused.value.code) == ("email", "1004")


@pytest.mark.parametrize("body", ["unauthenticated", "envelope", "flat"])
def test_a_dead_token_is_refreshed_whatever_the_401_looks_like(tape: Tape, body: str) -> None:
    switch(tape, accounting_401=body)
    tape.fault("expired_token")

    assert sent(tape, "customer", customer(tape)).id
    assert [token.generation for token in tape.tokens] == [1, 2]
