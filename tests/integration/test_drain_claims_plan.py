"""Claiming stays quick in a table of a hundred thousand tasks."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from tests.factories import NOON, make_connection, make_hub, make_tenant

from ledgerport.contract import Kind
from ledgerport.db.models import Op, Priority, Task, TaskState
from ledgerport.db.repositories import drain_tasks

COUNT = 100_000


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'many.db'}"
    return str(request.getfixturevalue("migrated_postgres_url"))


def test_the_due_tasks_are_found_by_index_among_a_hundred_thousand(database_url: str) -> None:
    hub = make_hub(database_url)
    tenant = make_tenant(hub)
    connection = make_connection(hub, tenant, "alpha")
    rows = [
        {
            "tenant_id": tenant,
            "connection_id": connection,
            "kind": Kind.ITEM,
            "record_id": number,
            "op": Op.PUSH,
            # Most are history, as in a hub that has run for a year.
            "state": TaskState.WAITING if number % 4 == 0 else TaskState.DONE,
            "rank": 1,
            "priority": int(Priority.AUTOMATIC),
            "due_at": NOON - timedelta(seconds=number % 60),
            "created_at": NOON,
            "updated_at": NOON,
        }
        for number in range(COUNT)
    ]
    with hub.database.everything() as session:
        for start in range(0, COUNT, 10_000):
            session.execute(insert(Task), rows[start : start + 10_000])
        session.execute(text("ANALYZE tasks"))
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(hub.database.engine, "before_cursor_execute", note)
    with hub.database.everything() as session:
        began = time.perf_counter()
        found = drain_tasks.due(session, connection, [Kind.ITEM, Kind.CUSTOMER], NOON, 350)
        took = time.perf_counter() - began
    event.remove(hub.database.engine, "before_cursor_execute", note)
    assert len(found) == 350
    (statement, parameters) = next(pair for pair in asked if pair[0].lstrip().upper().startswith("SELECT"))
    explain = "EXPLAIN QUERY PLAN " if database_url.startswith("sqlite") else "EXPLAIN "
    with hub.database.engine.connect() as raw:
        plan = " ".join(str(row) for row in raw.exec_driver_sql(explain + statement, parameters))
    hub.database.close()
    assert "ix_tasks_claim" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    # Without the index it is a second or more; the bound is wide because other processes share the machine.
    assert took < 0.5
