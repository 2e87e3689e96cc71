"""A tenant's records as they should stand in one company's books: what a comparison with the provider's ledger needs.

One short row per record, without lines: twenty thousand invoices fit into a few megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledgerport.contract import Kind
from ledgerport.db.models import (
    Allocation,
    Connection,
    Customer,
    DocumentStatus,
    Estimate,
    Invoice,
    Item,
    Link,
    NameClaim,
    Payment,
    Task,
    TaskState,
)
from ledgerport.services.context import Hub
from ledgerport.services.rejections import NotFound

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksRow:
    """One record (of a payment: one allocation, since each becomes a payment of its own over there).

    `due`: it should be in the books. `amount`: an item's price, a document's total, what was applied. `invoice_id` is
    set for payments, `tax` for documents. `remote_id` is empty where nothing is linked; `reason` then says why.
    """

    kind: Kind
    id: int
    ref: str
    name: str
    remote_id: str
    due: bool = True
    amount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    on: date | None = None
    customer_id: int = 0
    invoice_id: int = 0
    reason: str = ""


def list_books(hub: Hub, *, tenant_id: int, connection_id: int) -> list[BooksRow]:
    """Every record of the tenant, customers first, payments last. Raises NotFound for another tenant's connection."""
    with hub.database.tenant(tenant_id, read=True) as session:
        if session.get(Connection, connection_id) is None:
            raise NotFound(f"There is no connection {connection_id}.")
        books = _Books(session, connection_id)
        return [
            *books.customers(),
            *books.items(),
            *books.documents(Kind.ESTIMATE, Estimate),
            *books.documents(Kind.INVOICE, Invoice),
            *books.payments(),
        ]


class _Books:
    """The rows of one connection, read in one transaction."""

    def __init__(self, session: Session, connection_id: int) -> None:
        self._session = session
        self._connection_id = connection_id
        held = select(Task.kind, Task.record_id, Task.reason).where(
            Task.connection_id == connection_id, Task.state.in_((TaskState.BLOCKED, TaskState.FAILED))
        )
        self._reasons = {(row.kind, row.record_id): row.reason for row in session.execute(held)}
        claims = select(NameClaim.kind, NameClaim.record_id, NameClaim.name).where(
            NameClaim.connection_id == connection_id
        )
        # The name it was sent under: cleaned, and told apart from its namesakes.
        self._names = {(row.kind, row.record_id): row.name for row in session.execute(claims)}

    def customers(self) -> Iterator[BooksRow]:
        for row in self._read(Kind.CUSTOMER, Customer.id, Customer.ref, Customer.name):
            yield BooksRow(kind=Kind.CUSTOMER, **self._head(Kind.CUSTOMER, row, row.name))

    def items(self) -> Iterator[BooksRow]:
        for row in self._read(Kind.ITEM, Item.id, Item.ref, Item.name, Item.price):
            yield BooksRow(kind=Kind.ITEM, amount=row.price, **self._head(Kind.ITEM, row, row.name))

    def documents(self, kind: Kind, model: type[Invoice] | type[Estimate]) -> Iterator[BooksRow]:
        columns = (model.id, model.ref, model.number, model.total, model.tax, model.issued_on, model.customer_id)
        for row in self._read(kind, *columns, model.status):
            yield BooksRow(
                kind=kind,
                due=row.status == DocumentStatus.SENT,
                amount=row.total,
                tax=row.tax,
                on=row.issued_on,
                customer_id=row.customer_id,
                **self._head(kind, row, row.number),
            )

    def payments(self) -> Iterator[BooksRow]:
        columns = (Allocation.id, Allocation.invoice_id, Allocation.amount, Allocation.removed_at)
        more = (Payment.ref, Payment.paid_on, Payment.customer_id, Payment.deleted_at)
        statement = self._linked(Kind.PAYMENT, *columns, *more).join(Payment, Payment.id == Allocation.payment_id)
        for row in self._session.execute(statement.execution_options(yield_per=_AT_ONCE)):
            yield BooksRow(
                kind=Kind.PAYMENT,
                due=row.removed_at is None and row.deleted_at is None,
                amount=row.amount,
                on=row.paid_on,
                customer_id=row.customer_id,
                invoice_id=row.invoice_id,
                **self._head(Kind.PAYMENT, row, row.ref),
            )

    def _read(self, kind: Kind, *columns: InstrumentedAttribute[Any]) -> Iterator[Any]:
        yield from self._session.execute(self._linked(kind, *columns).execution_options(yield_per=_AT_ONCE))

    def _linked(self, kind: Kind, record_id: InstrumentedAttribute[Any], *columns: InstrumentedAttribute[Any]) -> Any:
        link = and_(Link.connection_id == self._connection_id, Link.kind == kind, Link.record_id == record_id)
        return select(record_id, *columns, Link.remote_id).outerjoin(Link, link).order_by(record_id)

    def _head(self, kind: Kind, row: Any, name: str) -> dict[str, Any]:
        return {
            "id": row.id,
            "ref": row.ref,
            "name": self._names.get((kind, row.id), name),
            "remote_id": row.remote_id or "",
            "reason": self._reasons.get((kind, row.id), ""),
        }
