"""QuickBooks fails in every way it can, at every kind of record: in the end its ledger agrees to the cent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.integration.killing.failures import (
    IMPATIENT,
    KINDS,
    MIXED_UP,
    PLAIN,
    SLOW,
    UNKNOWN,
    Fault,
    at_every_kind,
    called,
    everything_arrives,
)
from tests.integration.killing.shop import item
from tests.integration.killing.steps import one_of
from tests.integration.killing.world import fill, world
from tests.stage import load

from ledgerport.contract import Kind
from ledgerport.services.drain_connection import drain

PROVIDER = "quickbooks"
REFUSED: list[Fault] = [{"name": "refuse_batch", "code": "1040"}, {"name": "refuse_batch", "code": "2010"}]
# The gateway gives up, and what it was asked for is applied after all; a repeated `requestid` is no second order.
LATE: Fault = {"name": "slow", "seconds": 200}
SWITCHES: list[dict[str, Any]] = [
    {"requestid_remembered_minutes": 1},
    {"requestid_while_running": "600"},
    {"warn_duplicate_numbers": False, "requestid_remembered_minutes": 1},
    {"requestid_other_operation": "replay"},
]


@pytest.mark.parametrize("fault", [*UNKNOWN, LATE, *MIXED_UP, *PLAIN, *REFUSED], ids=called)
def test_everything_arrives_once_although_the_first_batch_of_every_kind_fails(tmp_path: Path, fault: Fault) -> None:
    everything_arrives(tmp_path, PROVIDER, at_every_kind(PROVIDER, fault))


def test_everything_arrives_once_although_the_hub_stops_waiting_before_the_first_requests_are_applied(
    tmp_path: Path,
) -> None:
    everything_arrives(tmp_path, PROVIDER, at_every_kind(PROVIDER, SLOW), **IMPATIENT)


@pytest.mark.parametrize("switches", SWITCHES, ids=called)
@pytest.mark.parametrize("fault", [{"name": "drop_after"}, {"name": "slow", "seconds": 115}], ids=called)
def test_lost_answers_double_nothing_whatever_the_provider_remembers(
    tmp_path: Path, fault: Fault, switches: dict[str, Any]
) -> None:
    everything_arrives(tmp_path, PROVIDER, at_every_kind(PROVIDER, fault), switches)


def test_an_edit_back_to_the_old_price_is_sent_when_the_new_one_may_have_arrived(tmp_path: Path) -> None:
    with world(tmp_path, PROVIDER, rate=60) as made, made.hub() as hub:
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
        PROVIDER,
        [
            {"name": "drop_after", "match": one_of(PROVIDER, Kind.PAYMENT)},
            {"name": "status", "status": 503, "match": look_up, "skip": 1},
            {"name": "throttle", "match": look_up, "skip": 1},
        ],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_two_lost_answers_beside_one_another_double_nothing(tmp_path: Path, kind: Kind) -> None:
    match = one_of(PROVIDER, kind)
    everything_arrives(
        tmp_path, PROVIDER, [{"name": "drop_after", "match": match}, {"name": "drop_before", "match": match}]
    )
