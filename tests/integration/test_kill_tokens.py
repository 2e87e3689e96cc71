"""A worker is killed when the provider has given new tokens and nobody has stored them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.integration.killing.steps import small_shop
from tests.integration.killing.world import World, assert_books_agree, fill, task_states, world
from tests.stage import connect

from ledgerport.db.models import Connection, ConnectionState, TaskState
from ledgerport.services.context import Hub


@contextmanager
def killed(home: Path, provider: str, switches: Mapping[str, Any], idle: timedelta) -> Iterator[tuple[World, Hub]]:
    """The world so long after the worker died between the trade and the commit, its leases run out, and a new hub."""
    with world(home, provider) as made:
        made.sandbox.control("switches", dict(switches))
        with made.hub() as hub:
            fill(made, hub, small_shop(provider))
        made.pass_time(2 * made.terms.oauth.access_life)
        made.kill_at("token traded, not stored")
        made.pass_time(idle)
        with made.hub() as hub:
            made.let_lease_run_out(hub)
            made.let_refresh_lease_run_out(hub)
            yield made, hub


def state_of(hub: Hub, made: World) -> ConnectionState:
    with hub.database.everything(read=True) as session:
        return ConnectionState(session.scalars(select(Connection.state).where(Connection.id == made.connection)).one())


AT_ONCE = timedelta(0)
# Switches of the sandbox, and how long nobody goes on. QuickBooks keeps the value of a refresh token for a day, Xero
# takes the one before for 30 minutes; what Wave does is not documented.
Case = tuple[str, dict[str, Any], timedelta]
OLD_TOKENS_WORK: list[Case] = [
    ("quickbooks", {"refresh_rotation": "after_24h"}, AT_ONCE),
    ("xero", {}, timedelta(minutes=20)),
    ("wave", {"refresh_grace_seconds": 3600}, AT_ONCE),
]
# There is no other way than a new consent.
OLD_TOKENS_ARE_DEAD: list[Case] = [
    ("quickbooks", {}, AT_ONCE),
    ("xero", {}, timedelta(minutes=31)),
    ("freshbooks", {}, AT_ONCE),
    ("wave", {}, AT_ONCE),
]


@pytest.mark.parametrize(("provider", "switches", "idle"), OLD_TOKENS_WORK)
def test_a_worker_killed_before_it_stored_new_tokens_costs_nothing_where_the_old_ones_still_work(
    tmp_path: Path, provider: str, switches: dict[str, Any], idle: timedelta
) -> None:
    with killed(tmp_path, provider, switches, idle) as (made, hub):
        made.finish(hub)
        assert state_of(hub, made) == ConnectionState.ACTIVE
        assert_books_agree(made, hub)


@pytest.mark.parametrize(("provider", "switches", "idle"), OLD_TOKENS_ARE_DEAD)
def test_tokens_lost_with_a_worker_ask_for_one_reconnection_and_then_everything_arrives_once(
    tmp_path: Path, provider: str, switches: dict[str, Any], idle: timedelta
) -> None:
    with killed(tmp_path, provider, switches, idle) as (made, hub):
        made.finish(hub)
        assert state_of(hub, made) == ConnectionState.NEEDS_RECONNECTION
        assert TaskState.DONE not in task_states(hub, made.connection)

        connect(hub, made.sandbox, made.tenant, connection_id=made.connection)
        made.finish(hub)
        assert_books_agree(made, hub)
