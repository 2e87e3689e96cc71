"""A tenant with very many invoices, in the books of two connections, written straight into the tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, insert, select, text
from tests.factories import make_connection, make_tenant

from ledgerport.contract import Kind
from ledgerport.db.models import Base, Customer, Invoice, InvoiceLine, Link, Op, Task, TaskState
from ledgerport.services.context import Hub

CUSTOMERS = 5_000
_FIRST_DAY = date(2020, 1, 1)
_DAYS = 2_300
_MANY = 20_000


def fill(hub: Hub, count: int) -> int:
    """The tenant's id. All invoices are in the books, of two the last try failed."""
    tenant = make_tenant(hub, "many")
    now = hub.clock.now()
    stamps = {"tenant_id": tenant, "created_at": now, "updated_at": now}
    connections = [make_connection(hub, tenant, provider) for provider in ("alpha", "beta")]
    _add(
        hub,
        tenant,
        Customer,
        [
            {**stamps, "ref": f"C-{at}", "name": f"Customer {at * 7919 % CUSTOMERS:05d}", "email": f"c{at}@example.com"}
            for at in range(CUSTOMERS)
        ],
    )
    customers = _ids(hub, tenant, Customer)
    sums = {"discount": Decimal(0), "tax": Decimal(0), "total": Decimal(100), "currency": "USD", "status": "SENT"}
    _add(
        hub,
        tenant,
        Invoice,
        [
            {
                **stamps,
                **sums,
                "ref": f"I-{at}",
                "number": f"INV-{at:06d}",
                "customer_id": customers[at % CUSTOMERS],
                "issued_on": _FIRST_DAY + timedelta(days=at * 31 % _DAYS),
            }
            for at in range(count)
        ],
    )
    invoices = _ids(hub, tenant, Invoice)
    line = {"quantity": Decimal(1), "unit_price": Decimal(100), "amount": Decimal(100), "description": "Work"}
    _add(hub, tenant, InvoiceLine, [{**line, "tenant_id": tenant, "invoice_id": at, "position": 1} for at in invoices])
    for connection in connections:
        shared = {"tenant_id": tenant, "connection_id": connection, "kind": Kind.INVOICE}
        link = {**shared, "origin": "pushed", "synced_at": now}
        _add(hub, tenant, Link, [{**link, "record_id": at, "remote_id": str(at)} for at in invoices])
        task = {**shared, **stamps, "op": Op.PUSH, "rank": 3, "priority": 50, "due_at": now}
        states = {invoices[7]: TaskState.FAILED, invoices[count // 2]: TaskState.FAILED}
        _add(
            hub,
            tenant,
            Task,
            [{**task, "record_id": at, "state": states.get(at, TaskState.DONE)} for at in invoices],
        )
    if hub.database.engine.dialect.name == "postgresql":
        with hub.database.everything() as session:
            session.execute(text("ANALYZE"))
    return tenant


def _add(hub: Hub, tenant: int, model: type[Base], rows: list[Mapping[str, Any]]) -> None:
    table = model.__table__
    assert isinstance(table, Table)
    with hub.database.tenant(tenant) as session:
        for start in range(0, len(rows), _MANY):
            session.connection().execute(insert(table), rows[start : start + _MANY])


def _ids(hub: Hub, tenant: int, model: Any) -> list[int]:
    with hub.database.tenant(tenant, read=True) as session:
        return list(session.scalars(select(model.id).order_by(model.id)))
