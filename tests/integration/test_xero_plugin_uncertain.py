"""The Xero plugin against its sandbox: lost answers, limits, outages, several records in one request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.contract.taping import Tape
from tests.contract.xero_tape import push, send, together
from tests.integration.xero_counter import (
    KINDS,
    billed,
    calls,
    documents,
    failure,
    fresh,
    ledger,
    opened,
    paid,
    person,
    record,
    sandbox,
    switch,
)
from tests.unit.xero_factories import customer, estimate, item

from ledgerport.contract import Gone, Kind, LoginNeeded, Refused, Remote, TryLater, Unknown

CREATED = {"method": "PUT"}


@pytest.fixture(scope="module")
def counter() -> Iterator[Tape]:
    with opened() as tape:
        yield tape


@pytest.fixture
def tape(counter: Tape) -> Iterator[Tape]:
    with fresh(counter) as tape:
        yield tape


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "drop_after"},
        {"name": "cut_after", "bytes": 40},
        {"name": "status", "status": 502, "body": "html", "applied": True},
        {"name": "html_page", "applied": True},
    ],
    ids=["dropped", "cut", "gateway", "page"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_record_whose_answer_was_lost_is_found_once_and_known_as_ours(
    tape: Tape, kind: Kind, fault: dict[str, Any]
) -> None:
    sent = push(tape, record(tape, kind))
    before = len(ledger(tape, kind))
    tape.fault(match=CREATED, **fault)

    assert isinstance(failure(tape, f"push_{kind}", push=sent), Unknown)
    (remote,) = tape.ask("find_pushed", push=sent)

    assert len(ledger(tape, kind)) == before + 1
    # What has a number or a code of ours is known by it; the others carry our mark.
    assert remote.marker == (sent.marker if kind in (Kind.CUSTOMER, Kind.PAYMENT) else "")
    if kind in (Kind.INVOICE, Kind.ESTIMATE):
        assert (remote.number, remote.total) == (sent.value.number, sent.value.total)


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_that_did_not_arrive_is_not_found_and_goes_again(tape: Tape, kind: Kind) -> None:
    sent = push(tape, record(tape, kind))
    before = len(ledger(tape, kind))
    tape.fault("drop_before", match=CREATED)

    assert isinstance(failure(tape, f"push_{kind}", push=sent), Unknown)
    assert tape.ask("find_pushed", push=sent) == []
    tape.ask(f"push_{kind}", push=sent)

    assert len(ledger(tape, kind)) == before + 1


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.ESTIMATE])
def test_a_document_without_a_number_whose_answer_was_lost_is_found_by_our_mark(tape: Tape, kind: Kind) -> None:
    value: Any = record(tape, kind)
    sent = push(tape, replace(value, number=""))
    tape.fault("drop_after", match=CREATED)

    assert isinstance(failure(tape, f"push_{kind}", push=sent), Unknown)
    (remote,) = tape.ask("find_pushed", push=sent)

    assert remote.marker == sent.marker
    assert remote.number


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_whose_answer_was_lost_is_found_with_one_look(tape: Tape, kind: Kind) -> None:
    pushes = together(*(push(tape, record(tape, kind)) for _ in range(6)))
    never = push(tape, record(tape, kind))
    tape.fault("drop_after", match=CREATED)

    assert isinstance(failure(tape, f"push_{kind}_batch", pushes=pushes), Unknown)
    sandbox(tape).control("calls", method="DELETE")
    found = tape.ask("find_pushed_batch", pushes=[*pushes, never])

    assert [len(remotes) for remotes in found] == [1, 1, 1, 1, 1, 1, 0]
    assert len({remote.id for remotes in found for remote in remotes}) == 6
    assert calls(tape) <= 2


def test_a_request_that_is_repeated_within_six_minutes_is_answered_and_not_done_again(tape: Tape) -> None:
    sent = push(tape, record(tape, Kind.PAYMENT))
    tape.fault("drop_after", match=CREATED)
    failure(tape, "push_payment", push=sent)

    remote = tape.ask("push_payment", push=sent)

    assert [one.id for one in tape.ask("find_pushed", push=sent)] == [remote.id]


@pytest.mark.parametrize("where", ["message", "elements"])
def test_a_key_that_meets_another_request_is_looked_up_and_never_taken_for_a_refusal(tape: Tape, where: str) -> None:
    switch(tape, idempotency_mismatch=where)
    sent, _ = send(tape, "customer", record(tape, Kind.CUSTOMER))
    other = replace(sent, value=replace(sent.value, name=f"{sent.value.name} B"))

    assert isinstance(failure(tape, "push_customer", push=other), Unknown)


@pytest.mark.parametrize("body", ["text", "html", "empty"])
def test_a_request_that_is_too_large_for_xero_is_taken_apart(tape: Tape, body: str) -> None:
    switch(tape, too_large_body=body)
    tape.fault("status", status=413, body=body, match=CREATED)
    pushes = together(*(push(tape, record(tape, Kind.ITEM)) for _ in range(2)))

    error = failure(tape, "push_item_batch", pushes=pushes)

    assert isinstance(error, Refused)
    assert error.whole_batch


@pytest.mark.parametrize(
    "text",
    [
        "The Xero API is temporarily unavailable",
        "The Xero API is currently offline for maintenance",
        "The Organisation is offline",
    ],
)
def test_xeros_own_words_of_an_outage_are_waited_out(tape: Tape, text: str) -> None:
    switch(tape, unavailable_text=text)
    tape.fault("status", status=503)

    error = failure(tape, "push_customer", push=push(tape, record(tape, Kind.CUSTOMER)))

    assert isinstance(error, TryLater)
    assert error.after == timedelta(minutes=5)


def test_an_organisation_that_is_offline_is_waited_for(tape: Tape) -> None:
    person(tape, "offline")

    assert isinstance(failure(tape, "pull_accounts"), TryLater)


@pytest.mark.parametrize("body", ["empty", "text"])
@pytest.mark.parametrize(("limit", "seconds"), [("minute", 30), ("day", 4000), ("appminute", 5), ("concurrent", 1)])
def test_a_limit_is_waited_out_as_long_as_it_says(tape: Tape, limit: str, seconds: int, body: str) -> None:
    switch(tape, throttle_body=body)
    tape.fault("throttle", limit=limit, retry_after=seconds)

    error = failure(tape, "push_customer", push=push(tape, record(tape, Kind.CUSTOMER)))

    assert isinstance(error, TryLater)
    assert (error.after, error.throttled) == (timedelta(seconds=seconds), True)


@pytest.mark.parametrize("keys", ["pascal", "lower"])
@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("spelling", ["insufficient_scope", "insufficent_scope"])
def test_a_missing_right_is_a_new_consents_business_however_it_is_said(
    tape: Tape, spelling: str, status: int, keys: str
) -> None:
    switch(tape, scope_spelling=spelling, scope_status=status, error_keys=keys)
    person(tape, "settings", data={"role": "NONE"})
    before = len(tape.tokens)

    error = failure(tape, "pull_accounts")

    assert isinstance(error, LoginNeeded)
    assert (error.company_only, error.code) == (True, "insufficient_scope")
    assert len(tape.tokens) == before


def test_an_expired_token_is_renewed_and_the_record_goes_once(tape: Tape) -> None:
    sent = push(tape, record(tape, Kind.CUSTOMER))
    before = len(tape.tokens)
    tape.fault("expired_token", match=CREATED)

    remote = tape.ask("push_customer", push=sent)

    assert len(tape.tokens) == before + 1
    assert [one.id for one in tape.ask("find_pushed", push=sent)] == [remote.id]


@pytest.mark.parametrize("member", ["Message", "Description"])
@pytest.mark.parametrize("kind", [Kind.ITEM, Kind.INVOICE])
def test_a_bad_record_costs_no_other_and_answers_in_any_order_find_theirs(tape: Tape, kind: Kind, member: str) -> None:
    switch(tape, message_member=member)
    pushes = together(*(push(tape, record(tape, kind)) for _ in range(3)))
    bad = replace(pushes[1].mapping, income_account="999")
    value: Any = pushes[1].value
    if kind is Kind.INVOICE:
        value = replace(value, lines=[replace(value.lines[0], item=None, item_code="")])
    pushes[1] = replace(pushes[1], mapping=bad, value=value)
    tape.fault("shuffle_batch")

    outcomes = tape.ask(f"push_{kind}_batch", pushes=pushes)

    assert [type(outcome) for outcome in outcomes] == [Remote, Refused, Remote]
    assert outcomes[1].field == "account"
    assert [found[0].id if found else "" for found in tape.ask("find_pushed_batch", pushes=pushes)] == [
        outcomes[0].id,
        "",
        outcomes[2].id,
    ]


@pytest.mark.parametrize("body", ["text", "json"])
def test_an_object_that_is_not_there_is_gone_however_the_404_looks(tape: Tape, body: str) -> None:
    switch(tape, not_found_body=body)
    nobody = "00000000-0000-4000-8000-000000000999"

    assert isinstance(
        failure(tape, "void_invoice", push=push(tape, record(tape, Kind.INVOICE), remote_id=nobody)), Gone
    )
    assert isinstance(
        failure(tape, "delete_payment", push=push(tape, record(tape, Kind.PAYMENT), remote_id=nobody)), Gone
    )


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE])
def test_an_update_whose_answer_was_lost_may_simply_be_done_again(tape: Tape, kind: Kind) -> None:
    sent, made = send(tape, str(kind), record(tape, kind))
    again = replace(sent, remote_id=made.id)
    before = len(ledger(tape, kind))
    tape.fault("drop_after", match={"method": "POST"})

    assert isinstance(failure(tape, f"push_{kind}", push=again), Unknown)
    remote = tape.ask(f"push_{kind}", push=again)

    assert remote.id == made.id
    assert len(ledger(tape, kind)) == before


def test_a_hundred_characters_that_need_escaping_are_found_again(tape: Tape) -> None:
    odd = [f"A {sign} B {place} {len(tape.test)}" for place, sign in enumerate("&+/%#?'<>=;:éß漢")]
    pushes = together(*(push(tape, customer(ref=name, name=name, email="")) for name in odd))

    outcomes = tape.ask("push_customer_batch", pushes=pushes)

    assert [outcome.name for outcome in outcomes] == odd
    for sent, made in zip(pushes, outcomes, strict=True):
        other = replace(sent, marker="LP-ffffffffffffffff")
        assert [remote.id for remote in tape.ask("on_duplicate_name", push=other)] == [made.id]


def test_an_item_code_with_odd_signs_is_found_again(tape: Tape) -> None:
    sent, made = send(tape, "item", item(ref="odd", code="A&B +%#'<é"))

    assert [remote.id for remote in tape.ask("find_pushed", push=sent)] == [made.id]


def test_a_payment_that_a_bookkeeper_deleted_is_told_as_not_active(tape: Tape) -> None:
    bill, remote = billed(tape)
    sent, made = send(tape, "payment", paid(bill, remote, "100.00"))
    person(tape, "delete", kind="Payment", id=made.id)

    assert [one.active for one in tape.ask("find_pushed", push=sent)] == [False]
    assert isinstance(failure(tape, "delete_payment", push=replace(sent, remote_id=made.id)), Gone)


def test_fifty_quotes_are_found_with_a_few_calls(tape: Tape) -> None:
    its = documents(tape)
    values = [estimate(ref=f"E{n}", **{**its, "number": f"{its['number']}-{n}"}) for n in range(50)]
    pushes = together(*(push(tape, value) for value in values))
    outcomes = tape.ask("push_estimate_batch", pushes=pushes)
    sandbox(tape).control("calls", method="DELETE")

    found = tape.ask("find_pushed_batch", pushes=pushes)

    assert [remotes[0].id for remotes in found] == [outcome.id for outcome in outcomes]
    assert calls(tape) < 5
