"""Kill tests that need more than SQLite and records: PostgreSQL, and a refresh that nobody could store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.integration.killing.shop import shop
from tests.integration.killing.world import assert_books_agree, fill, task_states, world
from tests.stage import connect

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, ConnectionState, TaskState

STEPS = [
    ("claim committed", Kind.ITEM),
    ("request left", Kind.INVOICE),
    ("answer came", Kind.PAYMENT),
    ("settled, not committed", Kind.PAYMENT),
]


@pytest.mark.parametrize(("point", "kind"), STEPS, ids=[f"{point}: {kind}" for point, kind in STEPS])
def test_on_postgresql_a_worker_killed_at_this_point_loses_and_doubles_nothing(
    tmp_path: Path, postgres_url: str, point: str, kind: Kind
) -> None:
    with world(tmp_path, database_url=postgres_url) as made:
        with made.hub() as hub:
            fill(made, hub, shop())
        made.kill_at(point, kind)
        with made.hub() as hub:
            made.let_lease_run_out(hub)
            made.finish(hub)
            assert_books_agree(made, hub)


def test_a_worker_killed_before_it_stored_new_tokens_costs_nothing_where_the_old_ones_still_work(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as made:
        made.sandbox.control("switches", {"refresh_rotation": "after_24h"})
        with made.hub() as hub:
            fill(made, hub, shop())
        made.pass_time(timedelta(hours=2))
        made.kill_at("token traded, not stored")
        with made.hub() as hub:
            made.let_lease_run_out(hub)
            made.let_refresh_lease_run_out(hub)
            made.finish(hub)
            assert_books_agree(made, hub)


def test_tokens_lost_with_a_worker_ask_for_one_reconnection_and_then_everything_arrives_once(tmp_path: Path) -> None:
    """The provider has ended the old refresh token and the new one died with the process."""
    with world(tmp_path) as made:
        with made.hub() as hub:
            fill(made, hub, shop())
        made.pass_time(timedelta(hours=2))
        made.kill_at("token traded, not stored")
        with made.hub() as hub:
            made.let_lease_run_out(hub)
            made.let_refresh_lease_run_out(hub)
            made.finish(hub)
            with hub.database.everything(read=True) as session:
                state = session.scalar(select(Connection.state).where(Connection.id == made.connection))
            assert state == ConnectionState.NEEDS_RECONNECTION
            assert TaskState.DONE not in task_states(hub, made.connection)

            connect(hub, made.sandbox, made.tenant, connection_id=made.connection)
            made.finish(hub)
            assert_books_agree(made, hub)
