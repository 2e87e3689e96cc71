"""The Wave plugin against its sandbox: lost answers, lapsed plans, several records in one request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.contract.taping import Tape
from tests.contract.wave_tape import push, send
from tests.integration.wave_desk import (
    KINDS,
    failure,
    fresh,
    ledger,
    opened,
    person,
    record,
    switch,
)
from tests.unit.wave_factories import item

from ledgerport.contract import (
    ContractError,
    Kind,
    NameTaken,
    Push,
    Refused,
    Remote,
    TryLater,
    Unknown,
)


@pytest.fixture(scope="module")
def desk() -> Iterator[Tape]:
    with opened() as tape:
        yield tape


@pytest.fixture
def tape(desk: Tape) -> Iterator[Tape]:
    with fresh(desk) as tape:
        yield tape


# --- an answer that is lost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"name": "drop_after"}, {"name": "cut_after", "bytes": 40}])
@pytest.mark.parametrize("kind", KINDS)
def test_a_record_whose_answer_was_lost_is_found_once_and_known_as_ours(
    tape: Tape, kind: Kind, fault: dict[str, Any]
) -> None:
    sent = push(tape, record(tape, kind))
    before = len(ledger(tape, kind))
    tape.fault(fault["name"], **{name: value for name, value in fault.items() if name != "name"})

    assert isinstance(failure(tape, f"push_{kind}", push=sent), Unknown)
    (remote,) = tape.ask("find_pushed", push=sent)

    assert len(ledger(tape, kind)) == before + 1
    # A product has no field for our marker: it is known by its name.
    assert remote.marker == ("" if kind is Kind.ITEM else sent.marker)


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_that_did_not_arrive_is_not_found_and_goes_again(tape: Tape, kind: Kind) -> None:
    sent = push(tape, record(tape, kind))
    before = len(ledger(tape, kind))
    tape.fault("drop_before", match={"operation": "create"})

    assert isinstance(failure(tape, f"push_{kind}", push=sent), Unknown)
    assert tape.ask("find_pushed", push=sent) == []
    tape.ask(f"push_{kind}", push=sent)

    assert len(ledger(tape, kind)) == before + 1


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.ESTIMATE])
def test_a_document_that_wave_numbered_is_found_by_its_memo(tape: Tape, kind: Kind) -> None:
    value = replace(record(tape, kind), number="")
    sent = push(tape, value)
    tape.ask(f"push_{kind}", push=replace(sent, marker="LP-00000000000000ff"))
    tape.fault("drop_after")

    assert isinstance(failure(tape, f"push_{kind}", push=sent), Unknown)
    (remote,) = tape.ask("find_pushed", push=sent)

    assert remote.marker == sent.marker
    assert remote.number


@pytest.mark.parametrize(
    ("fault", "branch"),
    [
        ({"name": "status", "status": 503, "body": "html"}, Unknown),
        ({"name": "status", "status": 200, "body": "json"}, Unknown),
        ({"name": "html_page", "status": 200}, Unknown),
        ({"name": "html_page", "status": 403}, TryLater),
        ({"name": "throttle", "retry_after": 7}, TryLater),
    ],
)
def test_trouble_on_the_way_gets_its_decision(tape: Tape, fault: dict[str, Any], branch: type[ContractError]) -> None:
    sent = push(tape, record(tape, Kind.CUSTOMER))
    tape.fault(fault["name"], **{name: value for name, value in fault.items() if name != "name"})
    assert isinstance(failure(tape, "push_customer", push=sent), branch)


# --- tokens and plans -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 401])
def test_an_expired_token_is_renewed_once_and_the_write_is_done_once(tape: Tape, status: int) -> None:
    switch(tape, unauthenticated_status=status)
    sent = push(tape, record(tape, Kind.CUSTOMER))
    generation, before = tape.tokens[-1].generation, len(ledger(tape, Kind.CUSTOMER))
    tape.fault("expired_token")

    tape.ask("push_customer", push=sent)

    assert tape.tokens[-1].generation == generation + 1
    assert len(ledger(tape, Kind.CUSTOMER)) == before + 1


@pytest.mark.parametrize("body", ["json", "empty"])
def test_a_lapsed_plan_waits_and_heals_and_keeps_the_grant(tape: Tape, body: str) -> None:
    switch(tape, forbidden_body=body, lapsed_refresh="any")
    sent = push(tape, record(tape, Kind.CUSTOMER))
    person(tape, "lapse_plan")
    try:
        waits = failure(tape, "push_customer", push=sent)
        with tape.endpoint() as endpoint, pytest.raises(Refused) as lapsed:
            tape.plugin.ask("refresh_token", grant=tape.grant, endpoint=endpoint)
    finally:
        person(tape, "renew_plan")

    assert isinstance(waits, TryLater)
    assert waits.code == lapsed.value.code == "plan_lapsed"
    assert tape.ask("push_customer", push=sent).id


# --- several in one request -------------------------------------------------------------------------------------------


def several(tape: Tape) -> list[Push[Any]]:
    return [
        push(tape, item(ref=f"B{place}", name=f"Batch {len(tape.test)}-{place}"), position=place) for place in (1, 2, 3)
    ]


def test_several_mutations_are_refused_as_a_whole_where_wave_does_not_take_them(tape: Tape) -> None:
    before = len(ledger(tape, Kind.ITEM))
    found = failure(tape, "push_item_batch", pushes=several(tape))
    assert isinstance(found, Refused)
    assert found.whole_batch
    assert len(ledger(tape, Kind.ITEM)) == before


def test_several_mutations_are_answered_one_by_one_where_wave_takes_them(tape: Tape) -> None:
    switch(tape, several_mutations="allow", duplicate_product_name="refuse")
    pushes = several(tape)
    send(tape, "item", pushes[1].value)
    outcomes = tape.ask("push_item_batch", pushes=pushes)
    assert [type(outcome) for outcome in outcomes] == [Remote, NameTaken, Remote]
    assert outcomes[2].name == pushes[2].value.name


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"name": "refuse_item", "index": 1}, [Remote, Refused, Remote]),
        ({"name": "drop_bid", "index": 1}, [Remote, Unknown, Remote]),
        ({"name": "shuffle_batch"}, [Remote, Remote, Remote]),
    ],
)
def test_each_record_of_a_batch_has_its_own_outcome(tape: Tape, fault: dict[str, Any], expected: list[type]) -> None:
    switch(tape, several_mutations="allow")
    pushes = several(tape)
    tape.fault(fault["name"], **{name: value for name, value in fault.items() if name != "name"})
    outcomes = tape.ask("push_item_batch", pushes=pushes)
    assert [type(outcome) for outcome in outcomes] == expected
    assert outcomes[0].name == pushes[0].value.name


def test_a_batch_whose_answer_was_lost_is_found_with_one_listing(tape: Tape) -> None:
    switch(tape, several_mutations="allow")
    pushes = several(tape)
    tape.fault("drop_after")
    assert isinstance(failure(tape, "push_item_batch", pushes=pushes), Unknown)
    with tape.open() as call:
        found = tape.plugin.ask("find_pushed_batch", account=call.account, pushes=pushes)
        assert call.calls == 1
    assert [[remote.name for remote in some] for some in found] == [[one.value.name] for one in pushes]
