"""What is not in a company's books, as the banner of its page counts it: the same whichever way a database is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.factories import HandClock, link, make_connection, make_hub, make_tenant, save, sqlite_url

from ledgerport.contract import Kind
from ledgerport.db.models import Allocation, Connection, Mark, SyncMark, Task, TaskState
from ledgerport.db.repositories.worth_sending import SOURCES, worth_sending, worth_sending_as_sets
from ledgerport.services.context import Hub
from ledgerport.services.show_unsynced import count_unsynced


@pytest.fixture(params=["sqlite", "postgres"])
def hub(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hub]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    hub = make_hub(url)
    yield hub
    hub.database.close()


@pytest.fixture
def books(hub: Hub) -> tuple[int, int]:
    """Customers in every state there is; of two invoices one a draft, of two payments one changed since; an item."""
    tenant = make_tenant(hub, promote_drafts=False)
    connection = make_connection(hub, tenant, auto_sync=False)
    make_connection(hub, make_tenant(hub), auto_sync=False)
    other = make_connection(hub, tenant, "beta", auto_sync=False)
    clock = hub.clock
    assert isinstance(clock, HandClock)
    ids = {name: save(hub, tenant, "customer", f"C-{name}").record_id for name in ("1", "in", "gone", "old", "sent")}
    marked = {what: save(hub, tenant, "customer", f"C-{what}").record_id for what in (Mark.SKIPPED, Mark.LET_GO)}
    item = save(hub, tenant, "item", "P-1").record_id
    save(hub, tenant, "invoice", "I-1", status="SENT", number="1")
    save(hub, tenant, "invoice", "I-2", status="DRAFT", number="2")
    for number in (1, 2):
        save(
            hub, tenant, "payment", f"PAY-{number}", amount="50.00", allocations=[{"invoice": "I-1", "amount": "50.00"}]
        )
    with hub.database.tenant(tenant) as session:
        paid, again = session.scalars(select(Allocation.id).order_by(Allocation.id)).all()
    link(hub, tenant, connection, "customer", ids["in"], "R-1")
    link(hub, tenant, connection, "customer", ids["gone"], "R-2", gone=True)
    link(hub, tenant, connection, "customer", ids["old"], "R-3", synced_at=clock.now() - timedelta(days=1))
    link(hub, tenant, connection, "item", item, "R-4")
    link(hub, tenant, connection, "payment", paid, "R-5")
    link(hub, tenant, connection, "payment", again, "R-7", synced_at=clock.now() - timedelta(days=1))
    link(hub, tenant, other, "customer", ids["1"], "R-6")
    with hub.database.tenant(tenant) as session:
        now = clock.now()
        shared = {"tenant_id": tenant, "connection_id": connection, "kind": Kind.CUSTOMER}
        going = {"op": "push", "state": TaskState.SENDING, "rank": 1, "priority": 50, "due_at": now}
        session.add(Task(**shared, **going, record_id=ids["sent"], created_at=now, updated_at=now))
        for what, record_id in marked.items():
            session.add(SyncMark(**shared, record_id=record_id, what=what, at=now))
        session.execute(update(Connection).where(Connection.id == connection).values(sync_estimates=False))
    return tenant, connection


def test_what_is_missing_or_changed_is_counted_by_kind(hub: Hub, books: tuple[int, int]) -> None:
    found = count_unsynced(hub, tenant_id=books[0], provider="alpha")
    assert found == {Kind.CUSTOMER: 2, Kind.INVOICE: 1, Kind.PAYMENT: 1}


def test_both_ways_to_ask_find_the_same_records(hub: Hub, books: tuple[int, int]) -> None:
    tenant, connection = books
    with hub.database.tenant(tenant, read=True) as session:
        for kind, record in SOURCES.items():
            one_by_one = (
                select(record.c.id)
                .join(Connection, Connection.tenant_id == record.c.tenant_id)
                .where(Connection.id == connection, worth_sending(kind))
            )
            sets = select(record.c.id).where(record.c.tenant_id == tenant, worth_sending_as_sets(kind, connection))
            assert set(session.scalars(sets)) == set(session.scalars(one_by_one)), kind
