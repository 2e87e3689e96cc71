"""What the texts of documents are made of, read for hundreds of documents at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Table, func, select, type_coerce
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import Tenant
from ledgerport.db.models.base import amount_of
from ledgerport.db.repositories.records import (
    ALLOCATIONS,
    CUSTOMERS,
    ESTIMATES,
    INVOICES,
    ITEMS,
    LINES,
)

DOCUMENTS: Mapping[Kind, Table] = {Kind.INVOICE: INVOICES, Kind.ESTIMATE: ESTIMATES}


@dataclass(frozen=True, kw_only=True)
class Read:
    """Documents with their customers, their lines in order, the items these name, and what is paid of each.

    The figures of lines, and what items cost, are as the database has them: `decimal_of` reads them.
    `currency` is the tenant's: what items cost is in it.
    """

    documents: Sequence[Any]
    lines: Mapping[int, Sequence[Any]]
    items: Mapping[int, Any]
    paid: Mapping[int, Decimal]
    currency: str


@lru_cache(maxsize=65_536)
def decimal_of(told: int) -> Decimal:
    """A figure in millionths, as a decimal: prices and quantities repeat, and to read each anew is most of the work."""
    return amount_of(told)


def read(session: Session, tenant_id: int, kind: Kind, ids: Collection[int]) -> Read:
    """Documents of one kind; one that is not the tenant's is left out."""
    table = DOCUMENTS[kind]
    documents = session.execute(
        select(
            table.c.id,
            table.c.number,
            table.c.status,
            table.c.issued_on,
            table.c.currency,
            table.c.discount,
            table.c.tax,
            table.c.total,
            table.c.updated_at,
            CUSTOMERS.c.type.label("customer_type"),
            CUSTOMERS.c.address,
        )
        .join(CUSTOMERS, CUSTOMERS.c.id == table.c.customer_id)
        .where(table.c.tenant_id == tenant_id, among(table.c.id, "ids")),
        {"ids": ids},
    ).all()
    lines = _lines(session, tenant_id, kind, [row.id for row in documents])
    named = {line.item_id for some in lines.values() for line in some if line.item_id is not None}
    return Read(
        documents=documents,
        lines=lines,
        items=_items(session, tenant_id, named),
        paid=_paid(session, tenant_id, [row.id for row in documents]) if kind is Kind.INVOICE else {},
        currency=session.execute(select(Tenant.currency).where(Tenant.id == tenant_id)).scalar_one(),
    )


def _lines(session: Session, tenant_id: int, kind: Kind, ids: Collection[int]) -> dict[int, list[Any]]:
    table, owner = LINES[kind]
    rows = session.execute(
        select(
            table.c[owner].label("document_id"),
            table.c.position,
            table.c.item_id,
            table.c.description,
            # As they stand in the database: there are many thousands, and few that differ (`decimal_of`).
            *(type_coerce(table.c[name], BigInteger()).label(name) for name in ("quantity", "unit_price", "amount")),
        )
        .where(table.c.tenant_id == tenant_id, among(table.c[owner], "ids"))
        .order_by(table.c[owner], table.c.position),
        {"ids": ids},
    ).all()
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.document_id].append(row)
    return found


def _items(session: Session, tenant_id: int, ids: Collection[int]) -> dict[int, Any]:
    """Stand-ins are ours: they say nothing about what was sold."""
    if not ids:
        return {}
    query = select(
        ITEMS.c.id, ITEMS.c.name, ITEMS.c.category, ITEMS.c.type, type_coerce(ITEMS.c.cost, BigInteger()).label("cost")
    ).where(ITEMS.c.tenant_id == tenant_id, ITEMS.c.stand_in.is_(False), among(ITEMS.c.id, "ids"))
    return {row.id: row for row in session.execute(query, {"ids": ids}).all()}


def _paid(session: Session, tenant_id: int, ids: Collection[int]) -> dict[int, Decimal]:
    query = (
        select(ALLOCATIONS.c.invoice_id, func.sum(ALLOCATIONS.c.amount).label("paid"))
        .where(
            ALLOCATIONS.c.tenant_id == tenant_id,
            ALLOCATIONS.c.removed_at.is_(None),
            among(ALLOCATIONS.c.invoice_id, "ids"),
        )
        .group_by(ALLOCATIONS.c.invoice_id)
    )
    return {row.invoice_id: row.paid for row in session.execute(query, {"ids": ids})}
