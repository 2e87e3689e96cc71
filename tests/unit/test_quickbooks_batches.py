"""Several records in one request to QuickBooks: each gets its own outcome, whatever befalls the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.quickbooks_factories import OPERATION, Request, Wire, fault, fault_body, item, push, rows

from ledgerport.contract import (
    Broken,
    Gone,
    Item,
    NameTaken,
    Push,
    PushMapping,
    Refused,
    Remote,
    Stale,
    TryLater,
    Unknown,
)
from ledgerport_quickbooks import hooks


def pushes(count: int, **known: Any) -> list[Push[Item]]:
    return [push(item(name=f"Item {n}"), position=n, **known) for n in range(1, count + 1)]


def update(position: int, version: str | None = "0") -> Push[Item]:
    return push(item(name=f"Item {position}"), position=position, remote_id=f"4{position}", remote_version=version)


def saved(position: int) -> dict[str, Any]:
    return {"Item": {"Id": f"4{position}", "SyncToken": "1", "Name": f"Item {position}"}, "bId": str(position)}


def failed(position: int, code: str, detail: str = "") -> dict[str, Any]:
    return {**fault_body(code, detail), "bId": str(position)}


def batch(*items: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"BatchItemResponse": list(items), "time": "2026-09-01T08:30:18.783-07:00"}


def ids(outcomes: Sequence[Any]) -> list[Any]:
    return [outcome.id if isinstance(outcome, Remote) else type(outcome) for outcome in outcomes]


def test_a_batch_is_one_request_that_counts_on_the_batch_limit() -> None:
    wire = Wire([batch(saved(1), saved(2))])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=pushes(2))
    (request,) = wire.requests
    assert request.meter == "batch"
    assert request.query == {"minorversion": "75", "requestid": OPERATION}
    sent = request.json["BatchItemRequest"]
    assert [(entry["bId"], entry["operation"], entry["Item"]["Name"]) for entry in sent] == [
        ("1", "create", "Item 1"),
        ("2", "create", "Item 2"),
    ]
    assert ids(outcomes) == ["41", "42"]


def test_a_requestid_and_a_bid_fit_together_into_fifty_characters() -> None:
    wire = Wire([batch(*(saved(n) for n in range(1, 31)))])
    hooks.push_item_batch(account=wire.account(), pushes=pushes(30))
    request = wire.requests[0]
    assert max(len(entry["bId"]) for entry in request.json["BatchItemRequest"]) <= 10
    assert len(request.query["requestid"]) == 36


def test_answers_in_another_order_are_matched_by_bid() -> None:
    wire = Wire([batch(saved(3), saved(1), saved(2))])
    assert ids(hooks.push_item_batch(account=wire.account(), pushes=pushes(3))) == ["41", "42", "43"]


def test_a_record_without_an_answer_is_unknown() -> None:
    wire = Wire([batch(saved(1), saved(3))])
    assert ids(hooks.push_item_batch(account=wire.account(), pushes=pushes(3))) == ["41", Unknown, "43"]


def test_one_refused_record_costs_no_other() -> None:
    wire = Wire([batch(saved(1), failed(2, "6240"), saved(3))])
    assert ids(hooks.push_item_batch(account=wire.account(), pushes=pushes(3))) == ["41", NameTaken, "43"]


def test_a_record_that_would_be_refused_is_not_sent() -> None:
    wire = Wire([batch(saved(2))])
    bad = push(item(), position=1, mapping=PushMapping())
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=[bad, *pushes(2)[1:]])
    assert ids(outcomes) == [Refused, "42"]
    assert [entry["bId"] for entry in wire.requests[0].json["BatchItemRequest"]] == ["2"]


def test_a_batch_of_nothing_but_refusals_sends_nothing() -> None:
    wire = Wire([])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=pushes(2, mapping=PushMapping()))
    assert ids(outcomes) == [Refused, Refused]
    assert wire.requests == []


def test_stale_records_are_read_with_one_query_and_sent_in_one_further_batch() -> None:
    read = rows("Item", {"Id": "42", "SyncToken": "7"}, {"Id": "43", "SyncToken": "9"})
    wire = Wire([batch(saved(1), failed(2, "5010"), failed(3, "5010")), read, batch(saved(2), saved(3))])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=[update(1), update(2), update(3)])
    first, look, second = wire.requests
    assert ids(outcomes) == ["41", "42", "43"]
    assert "Id IN ('42','43')" in look.statement
    assert [entry["Item"]["SyncToken"] for entry in second.json["BatchItemRequest"]] == ["7", "9"]
    assert first.query["requestid"] != second.query["requestid"]
    assert len(second.query["requestid"]) == 36


def test_the_second_requestid_is_the_same_whenever_the_same_is_repeated() -> None:
    def again() -> Request:
        wire = Wire([batch(failed(1, "5010")), rows("Item", {"Id": "41", "SyncToken": "7"}), batch(saved(1))])
        hooks.push_item_batch(account=wire.account(), pushes=[update(1)])
        return wire.requests[-1]

    assert again().query == again().query


def test_a_record_that_stays_stale_is_given_back_as_stale() -> None:
    wire = Wire([batch(failed(1, "5010")), rows("Item", {"Id": "41", "SyncToken": "7"}), batch(failed(1, "5010"))])
    assert ids(hooks.push_item_batch(account=wire.account(), pushes=[update(1)])) == [Stale]


def test_a_failure_of_the_second_batch_keeps_what_the_first_one_saved() -> None:
    wire = Wire([batch(saved(1), failed(2, "5010")), rows("Item", {"Id": "42", "SyncToken": "7"}), (503, b"")])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=[update(1), update(2)])
    assert ids(outcomes) == ["41", Unknown]


def test_a_throttle_while_looking_keeps_what_was_saved() -> None:
    wire = Wire([batch(saved(1), failed(2, "5010")), (429, b"")])
    assert ids(hooks.push_item_batch(account=wire.account(), pushes=[update(1), update(2)])) == ["41", TryLater]


def test_a_record_deleted_since_is_gone() -> None:
    wire = Wire([batch(saved(1), failed(2, "610")), rows("Item")])
    assert ids(hooks.push_item_batch(account=wire.account(), pushes=[update(1), update(2)])) == ["41", Gone]


def test_a_reference_that_is_gone_is_refused_and_not_gone() -> None:
    wire = Wire([batch(failed(1, "610")), rows("Item", {"Id": "41", "SyncToken": "0", "Active": True})])
    assert ids(hooks.push_item_batch(account=wire.account(), pushes=[update(1)])) == [Refused]


def test_versions_that_are_not_known_are_read_with_one_query() -> None:
    read = rows("Item", {"Id": "41", "SyncToken": "5"})
    wire = Wire([read, batch(saved(1))])
    outcomes = hooks.push_item_batch(account=wire.account(), pushes=[update(1, None), update(2, None)])
    assert ids(outcomes) == ["41", Gone]
    assert [entry["bId"] for entry in wire.requests[1].json["BatchItemRequest"]] == ["1"]


def test_creations_and_updates_travel_together() -> None:
    wire = Wire([batch(saved(1), saved(2))])
    hooks.push_item_batch(account=wire.account(), pushes=[*pushes(1), update(2)])
    assert [entry["operation"] for entry in wire.requests[0].json["BatchItemRequest"]] == ["create", "update"]


@pytest.mark.parametrize("code", ["1040", "2010", "6240", "5010"])
def test_a_batch_refused_as_a_whole_says_so(code: str) -> None:
    wire = Wire([fault(code)])
    with pytest.raises(Refused) as caught:
        hooks.push_item_batch(account=wire.account(), pushes=pushes(2))
    assert caught.value.whole_batch
    assert caught.value.code == code


@pytest.mark.parametrize(("code", "status"), [("3100", 403), ("6190", 400), ("120", 401)])
def test_a_refusal_of_the_company_is_not_asked_again_for_each_record(code: str, status: int) -> None:
    wire = Wire([fault(code, status=status)])
    with pytest.raises(Refused) as caught:
        hooks.push_item_batch(account=wire.account(), pushes=pushes(2))
    assert not caught.value.whole_batch


def test_a_throttled_batch_is_a_wait_for_all() -> None:
    wire = Wire([(429, b"")])
    with pytest.raises(TryLater) as caught:
        hooks.push_item_batch(account=wire.account(), pushes=pushes(2))
    assert caught.value.throttled


def test_a_batch_without_items_in_its_answer_is_unknown() -> None:
    wire = Wire([(200, {"time": "2026-09-01T08:30:18.783-07:00"})])
    with pytest.raises(Unknown):
        hooks.push_item_batch(account=wire.account(), pushes=pushes(2))


def test_two_records_of_one_position_are_a_fault_of_the_caller() -> None:
    wire = Wire([])
    with pytest.raises(Broken):
        hooks.push_item_batch(account=wire.account(), pushes=[push(item()), push(item())])
    assert wire.requests == []
