"""Reading and writing the host app's records in bulk: a few statements a batch, whatever its size.

Statements here go to the tables themselves, so each names the tenant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Column, Row, Table, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import (
    Allocation,
    Base,
    Customer,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Item,
    Payment,
)

MODELS: Mapping[Kind, type[Base]] = {
    Kind.CUSTOMER: Customer,
    Kind.ITEM: Item,
    Kind.INVOICE: Invoice,
    Kind.ESTIMATE: Estimate,
    Kind.PAYMENT: Payment,
}


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements that pass by the unit of work."""
    return cast("Table", model.__table__)


CUSTOMERS, ITEMS, INVOICES, ESTIMATES, PAYMENTS, ALLOCATIONS = (
    table_of(model) for model in (Customer, Item, Invoice, Estimate, Payment, Allocation)
)
LINES: Mapping[Kind, tuple[Table, str]] = {
    Kind.INVOICE: (table_of(InvoiceLine), "invoice_id"),
    Kind.ESTIMATE: (table_of(EstimateLine), "estimate_id"),
}


def find(
    session: Session, kind: Kind, tenant_id: int, refs: Collection[str], *, lock: bool = False
) -> dict[str, Row[Any]]:
    """Whole rows by ref.

    `lock` holds them until the transaction ends (always in order of id, so that two never wait in a circle).
    """
    table = table_of(MODELS[kind])
    wanted = select(table).where(table.c.tenant_id == tenant_id, among(table.c.ref, "refs"))
    if lock:
        wanted = wanted.order_by(table.c.id).with_for_update()
    return {row.ref: row for row in session.execute(wanted, {"refs": refs})} if refs else {}


def find_ids(session: Session, kind: Kind, tenant_id: int, refs: Collection[str]) -> dict[str, int]:
    """Ids by ref."""
    table = table_of(MODELS[kind])
    wanted = select(table.c.ref, table.c.id).where(table.c.tenant_id == tenant_id, among(table.c.ref, "refs"))
    return {row.ref: row.id for row in session.execute(wanted, {"refs": refs})} if refs else {}


def refs_of(session: Session, kind: Kind, tenant_id: int, ids: Collection[int]) -> dict[int, str]:
    """Refs by id."""
    table = table_of(MODELS[kind])
    wanted = select(table.c.id, table.c.ref).where(table.c.tenant_id == tenant_id, among(table.c.id, "ids"))
    return {row.id: row.ref for row in session.execute(wanted, {"ids": ids})} if ids else {}


def add(session: Session, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Insert rows of one kind; their new ids by ref."""
    if not rows:
        return {}
    table = table_of(MODELS[kind])
    told = insert_many(session, table, rows, table.c.ref, table.c.id)
    return {row.ref: row.id for row in told}


def insert_many(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], *returning: Column[Any]
) -> Sequence[Row[Any]]:
    """Insert rows that all name the same columns; what `returning` asks for, in no order.

    PostgreSQL is handed one array a column: a bind for every value costs several times as much as the insert itself.
    """
    statement = insert(table)
    if returning:
        statement = statement.returning(*returning)
    if session.get_bind().dialect.name != "postgresql":
        told = session.execute(statement, list(rows)) if returning else session.connection().execute(statement, rows)
        return told.all() if returning else []
    columns: list[Column[Any]] = [table.c[name] for name in rows[0]]
    arrays = [literal([row[column.name] for row in rows], ARRAY(column.type)) for column in columns]
    unnested = func.unnest(*arrays).table_valued(*(column.name for column in columns)).render_derived(name="given")
    told = session.execute(statement.from_select(columns, select(unnested)))
    return told.all() if returning else []


def change(session: Session, table: Table, tenant_id: int, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write new values to rows named by their `id`; every row names the same columns."""
    changes = sorted(rows, key=lambda row: row["id"])
    if changes:
        columns: dict[str, Any] = {name: bindparam(name) for name in changes[0] if name != "id"}
        statement = (
            update(table).where(table.c.id == bindparam("row_id"), table.c.tenant_id == tenant_id).values(columns)
        )
        bound = [{**{k: v for k, v in row.items() if k != "id"}, "row_id": row["id"]} for row in changes]
        session.connection().execute(statement, bound)


def lines_of(session: Session, kind: Kind, document_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """The lines of documents, in their order."""
    table, owner = LINES[kind]
    lines: dict[int, list[Row[Any]]] = {document_id: [] for document_id in document_ids}
    if document_ids:
        for row in session.execute(select(table).where(table.c[owner].in_(document_ids)).order_by(table.c.position)):
            lines[row._mapping[owner]].append(row)
    return lines


def replace_lines(session: Session, kind: Kind, rewritten: Collection[int], lines: Sequence[Mapping[str, Any]]) -> None:
    """Drop the lines of the documents `rewritten`, then insert `lines`, which name their document."""
    table, owner = LINES[kind]
    if rewritten:
        session.execute(delete(table).where(table.c[owner].in_(rewritten)))
    if lines:
        insert_many(session, table, lines)


def paid_sums(session: Session, tenant_id: int, invoice_ids: Collection[int]) -> dict[int, Decimal]:
    """What is paid of each invoice: the sum of its live allocations; invoices without any are left out."""
    if not invoice_ids:
        return {}
    told = session.execute(
        select(ALLOCATIONS.c.invoice_id, func.sum(ALLOCATIONS.c.amount).label("paid"))
        .where(
            ALLOCATIONS.c.tenant_id == tenant_id,
            ALLOCATIONS.c.invoice_id.in_(invoice_ids),
            ALLOCATIONS.c.removed_at.is_(None),
        )
        .group_by(ALLOCATIONS.c.invoice_id)
    )
    return {row.invoice_id: row.paid for row in told}


def allocations_of(session: Session, payment_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """All allocations of payments, removed ones too."""
    found: dict[int, list[Row[Any]]] = {payment_id: [] for payment_id in payment_ids}
    if payment_ids:
        wanted = select(ALLOCATIONS).where(ALLOCATIONS.c.payment_id.in_(payment_ids)).order_by(ALLOCATIONS.c.id)
        for row in session.execute(wanted):
            found[row.payment_id].append(row)
    return found


def add_allocations(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert allocations; their new ids, in no order."""
    return [row.id for row in insert_many(session, ALLOCATIONS, rows, ALLOCATIONS.c.id)] if rows else []


def mark_removed(session: Session, tenant_id: int, ids: Collection[int], at: datetime) -> None:
    """Allocations that count no more but whose removal must still be carried to the books."""
    session.execute(
        update(ALLOCATIONS).where(ALLOCATIONS.c.tenant_id == tenant_id, ALLOCATIONS.c.id.in_(ids)).values(removed_at=at)
    )


def drop_allocations(session: Session, tenant_id: int, ids: Collection[int]) -> None:
    """Allocations that no provider ever heard of."""
    session.execute(delete(ALLOCATIONS).where(ALLOCATIONS.c.tenant_id == tenant_id, ALLOCATIONS.c.id.in_(ids)))


def payments_of(session: Session, tenant_id: int, invoice_id: int) -> list[str]:
    """The refs of payments with money on an invoice."""
    return list(
        session.scalars(
            select(PAYMENTS.c.ref)
            .join(ALLOCATIONS, ALLOCATIONS.c.payment_id == PAYMENTS.c.id)
            .where(
                PAYMENTS.c.tenant_id == tenant_id,
                ALLOCATIONS.c.invoice_id == invoice_id,
                ALLOCATIONS.c.removed_at.is_(None),
            )
            .order_by(PAYMENTS.c.id)
        )
    )


def live_allocations_on(session: Session, tenant_id: int, invoice_id: int) -> list[int]:
    """The ids of the allocations that pay an invoice."""
    return list(
        session.scalars(
            select(ALLOCATIONS.c.id).where(
                ALLOCATIONS.c.tenant_id == tenant_id,
                ALLOCATIONS.c.invoice_id == invoice_id,
                ALLOCATIONS.c.removed_at.is_(None),
            )
        )
    )
