"""The operator's view of every connection: what is worst comes first, in a few queries, however many there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert
from tests.factories import HandClock, make_connection, make_hub, make_tenant, save, set_tasks, sqlite_url, terms
from tests.integration.small_hub import small_hub

from ledgerport.db.models import Connection, ConnectionState, ProviderSwitch, Task, Tenant
from ledgerport.engine.pacing import route_for
from ledgerport.queue import MessageQueue, redis_broker
from ledgerport.services.context import Hub
from ledgerport.services.health_overview import Trouble, health_overview
from ledgerport.services.queue_depth import queue_depth
from ledgerport.services.rejections import BadChoice
from ledgerport.services.tick import lead, step_down


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hub(tmp_path: Path, clock: HandClock) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path), clock=clock)
    yield hub
    hub.database.close()


def one(hub: Hub, slug: str, **fields: Any) -> int:
    tenant = make_tenant(hub, slug)
    make_connection(hub, tenant, **fields)
    return tenant


def troubles(hub: Hub, **asked: Any) -> list[tuple[str, str]]:
    return [(row.tenant, str(row.trouble)) for row in health_overview(hub, **asked).rows]


def many(hub: Hub, count: int) -> None:
    """Tenants with a connection and a waiting task each."""
    now = hub.clock.now()
    with hub.database.everything() as session:
        names = [{"slug": f"t-{n}", "name": f"T {n}", "currency": "USD", "created_at": now} for n in range(count)]
        tenants = list(session.scalars(insert(Tenant).returning(Tenant.id), names))
        rows = [
            {"tenant_id": id_, "uid": f"u{id_}", "provider": "alpha", "state": "active", "company_id": str(id_)}
            | {"state_since": now, "created_at": now, "company_name": "Blue"}
            for id_ in tenants
        ]
        connections = list(session.execute(insert(Connection).returning(Connection.id, Connection.tenant_id), rows))
        waiting = [
            {"tenant_id": row.tenant_id, "connection_id": row.id, "kind": "customer", "record_id": 1, "op": "push"}
            | {"state": "waiting", "rank": 1, "priority": 50, "due_at": now, "created_at": now, "updated_at": now}
            for row in connections
        ]
        session.execute(insert(Task), waiting)


def test_a_first_sync_that_waits_for_the_set_up_is_no_trouble(hub: Hub, clock: HandClock) -> None:
    tenant = one(hub, "new", first_sync_waits=True)
    save(hub, tenant, "customer", "C-1")
    clock.pass_time(timedelta(hours=3))

    assert troubles(hub) == [("new", "none")]


def test_the_worst_connection_comes_first(hub: Hub, clock: HandClock) -> None:
    one(hub, "well")
    one(hub, "lost", state=ConnectionState.NEEDS_RECONNECTION)
    one(hub, "held", held_until=clock.now() + timedelta(minutes=5))
    one(hub, "paused", state=ConnectionState.PAUSED)
    one(hub, "no-plugin", provider="gamma")
    blocked, failed, stuck = one(hub, "blocked"), one(hub, "failed"), one(hub, "stuck")
    for tenant, state in ((blocked, "blocked"), (failed, "failed"), (stuck, "waiting")):
        save(hub, tenant, "customer", "C-1")
        set_tasks(hub, tenant, state=state)
    clock.pass_time(timedelta(minutes=1))
    assert troubles(hub)[:3] == [("lost", "needs_reconnection"), ("no-plugin", "no_plugin"), ("failed", "failed")]
    clock.pass_time(timedelta(minutes=16))
    assert troubles(hub) == [
        ("lost", "needs_reconnection"),
        ("no-plugin", "no_plugin"),
        ("stuck", "stuck"),
        ("failed", "failed"),
        ("blocked", "blocked"),
        ("paused", "paused"),
        ("held", "none"),
        ("well", "none"),
    ]
    assert [tenant for tenant, _ in troubles(hub, show="attention")] == [
        "lost",
        "no-plugin",
        "stuck",
        "failed",
        "blocked",
    ]


def test_filters_and_orders(hub: Hub) -> None:
    one(hub, "red")
    one(hub, "blue", provider="beta", company_name="Acme Drains", last_success_at=hub.clock.now())
    assert troubles(hub, search="DRAINS") == [("blue", "none")]
    assert troubles(hub, provider="alpha") == [("red", "none")]
    assert troubles(hub, show="paused") == []
    assert [tenant for tenant, _ in troubles(hub, sort="tenant")] == ["blue", "red"]
    assert [tenant for tenant, _ in troubles(hub, sort="success")] == ["red", "blue"]
    for wrong in ({"show": "nice"}, {"sort": "colour"}):
        with pytest.raises(BadChoice):
            health_overview(hub, **wrong)


def test_a_connection_tells_its_counts_its_oldest_work_and_how_much_of_each_limit_is_used(
    hub: Hub, clock: HandClock
) -> None:
    tenant = one(hub, "blue")
    save(hub, tenant, "customer", "C-1")
    began = clock.now()
    clock.pass_time(timedelta(minutes=3))
    save(hub, tenant, "customer", "C-2")
    route = route_for(terms("alpha"), client_id="alpha-id-1234567890", company_id="9130", meters=())
    for _ in range(7):
        permit = hub.limiter.ask(route)
        permit.end()  # type: ignore[union-attr]
    hub.limiter.hold(route, clock.now() + timedelta(minutes=2))
    (row,) = health_overview(hub).rows
    assert (row.waiting, row.blocked, row.failed, row.oldest_waiting_at) == (2, 0, 0, began)
    assert [(use.meter, use.used, use.count, use.seconds) for use in row.windows or ()] == [("request", 7, 100, 60.0)]
    assert row.fullest is not None
    assert row.fullest.share == pytest.approx(0.07)
    assert row.held_until == clock.now() + timedelta(minutes=2)


def test_a_provider_turned_off_is_no_trouble_that_calls_for_somebody(hub: Hub) -> None:
    tenant = one(hub, "blue")
    with hub.database.tenant(tenant) as session:
        session.add(
            ProviderSwitch(
                tenant_id=tenant, provider="alpha", enabled=False, changed_at=hub.clock.now(), changed_by="op"
            )
        )
    assert troubles(hub) == [("blue", "turned_off")]
    assert troubles(hub, show="attention") == []


def test_a_thousand_connections_cost_as_many_queries_as_one(hub: Hub) -> None:
    asked: list[str] = []
    event.listen(hub.database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    one(hub, "first")
    asked.clear()
    health_overview(hub)
    few = len(asked)
    many(hub, 1000)
    asked.clear()
    page = health_overview(hub)
    assert len(asked) == few
    assert few <= 7
    assert (page.total, len(page.rows), page.next) == (1001, 50, 50)
    assert len(health_overview(hub, offset=1000).rows) == 1
    assert page.counts[Trouble.NONE] == 1001


def test_the_scheduler_is_ticking_silent_or_was_never_there(hub: Hub) -> None:
    assert queue_depth(hub).scheduler == "none"
    lead(hub)
    told = queue_depth(hub)
    assert (told.scheduler, told.scheduler_owner) == ("ticking", "test")
    assert told.last_tick_seconds is not None
    assert told.last_tick_seconds < 5
    step_down(hub)
    assert queue_depth(hub).scheduler == "none"


@pytest.mark.parametrize("kind", ["in process", "redis"])
def test_the_depth_counts_what_waits_at_the_broker(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with small_hub(tmp_path) as hub:
        if kind == "redis":
            hub = dataclasses.replace(hub, queue=MessageQueue(redis_broker(request.getfixturevalue("redis_url"))))
        hub.queue.add("sync.drain", 1)
        hub.queue.add("sync.drain", 2)
        told = queue_depth(hub)
        assert (told.waiting, told.later, told.given_up) == (2, 0, 0)


def test_a_broker_that_is_away_is_told_as_unknown(tmp_path: Path) -> None:
    with small_hub(tmp_path) as hub:
        hub = dataclasses.replace(hub, queue=MessageQueue(redis_broker("redis://127.0.0.1:1/0")))
        assert queue_depth(hub).waiting is None


def test_the_health_reads_the_same_from_postgres(migrated_postgres_url: str, clock: HandClock) -> None:
    hub = make_hub(migrated_postgres_url, clock=clock)
    tenant = one(hub, "blue")
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "customer", "C-2")
    (row,) = health_overview(hub).rows
    assert (row.waiting, row.oldest_waiting_at, row.trouble) == (2, clock.now(), Trouble.NONE)
    lead(hub)
    assert queue_depth(hub).scheduler == "ticking"
    hub.database.close()
