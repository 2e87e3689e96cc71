"""Imports from every provider's sandbox: what one hub brought there another one brings over, and sends nothing back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import ListQueue
from tests.stage import PROVIDERS, Sandbox, connect, drain_dry, hub_for, load, make_tenant, map_defaults, settings_for

from ledgerport.contract import Kind
from ledgerport.db.models import CustomerCount, Link, NameClaim, Task
from ledgerport.services.context import Hub
from ledgerport.services.imports.start_import import start_import
from ledgerport.services.imports.steer_import import apply_import
from ledgerport.services.imports.unsynced_customers import unsynced_customers
from ledgerport.services.imports.work_import import work_import
from ledgerport.services.show_records import show_record
from ledgerport_sandbox import Running
from ledgerport_sandbox import load as load_sandbox

RECORDS: list[dict[str, Any]] = [
    {"kind": "customer", "ref": "A-1", "name": "Jon Doe", "email": "j.doe@example.com"},
    {"kind": "customer", "ref": "A-2", "name": "Oak Custom Homes"},
    {"kind": "item", "ref": "P-1", "name": "Drain snake 25 ft", "type": "service", "price": "19.99", "sku": "DS-25"},
]
INVOICE = {
    "kind": "invoice",
    "ref": "INV-1",
    "number": "INV-9001",
    "customer": "C-1",
    "issued_on": "2026-05-01",
    "lines": [{"item": "P-9", "quantity": "2", "unit_price": "19.99"}],
}


def bring(hub: Hub, tenant: int, provider: str, kind: Kind) -> None:
    shown = start_import(hub, tenant_id=tenant, provider=provider, kind=kind)
    work_import(hub, shown.id)
    apply_import(hub, tenant_id=tenant, provider=provider, import_id=shown.id)
    work_import(hub, shown.id)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_in_the_books_comes_over_once_and_is_used_by_invoices(tmp_path: Path, provider: str) -> None:
    with Running(load_sandbox(provider)) as running:
        sandbox = Sandbox(running.url, provider)
        # Two hubs do not know of each other's calls.
        sandbox.control("limits", {"enabled": False})
        with hub_for(settings_for(tmp_path / "a", running.url, provider=provider)) as hub:
            tenant = make_tenant(hub)
            connection = connect(hub, sandbox, tenant)
            map_defaults(hub, tenant, connection)
            load(hub, tenant, RECORDS)
            drain_dry(hub, connection)
        with hub_for(settings_for(tmp_path / "b", running.url, provider=provider)) as built:
            hub = dataclasses.replace(built, queue=ListQueue())
            tenant = make_tenant(hub)
            connection = connect(hub, sandbox, tenant)
            map_defaults(hub, tenant, connection)
            load(hub, tenant, [{"kind": "customer", "ref": "C-1", "name": "J. Doe", "email": "j.doe@example.com"}])
            load(
                hub,
                tenant,
                [{"kind": "item", "ref": "P-9", "name": "drain snake 25 FT", "type": "service", "price": "21"}],
            )
            with hub.database.tenant(tenant) as session:
                for task in session.scalars(select(Task)):
                    session.delete(task)
            before = unsynced_customers(hub, tenant_id=tenant, provider=provider)
            assert before.missing == before.there >= 2
            for kind in (Kind.CUSTOMER, Kind.ITEM):
                bring(hub, tenant, provider, kind)
            with hub.database.tenant(tenant, read=True) as session:
                links = session.scalars(select(Link)).all()
                assert {link.origin for link in links} == {"imported"}
                assert session.scalars(select(Task)).all() == []
                codes = [row.name for row in session.scalars(select(NameClaim).where(NameClaim.kind == "item_code"))]
            doe = show_record(hub, tenant_id=tenant, kind=Kind.CUSTOMER, ref="C-1")
            snake = show_record(hub, tenant_id=tenant, kind=Kind.ITEM, ref="P-9")
            assert [book.state for record in (doe, snake) for book in record.books] == ["synced", "synced"]
            if hub.host.for_provider(provider).terms.kinds[Kind.ITEM].code is not None:
                assert "DS-25" in codes
            load(hub, tenant, [INVOICE])
            drain_dry(hub, connection)
            invoice = show_record(hub, tenant_id=tenant, kind=Kind.INVOICE, ref="INV-1")
            assert [(book.state, book.reason) for book in invoice.books] == [("synced", "")]
            sandbox.ledger()
            with hub.database.tenant(tenant) as session:
                session.delete(session.scalars(select(CustomerCount)).one())
            after = unsynced_customers(hub, tenant_id=tenant, provider=provider)
            assert (after.there, after.missing) == (before.there, 0)
