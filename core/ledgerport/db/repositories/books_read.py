"""A tenant's records beside their links on one connection, for the books report: short rows, no lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, false, func, not_, or_, select, true
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import (
    Allocation,
    Customer,
    DocumentStatus,
    Estimate,
    Invoice,
    Item,
    Link,
    Mark,
    Payment,
    SyncMark,
    Task,
    TaskState,
)

_AT_ONCE = 5000
_LINK = (Link.remote_id, Link.remote_total, Link.variance, Link.gone, Link.synced_at)


@dataclass(frozen=True, kw_only=True)
class Span:
    """The days looked at; open at an end that is None."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: Any) -> Any:
        ends = [*([day >= self.first] if self.first else []), *([day <= self.last] if self.last else [])]
        return and_(true(), *ends)


def agreeing(session: Session, connection_id: int, kind: Kind, span: Span, currency: str) -> Iterator[Any]:
    """How many invoices or estimates of each day are in the books with the very total they have here, and their sum.

    Most are; a database adds them up many times faster than we look at each.
    """
    model = Invoice if kind is Kind.INVOICE else Estimate
    query = select(model.issued_on, func.count().label("documents"), func.sum(model.total).label("total"))
    query = query.join(Link, _of(connection_id, kind, model.id)).where(span.holds(model.issued_on))
    query = query.where(model.status == DocumentStatus.SENT, model.currency == currency, _same(model))
    yield from session.execute(query.group_by(model.issued_on))


def _same(model: type[Invoice] | type[Estimate]) -> Any:
    return and_(Link.gone.is_(False), Link.remote_total.is_not(None), Link.remote_total == model.total)


def differing(session: Session, connection_id: int, kind: Kind, span: Span, currency: str) -> Iterator[Any]:
    """All other invoices or estimates of a span that count or are linked, with their links."""
    model = Invoice if kind is Kind.INVOICE else Estimate
    query: Any = select(
        model.id,
        model.ref,
        model.number,
        model.issued_on,
        model.status,
        model.currency,
        model.total,
        model.updated_at,
        *_LINK,
    )
    query = query.outerjoin(Link, _of(connection_id, kind, model.id)).where(span.holds(model.issued_on))
    query = query.where(or_(model.status == DocumentStatus.SENT, Link.id.is_not(None)))
    same = and_(model.status == DocumentStatus.SENT, model.currency == currency, Link.id.is_not(None), _same(model))
    query = query.where(not_(func.coalesce(same, false())))
    yield from session.execute(query.order_by(model.issued_on, model.id).execution_options(yield_per=_AT_ONCE))


def payments(session: Session, connection_id: int, span: Span) -> Iterator[Any]:
    """Allocations by the day of their payment, with their links."""
    query: Any = select(
        Allocation.id,
        Allocation.amount,
        Allocation.removed_at,
        Payment.id.label("payment_id"),
        Payment.ref,
        Payment.paid_on,
        Payment.currency,
        Payment.deleted_at,
        Payment.updated_at,
        Payment.amount.label("received"),
        Invoice.number.label("invoice"),
        Invoice.ref.label("invoice_ref"),
        *_LINK,
    )
    query = query.select_from(Payment).outerjoin(Allocation, Allocation.payment_id == Payment.id)
    query = query.outerjoin(Invoice, Invoice.id == Allocation.invoice_id)
    query = query.outerjoin(Link, _of(connection_id, Kind.PAYMENT, Allocation.id)).where(span.holds(Payment.paid_on))
    yield from session.execute(query.order_by(Payment.paid_on, Payment.id, Allocation.id))


def count_linked(session: Session, connection_id: int, kind: Kind) -> int:
    """How many customers or items are in the books."""
    query = select(func.count()).where(Link.connection_id == connection_id, Link.kind == kind, Link.gone.is_(False))
    return session.scalar(query) or 0


def names(session: Session, connection_id: int, kind: Kind, *, linked: bool) -> Iterator[Any]:
    """Customers or items with their links; without `linked` only those that are not in the books."""
    model = Customer if kind is Kind.CUSTOMER else Item
    query: Any = select(model.id, model.ref, model.name, model.updated_at, *_LINK)
    query = query.outerjoin(Link, _of(connection_id, kind, model.id)).order_by(model.id)
    if not linked:
        query = query.where(or_(Link.id.is_(None), Link.gone))
    if kind is Kind.ITEM:
        query = query.where(or_(Item.stand_in.is_(False), Link.id.is_not(None)))
    yield from session.execute(query.execution_options(yield_per=_AT_ONCE))


def linked_ids(session: Session, connection_id: int, kind: Kind) -> set[str]:
    """The provider's ids of all that is linked."""
    return set(session.scalars(select(Link.remote_id).where(Link.connection_id == connection_id, Link.kind == kind)))


def reasons(session: Session, connection_id: int) -> Mapping[tuple[str, int], str]:
    """Why records are not in the books as they are here: what waits, is held back, or was left out by a person."""
    told: dict[tuple[str, int], str] = {}
    marks = select(SyncMark.kind, SyncMark.record_id, SyncMark.what).where(
        SyncMark.connection_id == connection_id, SyncMark.what.in_((Mark.SKIPPED, Mark.LET_GO))
    )
    for row in session.execute(marks):
        told[str(row.kind), row.record_id] = (
            "A person chose to skip it." if row.what == Mark.SKIPPED else "A person chose not to sync it any more."
        )
    tasks = select(Task.kind, Task.record_id, Task.state, Task.reason).where(
        Task.connection_id == connection_id, Task.state != TaskState.DONE
    )
    for task in session.execute(tasks):
        told[str(task.kind), task.record_id] = task.reason or "It is on its way."
    return told


def years(session: Session) -> list[int]:
    """The years there are documents or payments of, newest first."""
    days = [
        session.execute(select(func.min(day), func.max(day))).one()
        for day in (Invoice.issued_on, Estimate.issued_on, Payment.paid_on)
    ]
    found = [(row[0], row[1]) for row in days if row[0] is not None and row[1] is not None]
    if not found:
        return []
    return list(range(max(last.year for _, last in found), min(first.year for first, _ in found) - 1, -1))


def _of(connection_id: int, kind: Kind, record_id: Any) -> Any:
    return and_(Link.connection_id == connection_id, Link.kind == kind, Link.record_id == record_id)
