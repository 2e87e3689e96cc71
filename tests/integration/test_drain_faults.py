"""The provider fails in every way it can, at every kind of record: in the end its ledger agrees to the cent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.integration.killing.shop import item, shop
from tests.integration.killing.world import World, assert_books_agree, fill, world
from tests.stage import load

from ledgerport.contract import Kind
from ledgerport.services.drain_connection import drain

KINDS = ["Customer", "Item", "Invoice", "Payment"]
UNKNOWN: list[dict[str, Any]] = [
    {"name": "drop_before"},
    {"name": "drop_after"},
    {"name": "cut_after", "bytes": 0},
    {"name": "cut_after", "bytes": 700},
    {"name": "status", "status": 500, "applied": True},
    {"name": "status", "status": 502, "body": "html", "applied": True},
    {"name": "status", "status": 503, "body": "html", "applied": False},
    {"name": "status", "status": 503, "body": "empty", "applied": True},
    {"name": "html_page", "applied": True},
    {"name": "html_page", "applied": False},
    {"name": "slow", "seconds": 200},
    {"name": "slow", "seconds": 200, "applied": "before"},
    {"name": "shuffle_batch"},
    {"name": "drop_bid"},
    {"name": "drop_bid", "index": 0},
]
PLAIN: list[dict[str, Any]] = [
    {"name": "throttle"},
    {"name": "throttle", "retry_after": 20},
    {"name": "expired_token"},
    {"name": "refuse_batch", "code": "1040"},
    {"name": "refuse_batch", "code": "2010"},
]


def called(fault: dict[str, Any]) -> str:
    return " ".join(str(value) for value in fault.values())


def everything_arrives(home: Path, faults: list[dict[str, Any]], switches: dict[str, Any] | None = None) -> World:
    with world(home, rate=60) as made, made.hub() as hub:
        if switches:
            made.sandbox.control("switches", switches)
        fill(made, hub, shop(customers=32, items=31, invoices=11))
        for fault in faults:
            made.sandbox.fault(**fault)
        made.finish(hub)
        waiting = made.sandbox.control("faults", method="GET")["waiting"]
        assert waiting == [], "a fault did not strike"
        assert_books_agree(made, hub)
        return made


@pytest.mark.parametrize("fault", [*UNKNOWN, *PLAIN], ids=called)
def test_everything_arrives_once_although_the_first_batch_of_every_kind_fails(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    everything_arrives(
        tmp_path, [{**fault, "match": {"entity": entity, "operation": "batch", "method": "POST"}} for entity in KINDS]
    )


SWITCHES: list[dict[str, Any]] = [
    {"requestid_remembered_minutes": 1},
    {"requestid_while_running": "600"},
    {"warn_duplicate_numbers": False, "requestid_remembered_minutes": 1},
    {"requestid_other_operation": "replay"},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=called)
@pytest.mark.parametrize("name", ["drop_after", "slow"])
def test_lost_answers_double_nothing_whatever_the_provider_remembers(
    tmp_path: Path, name: str, switches: dict[str, Any]
) -> None:
    more = {"seconds": 115} if name == "slow" else {}
    faults = [{"name": name, **more, "match": {"entity": entity, "operation": "batch"}} for entity in KINDS]
    everything_arrives(tmp_path, faults, switches)


def test_an_edit_back_to_the_old_price_is_sent_when_the_new_one_may_have_arrived(tmp_path: Path) -> None:
    with world(tmp_path, rate=60) as made, made.hub() as hub:
        fill(made, hub, [item(1, price="10.00")])
        made.finish(hub)
        made.sandbox.fault("drop_after", match={"entity": "Item", "method": "POST"})
        load(hub, made.tenant, [item(1, price="20.00")])
        drain(hub, made.connection)
        assert [row["price"] for row in made.sandbox.ledger()["items"]] == ["20.00"]
        load(hub, made.tenant, [item(1, price="10.00")])
        made.finish(hub)
        assert [row["price"] for row in made.sandbox.ledger()["items"]] == ["10.00"]


def test_the_look_up_after_a_lost_answer_may_fail_too(tmp_path: Path) -> None:
    look_up = {"operation": "query"}
    everything_arrives(
        tmp_path,
        [
            {"name": "drop_after", "match": {"entity": "Payment", "operation": "batch"}},
            {"name": "status", "status": 503, "match": look_up, "skip": 1},
            {"name": "throttle", "match": look_up, "skip": 1},
        ],
    )


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.PAYMENT])
def test_two_lost_answers_beside_one_another_double_nothing(tmp_path: Path, kind: Kind) -> None:
    match = {"entity": kind.capitalize(), "operation": "batch"}
    everything_arrives(tmp_path, [{"name": "drop_after", "match": match}, {"name": "drop_before", "match": match}])
