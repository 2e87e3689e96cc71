"""Pausing and resuming: nothing leaves meanwhile, nothing is lost, and the first reason stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import HandClock, make_connection, make_hub, make_tenant, messages, sqlite_url, tasks
from tests.integration.picky_books import Picky, picky

from ledgerport.contract import Customer
from ledgerport.db.models import Connection, ConnectionState
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.services.context import Hub
from ledgerport.services.disconnect import disconnect
from ledgerport.services.drain_connection import drain
from ledgerport.services.draining.execute import Carrier
from ledgerport.services.pause_connection import pause_connection, resume_connection
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.sync_connection import sync_connection


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    yield hub
    hub.database.close()


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Picky]:
    made = picky(tmp_path)
    yield made
    made.hub.database.close()


def row(hub: Hub) -> Connection:
    with hub.database.everything(read=True) as session:
        return session.scalars(select(Connection)).one()


def pause(made: Picky, reason: str = "") -> None:
    pause_connection(made.hub, tenant_id=made.tenant, provider="picky", reason=reason, by="user:ann@example.com")


def resume(made: Picky) -> None:
    resume_connection(made.hub, tenant_id=made.tenant, provider="picky", by="user:ann@example.com")


def test_a_paused_connection_says_who_paused_it_and_why(hub: Hub) -> None:
    tenant = make_tenant(hub)
    make_connection(hub, tenant)
    view = pause_connection(hub, tenant_id=tenant, provider="alpha", reason="Year  end\n", by="user:ann@example.com")
    assert (view.state, view.reason) == ("paused", "Paused by ann@example.com. Year end")
    assert resume_connection(hub, tenant_id=tenant, provider="alpha", by="key:1").reason == "Resumed by API key 1."


def test_a_second_pause_keeps_the_first_ones_word(hub: Hub) -> None:
    tenant = make_tenant(hub)
    make_connection(hub, tenant)
    pause_connection(hub, tenant_id=tenant, provider="alpha", reason="Year end.", by="user:ann@example.com")
    again = pause_connection(hub, tenant_id=tenant, provider="alpha", reason="Me too.", by="user:bob@example.com")
    assert again.reason == "Paused by ann@example.com. Year end."


def test_new_records_wait_and_leave_it_paused_and_resuming_makes_them_due(books: Picky) -> None:
    pause(books)
    books.save({"kind": "customer", "ref": "C-1", "name": "Jon Doe"})
    assert not drain(books.hub, books.connection).worked
    assert books.plugin.requests == []
    assert row(books.hub).state == ConnectionState.PAUSED
    with pytest.raises(Conflict, match="paused"):
        sync_connection(books.hub, tenant_id=books.tenant, provider="picky")
    assert [state for *_, state in tasks(books.hub, books.tenant)] == ["waiting"]
    resume(books)
    assert messages(books.hub)[-1] == ("sync.drain", books.connection)
    due_at = row(books.hub).due_at
    assert due_at is not None
    assert due_at <= books.hub.clock.now()
    books.drain()
    assert [customer.name for customer in books.plugin.pushed(Customer)] == ["Jon Doe"]


def test_a_drain_that_runs_sends_nothing_more_once_it_is_paused(books: Picky, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = HandClock(books.hub.clock.now())
    books = dataclasses.replace(books, hub=dataclasses.replace(books.hub, clock=clock, limiter=MemoryLimiter(clock)))
    books.save(*({"kind": "customer", "ref": f"C-{n}", "name": f"Jon {n}"} for n in range(1, 6)))
    carry = Carrier.carry

    def carry_then_pause(carrier: Carrier, order: object) -> object:
        answer = carry(carrier, order)  # type: ignore[arg-type]
        pause(books)
        return answer

    monkeypatch.setattr(Carrier, "carry", carry_then_pause)
    assert drain(books.hub, books.connection).worked
    assert len(books.plugin.requests) == 1
    assert row(books.hub).lease_until is None
    monkeypatch.setattr(Carrier, "carry", carry)
    resume(books)
    while (due_at := drain(books.hub, books.connection).due_at) is not None:
        clock.at = max(clock.at, due_at)
    # The one that was under way is looked up first. These books never find anything: it is sent anew, and counted once.
    assert {state for *_, state in tasks(books.hub, books.tenant)} == {"done"}


def test_what_cannot_be_paused_says_why(hub: Hub) -> None:
    tenant = make_tenant(hub)
    connection = make_connection(hub, tenant, state=ConnectionState.NEEDS_RECONNECTION)
    for act in (pause_connection, resume_connection):
        more = {"reason": ""} if act is pause_connection else {}
        with pytest.raises(Conflict, match='"Blue Plumbing LLC" in Alpha needs to be reconnected'):
            act(hub, tenant_id=tenant, provider="alpha", by="x", **more)  # type: ignore[operator]
        with pytest.raises(NotFound):
            act(hub, tenant_id=make_tenant(hub), provider="alpha", by="x", **more)  # type: ignore[operator]
    disconnect(hub, tenant_id=tenant, connection_id=connection, by="x")
    with pytest.raises(NotFound):
        resume_connection(hub, tenant_id=tenant, provider="alpha", by="x")


def test_a_reason_longer_than_a_paragraph_is_refused_at_its_field(hub: Hub) -> None:
    tenant = make_tenant(hub)
    make_connection(hub, tenant)
    with pytest.raises(BadChoice) as refused:
        pause_connection(hub, tenant_id=tenant, provider="alpha", reason="x" * 501, by="x")
    assert refused.value.field == "reason"
    assert row(hub).state == ConnectionState.ACTIVE
