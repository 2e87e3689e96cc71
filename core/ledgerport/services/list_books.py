"""A tenant's records as they should stand in one company's books: what a comparison with the provider's ledger needs.

One short row per record, without lines: twenty thousand invoices fit into a few megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledgerport.contract import Kind, NameRules, clean_name
from ledgerport.db.models import (
    Allocation,
    Connection,
    Customer,
    DocumentStatus,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Item,
    Link,
    NameClaim,
    Payment,
    Task,
    TaskState,
)
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import terms_of
from ledgerport.services.rejections import NotFound

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksRow:
    """One record (of a payment: one allocation, since each becomes a payment of its own over there).

    `name` is the one it has over there: cleaned to the provider's rules. `due`: it should be in the books. `amount`: an
    item's price, a document's total, what was applied. `invoice_id` is set for payments, `tax` and `lines` (how many)
    for documents. `variance` is what the hub noted when it was last sent: the provider's total less ours, zero where
    they agree. `remote_id` is empty where nothing is linked; `reason` then says why.
    """

    kind: Kind
    id: int
    ref: str
    name: str
    remote_id: str
    due: bool = True
    amount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    lines: int = 0
    variance: Decimal = Decimal(0)
    on: date | None = None
    customer_id: int = 0
    invoice_id: int = 0
    reason: str = ""


def list_books(hub: Hub, *, tenant_id: int, connection_id: int) -> list[BooksRow]:
    """Every record of the tenant, customers first, payments last. Raises NotFound for another tenant's connection."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = session.get(Connection, connection_id)
        if connection is None:
            raise NotFound(f"There is no connection {connection_id}.")
        terms = terms_of(hub, connection.provider)
        rules = {kind: its.name for kind, its in terms.kinds.items() if its.name is not None} if terms else {}
        books = _Books(session, connection_id, rules)
        return [
            *books.customers(),
            *books.items(),
            *books.documents(Kind.ESTIMATE, Estimate, EstimateLine.estimate_id),
            *books.documents(Kind.INVOICE, Invoice, InvoiceLine.invoice_id),
            *books.payments(),
        ]


class _Books:
    """The rows of one connection, read in one transaction."""

    def __init__(self, session: Session, connection_id: int, rules: Mapping[Kind, NameRules]) -> None:
        self._session = session
        self._connection_id = connection_id
        self._rules = rules
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
        for row in self._read(Kind.ITEM, Item.id, Item.ref, Item.name, Item.price, Item.stand_in):
            # The item that stands in for lines without one is only where such lines went.
            due = not row.stand_in or bool(row.remote_id)
            yield BooksRow(kind=Kind.ITEM, due=due, amount=row.price, **self._head(Kind.ITEM, row, row.name))

    def documents(
        self, kind: Kind, model: type[Invoice] | type[Estimate], parent: InstrumentedAttribute[int]
    ) -> Iterator[BooksRow]:
        lines = {row[0]: row[1] for row in self._session.execute(select(parent, func.count()).group_by(parent))}
        columns = (model.id, model.ref, model.number, model.total, model.tax, model.issued_on, model.customer_id)
        for row in self._read(kind, *columns, model.status):
            yield BooksRow(
                kind=kind,
                due=row.status == DocumentStatus.SENT,
                amount=row.total,
                tax=row.tax,
                lines=lines.get(row.id, 0),
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
        return select(record_id, *columns, Link.remote_id, Link.variance).outerjoin(Link, link).order_by(record_id)

    def _head(self, kind: Kind, row: Any, name: str) -> dict[str, Any]:
        return {
            "id": row.id,
            "ref": row.ref,
            "name": self._names.get((kind, row.id)) or self._cleaned(kind, name),
            "remote_id": row.remote_id or "",
            "variance": row.variance or Decimal(0),
            "reason": self._reasons.get((kind, row.id), ""),
        }

    def _cleaned(self, kind: Kind, name: str) -> str:
        """As it is sent where no name is claimed: namesakes are no trouble there, or it was not sent yet."""
        rules = self._rules.get(kind)
        return clean_name(name, rules) if rules is not None else name
