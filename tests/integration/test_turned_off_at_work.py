"""An operator turns a provider off for one tenant while workers run: nothing of it is called for that tenant."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.integration.killing.shop import customer, item, shop
from tests.integration.killing.world import World, assert_books_agree, fill, task_states, world
from tests.integration.small_hub import within
from tests.stage import OTHER_REALM, REALM, connect, load, make_tenant, map_defaults

from ledgerport.actors import start_background
from ledgerport.contract import Account
from ledgerport.db.models import Attempt, Connection, Link, TaskState
from ledgerport.services.context import Hub
from ledgerport.services.disconnect import disconnect
from ledgerport.services.imports.unsynced_customers import unsynced_customers
from ledgerport.services.keep_grants_fresh import due_grants
from ledgerport.services.read_books import read_books
from ledgerport.services.rejections import Conflict
from ledgerport.services.switch_provider import switch_provider
from ledgerport.services.sync_connection import sync_connection


class Counted:
    """Stands around every hook of a plugin and counts its calls, by company."""

    def __init__(self, hub: Hub, provider: str) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        manager = hub.host.for_provider(provider)._manager
        manager.add_hookcall_monitoring(self._before, lambda *_: None)

    def _before(self, _hook: str, _methods: Any, arguments: Any) -> None:
        account = arguments.get("account")
        with self._lock:
            self._calls[account.company.id if isinstance(account, Account) else "no company"] += 1

    def of(self, company: str) -> int:
        with self._lock:
            return self._calls[company]


def rows(hub: Hub, connection: int) -> tuple[int, int]:
    """Links and attempts of a connection."""
    with hub.database.everything(read=True) as session:
        links = session.scalar(select(func.count()).select_from(Link).where(Link.connection_id == connection))
        attempts = session.scalar(select(func.count()).select_from(Attempt).where(Attempt.connection_id == connection))
        return links or 0, attempts or 0


def lease(hub: Hub, connection: int) -> object:
    with hub.database.everything(read=True) as session:
        return session.scalar(select(Connection.lease_until).where(Connection.id == connection))


def all_done(hub: Hub, connection: int) -> bool:
    return task_states(hub, connection).keys() == {TaskState.DONE}


def neighbour(made: World, hub: Hub) -> tuple[int, int]:
    """Another tenant at the same provider, with another company."""
    tenant = make_tenant(hub, "green")
    connection = connect(hub, made.sandbox, tenant, company=OTHER_REALM)
    map_defaults(hub, tenant, connection)
    return tenant, connection


def test_off_at_once_for_one_tenant_although_workers_run_and_on_again_everything_arrives_once(tmp_path: Path) -> None:
    with world(tmp_path, rate=20) as made, made.hub() as hub:
        green, green_connection = neighbour(made, hub)
        counted = Counted(hub, "quickbooks")
        concurrency = hub.host.for_provider("quickbooks").terms.concurrency
        fill(made, hub, (item(number) for number in range(1, 1500)))
        background = start_background(hub, threads=2)
        try:
            assert within(30, lambda: counted.of(REALM) >= 3)
            switch_provider(hub, tenant_id=made.tenant, provider="quickbooks", enabled=False, by="ops")
            off = counted.of(REALM)
            assert within(15, lambda: lease(hub, made.connection) is None)
            # What had left already came to its end.
            stopped, kept = counted.of(REALM), rows(hub, made.connection)
            assert stopped <= off + concurrency
            assert kept[0] > 0
            assert TaskState.WAITING in task_states(hub, made.connection)

            loaded = load(hub, green, [*shop(customers=3, items=3, invoices=3)])
            assert not loaded.rejected
            fill(made, hub, [customer(1)])
            assert within(60, lambda: all_done(hub, green_connection))
            with pytest.raises(Conflict, match="turned QuickBooks Online off"):
                sync_connection(hub, tenant_id=made.tenant, provider="quickbooks", requested_by="bea")
            with pytest.raises(Conflict, match="turned QuickBooks Online off"):
                unsynced_customers(hub, tenant_id=made.tenant, provider="quickbooks")
            assert counted.of(OTHER_REALM) > 0
            assert (counted.of(REALM), rows(hub, made.connection)) == (stopped, kept)

            switch_provider(hub, tenant_id=made.tenant, provider="quickbooks", enabled=True, by="ops")
            assert within(120, lambda: all_done(hub, made.connection))
        finally:
            background.stop()
        assert_books_agree(made, hub)
        assert_books_agree(made, hub, tenant=green, connection=green_connection, company=OTHER_REALM)


def test_off_no_token_is_renewed_and_a_disconnection_says_what_is_left_to_do_there(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, shop(customers=3, items=3, invoices=3))
        made.finish(hub)
        kept = rows(hub, made.connection)
        switch_provider(hub, tenant_id=made.tenant, provider="quickbooks", enabled=False, by="ops")
        counted = Counted(hub, "quickbooks")
        made.pass_time(timedelta(hours=2))
        assert list(due_grants(hub)) == []
        with pytest.raises(Conflict, match="turned QuickBooks Online off"):
            read_books(hub, made.connection)
        done = disconnect(hub, tenant_id=made.tenant, connection_id=made.connection, by="bea")
        assert "your operator has turned QuickBooks Online off" in done.problem
        assert "End it there" in done.problem
        assert (counted.of(REALM), counted.of("no company")) == (0, 0)
        assert rows(hub, made.connection) == kept
