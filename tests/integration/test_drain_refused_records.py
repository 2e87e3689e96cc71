"""A provider refuses one record of many: it waits for a person, and no other one pays for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from tests.integration.killing.shop import item
from tests.integration.killing.steps import one_of
from tests.integration.killing.world import fill, task_states, world
from tests.stage import PROVIDERS

from ledgerport.contract import Kind
from ledgerport.db.models import Task, TaskState

ITEMS = 12


@pytest.mark.parametrize("provider", PROVIDERS)
def test_one_refused_record_is_named_to_a_person_and_costs_no_other(tmp_path: Path, provider: str) -> None:
    with world(tmp_path, provider, rate=60) as made, made.hub() as hub:
        fill(made, hub, (item(number) for number in range(1, ITEMS + 1)))
        made.sandbox.fault("refuse_item", record="Item 7", match=one_of(provider, Kind.ITEM), count=None)
        made.finish(hub)
        assert task_states(hub, made.connection) == {TaskState.DONE: ITEMS - 1, TaskState.BLOCKED: 1}
        with hub.database.everything(read=True) as session:
            (reason,) = session.scalars(select(Task.reason).where(Task.state == TaskState.BLOCKED))
        assert "Item 7" in reason
        assert made.terms.label in reason
        names = {row["name"] for row in made.sandbox.ledger()["items"]}
        assert names == {f"Item {number}" for number in range(1, ITEMS + 1) if number != 7}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_refused_record_goes_when_a_person_has_seen_to_it(tmp_path: Path, provider: str) -> None:
    with world(tmp_path, provider, rate=60) as made, made.hub() as hub:
        fill(made, hub, [item(1), item(2)])
        made.sandbox.fault("refuse_item", record="Item 1", match=one_of(provider, Kind.ITEM), count=None)
        made.finish(hub)
        made.sandbox.control("faults", method="DELETE")
        fill(made, hub, [item(1, price="2.00")])
        made.finish(hub)
        assert task_states(hub, made.connection).keys() == {TaskState.DONE}
        assert [row["price"] for row in made.sandbox.ledger()["items"] if row["name"] == "Item 1"] == ["2.00"]
