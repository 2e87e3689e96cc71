"""Pages that show something as waiting follow it until it has arrived, whoever sent it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.factories import make_connection, make_hub, make_tenant, save, set_tasks, sqlite_url
from tests.integration.killing.shop import customer, invoice, item, payment
from tests.integration.picky_books import Picky, picky
from tests.web_stage import Browser, signed_in

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, ConnectionState, Tenant
from ledgerport.services.context import Hub
from ledgerport.services.map_accounts import choose_deposit_account
from ledgerport.services.on_the_way import on_the_way, record_on_the_way

AT = "/t/blue/integrations/alpha"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub, "blue")


@pytest.fixture
def connection(hub: Hub, tenant: int) -> int:
    return make_connection(hub, tenant)


@pytest.fixture
def ann(hub: Hub, tenant: int) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue") as made:
        yield made


def told(stream: str) -> list[tuple[str, int]]:
    parts = [part.splitlines() for part in stream.strip().split("\n\n") if part.startswith("event")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))["left"]) for name, data in parts]


def test_work_that_nobody_asked_for_is_followed_too(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    save(hub, tenant, "customer", "C-1")
    page = ann.get(AT)
    assert f'data-arriving="{AT}/events"' in page
    assert "data-live" not in page, "no run has begun"
    set_tasks(hub, tenant, state="done")
    assert "data-arriving" not in ann.get(AT)
    assert told(ann.get(f"{AT}/events")) == [("progress", 0), ("end", 0)]


@pytest.mark.parametrize("state", [ConnectionState.PAUSED, ConnectionState.NEEDS_RECONNECTION])
def test_what_waits_for_a_person_is_not_followed(hub: Hub, tenant: int, connection: int, state: str) -> None:
    save(hub, tenant, "customer", "C-1")
    asked = {"tenant_id": tenant, "provider": "alpha"}
    assert on_the_way(hub, **asked) == 1
    with hub.database.tenant(tenant) as session:
        session.get_one(Connection, connection).state = state
    assert on_the_way(hub, **asked) == 0


def test_what_is_due_much_later_is_not_followed(hub: Hub, tenant: int, connection: int) -> None:
    save(hub, tenant, "customer", "C-1")
    asked = {"tenant_id": tenant, "provider": "alpha"}
    set_tasks(hub, tenant, due_at=hub.clock.now() + timedelta(minutes=10))
    assert on_the_way(hub, **asked) == 0
    set_tasks(hub, tenant, due_at=hub.clock.now() + timedelta(seconds=10))
    assert on_the_way(hub, **asked) == 1
    with hub.database.tenant(tenant) as session:
        session.get_one(Connection, connection).held_until = hub.clock.now() + timedelta(minutes=10)
    assert on_the_way(hub, **asked) == 0


def test_an_invoice_is_followed_with_its_payments_until_all_are_there(tmp_path: Path) -> None:
    books: Picky = picky(tmp_path)
    books.book_services()
    choose_deposit_account(books.hub, tenant_id=books.tenant, provider="picky", account="100")
    books.save(customer(1), item(1), invoice(1), payment(1, customer=1, parts={1: Decimal("1.25")}))
    with books.hub.database.everything(read=True) as session:
        slug = session.get_one(Tenant, books.tenant).slug
    asked = {"tenant_id": books.tenant, "kind": Kind.INVOICE, "ref": "INV1"}
    assert record_on_the_way(books.hub, **asked) == 2
    with signed_in(books.hub, tenant=slug) as ann:
        at = f"/t/{slug}/invoices/INV1"
        assert f'data-arriving="{at}/events"' in ann.get(at)
        books.drain()
        assert "data-arriving" not in ann.get(at)
        for kind, ref in (("invoice", "INV1"), ("payment", "P1"), ("customer", "C1"), ("item", "I1")):
            assert told(ann.get(f"/t/{slug}/{kind}s/{ref}/events"))[-1] == ("end", 0)
        ann.get(f"/t/{slug}/estimates/E9/events", status=404)
    books.hub.database.close()


def test_nobody_follows_another_tenants_records(hub: Hub, tenant: int, connection: int) -> None:
    save(hub, tenant, "customer", "C-1")
    make_tenant(hub, "green")
    with signed_in(hub, tenant="green") as gil:
        gil.get("/t/blue/customers/C-1/events", status=404)
        gil.get("/t/green/customers/C-1/events", status=404)
        gil.get("/t/green/integrations/alpha/events", status=404)
