"""Records as pages of lists, and how they stand in the books."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, and_, exists, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledgerport.contract import Kind
from ledgerport.db.models import (
    Allocation,
    Attempt,
    Customer,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    Item,
    Link,
    Payment,
    Run,
    Task,
    TaskState,
)

_SEARCHED: Mapping[Kind, tuple[InstrumentedAttribute[str], ...]] = {
    Kind.CUSTOMER: (Customer.ref, Customer.name, Customer.email),
    Kind.ITEM: (Item.ref, Item.name, Item.sku),
    Kind.INVOICE: (Invoice.ref, Invoice.number),
    Kind.ESTIMATE: (Estimate.ref, Estimate.number),
    Kind.PAYMENT: (Payment.ref, Payment.reference),
}
_OPEN = (TaskState.WAITING, TaskState.SENDING, TaskState.BLOCKED, TaskState.FAILED)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which records a list shows; empty filters let everything pass. `connections`: where `state` is looked at."""

    after: int = 0
    limit: int = 50
    search: str = ""
    status: str = ""
    customer_id: int | None = None
    state: str = ""
    connections: Collection[int] = ()


def one(session: Session, kind: Kind, ref: str) -> Any:
    """A record by ref; None when there is none."""
    model = _model(kind)
    return session.scalars(select(model).where(model.ref == ref)).one_or_none()


def page(session: Session, kind: Kind, wanted: Wanted) -> Sequence[Any]:
    """Records by id, from after `wanted.after`."""
    model = _model(kind)
    query: Select[Any] = select(model).where(model.id > wanted.after).order_by(model.id).limit(wanted.limit)
    if wanted.search:
        query = query.where(or_(*(column.icontains(wanted.search, autoescape=True) for column in _SEARCHED[kind])))
    if wanted.status:
        query = query.where(model.status == wanted.status)
    if wanted.customer_id is not None:
        query = query.where(model.customer_id == wanted.customer_id)
    if kind is Kind.PAYMENT:
        query = query.where(Payment.deleted_at.is_(None))
    if wanted.state:
        query = query.where(_stands(kind, wanted.state, wanted.connections))
    return session.scalars(query).all()


def customer_refs(session: Session, ids: Collection[int]) -> dict[int, str]:
    found = session.execute(select(Customer.id, Customer.ref).where(Customer.id.in_(ids)))
    return {row.id: row.ref for row in found}


def item_refs(session: Session, ids: Collection[int]) -> dict[int, str]:
    found = session.execute(select(Item.id, Item.ref).where(Item.id.in_(ids)))
    return {row.id: row.ref for row in found}


def invoice_refs(session: Session, ids: Collection[int]) -> dict[int, str]:
    found = session.execute(select(Invoice.id, Invoice.ref).where(Invoice.id.in_(ids)))
    return {row.id: row.ref for row in found}


def lines(session: Session, kind: Kind, ids: Collection[int]) -> dict[int, list[Any]]:
    """The lines of documents in their order, by document."""
    line: Any = InvoiceLine if kind is Kind.INVOICE else EstimateLine
    owner = line.invoice_id if kind is Kind.INVOICE else line.estimate_id
    found: dict[int, list[Any]] = {document_id: [] for document_id in ids}
    for row in session.scalars(select(line).where(owner.in_(ids)).order_by(owner, line.position)):
        found[row.invoice_id if kind is Kind.INVOICE else row.estimate_id].append(row)
    return found


def live_allocations(session: Session, payment_ids: Collection[int]) -> dict[int, list[Allocation]]:
    """What each payment pays, by payment."""
    found: dict[int, list[Allocation]] = {payment_id: [] for payment_id in payment_ids}
    query = select(Allocation).where(Allocation.payment_id.in_(payment_ids), Allocation.removed_at.is_(None))
    for row in session.scalars(query.order_by(Allocation.id)):
        found[row.payment_id].append(row)
    return found


def all_allocation_ids(session: Session, payment_id: int) -> list[int]:
    """Every allocation a payment has or had, as far as it is still kept."""
    return list(session.scalars(select(Allocation.id).where(Allocation.payment_id == payment_id)))


def links(session: Session, connections: Collection[int], kind: Kind, ids: Collection[int]) -> Sequence[Link]:
    return session.scalars(
        select(Link).where(Link.connection_id.in_(connections), Link.kind == kind, Link.record_id.in_(ids))
    ).all()


def open_tasks(session: Session, connections: Collection[int], kind: Kind, ids: Collection[int]) -> Sequence[Task]:
    """What is still to be done for records, oldest first."""
    return session.scalars(
        select(Task)
        .where(
            Task.connection_id.in_(connections),
            Task.kind == kind,
            Task.record_id.in_(ids),
            Task.state.in_(_OPEN),
        )
        .order_by(Task.id)
    ).all()


def attempts(
    session: Session, *, kind: Kind | None, ids: Collection[int], run_id: int | None, before: int | None, limit: int
) -> Sequence[Attempt]:
    """Attempts of records, or of a run, newest first."""
    query = select(Attempt).order_by(Attempt.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(Attempt.kind == kind, Attempt.record_id.in_(ids))
    if run_id is not None:
        query = query.where(Attempt.run_id == run_id)
    if before is not None:
        query = query.where(Attempt.id < before)
    return session.scalars(query).all()


def run(session: Session, run_id: int) -> Run | None:
    return session.scalars(select(Run).where(Run.id == run_id)).one_or_none()


def runs(session: Session, *, connections: Collection[int] | None, before: int | None, limit: int) -> Sequence[Run]:
    """Runs, newest first."""
    query = select(Run).order_by(Run.id.desc()).limit(limit)
    if connections is not None:
        query = query.where(Run.connection_id.in_(connections))
    if before is not None:
        query = query.where(Run.id < before)
    return session.scalars(query).all()


def open_tasks_of_run(session: Session, run_id: int) -> int:
    """How many tasks of a run are waiting or being sent."""
    states = (TaskState.WAITING, TaskState.SENDING)
    return len(session.scalars(select(Task.id).where(Task.run_id == run_id, Task.state.in_(states))).all())


def tasks_page(
    session: Session, connection_id: int, *, states: Collection[str], after: int, limit: int
) -> Sequence[Task]:
    """A connection's tasks in certain states, by id."""
    return session.scalars(
        select(Task)
        .where(Task.connection_id == connection_id, Task.state.in_(states), Task.id > after)
        .order_by(Task.id)
        .limit(limit)
    ).all()


def refs_by_kind(session: Session, wanted: Mapping[Kind, Collection[int]]) -> dict[tuple[str, int], tuple[str, str]]:
    """(ref, name people know it by) of records by (kind, record id); for payments by the allocation's id."""
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for kind, ids in wanted.items():
        for row in session.execute(_named(kind, ids)):
            found[kind.value, row.id] = (row.ref, row.name)
    return found


def _named(kind: Kind, ids: Collection[int]) -> Executable:
    if kind is Kind.PAYMENT:
        return (
            select(Allocation.id, Payment.ref, Payment.ref.label("name"))
            .join(Payment, Payment.id == Allocation.payment_id)
            .where(Allocation.id.in_(ids))
        )
    model = _model(kind)
    name = model.name if kind in (Kind.CUSTOMER, Kind.ITEM) else model.number
    return select(model.id, model.ref, name.label("name")).where(model.id.in_(ids))


def _stands(kind: Kind, state: str, connections: Collection[int]) -> ColumnElement[bool]:
    """Records that stand so with at least one of the connections; `synced` and `not_synced` without an open task."""
    model = _model(kind)
    if not connections:
        return false()
    return or_(*(_stands_with(kind, model, state, connection_id) for connection_id in connections))


def _stands_with(kind: Kind, model: Any, state: str, connection_id: int) -> ColumnElement[bool]:
    def of(column: Any) -> ColumnElement[bool]:
        if kind is not Kind.PAYMENT:
            matches: ColumnElement[bool] = column == model.id
            return matches
        live = select(Allocation.id).where(Allocation.payment_id == model.id, Allocation.removed_at.is_(None))
        among: ColumnElement[bool] = column.in_(live.correlate(model))
        return among

    def task(*states: str) -> ColumnElement[bool]:
        return exists().where(
            Task.connection_id == connection_id, Task.kind == kind, of(Task.record_id), Task.state.in_(states)
        )

    def link(*more: Any) -> ColumnElement[bool]:
        return exists().where(Link.connection_id == connection_id, Link.kind == kind, of(Link.record_id), *more)

    if state == "synced":
        return and_(link(~Link.gone), ~task(*_OPEN))
    if state == "not_synced":
        return and_(~link(), ~task(*_OPEN))
    if state == "gone":
        return link(Link.gone)
    return task(state)


def _model(kind: Kind) -> Any:
    return {
        Kind.CUSTOMER: Customer,
        Kind.ITEM: Item,
        Kind.INVOICE: Invoice,
        Kind.ESTIMATE: Estimate,
        Kind.PAYMENT: Payment,
    }[kind]
