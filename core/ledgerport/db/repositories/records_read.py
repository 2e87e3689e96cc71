"""Records as pages of lists, and how they stand in the books."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    String,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

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
from ledgerport.db.repositories.naming import payment_name

_SEARCHED: Mapping[Kind, tuple[InstrumentedAttribute[str], ...]] = {
    Kind.CUSTOMER: (Customer.ref, Customer.name, Customer.email),
    Kind.ITEM: (Item.ref, Item.name, Item.sku),
    Kind.INVOICE: (Invoice.ref, Invoice.number),
    Kind.ESTIMATE: (Estimate.ref, Estimate.number),
    Kind.PAYMENT: (Payment.ref, Payment.reference),
}
# What documents are listed by, newest first; customers and items go by their names.
_DATED: Mapping[Kind, InstrumentedAttribute[date]] = {
    Kind.INVOICE: Invoice.issued_on,
    Kind.ESTIMATE: Estimate.issued_on,
    Kind.PAYMENT: Payment.paid_on,
}
# As their indexes have it, written out: a database does not see that an index fits an expression with bound values.
_BY_NAME: Mapping[Kind, ColumnElement[str]] = {
    kind: literal_column(f"lower(substr({kind}s.name, 1, 100))", String()) for kind in (Kind.CUSTOMER, Kind.ITEM)
}
# Written out: SQLite compares a boolean column with 1, and then does not see that the partial index fits.
_IS_GONE: ColumnElement[bool] = literal_column("links.gone")
_OPEN = (TaskState.WAITING, TaskState.SENDING, TaskState.BLOCKED, TaskState.FAILED)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which records a list shows; empty filters let everything pass. `connections`: where `state` is looked at.

    `for_people`: documents by date, newest first, customers and items by name; else all by id. `after` is the last
    record of the page before, whatever the order. `since` and `until` are a document's or payment's days.
    """

    after: int = 0
    limit: int = 50
    search: str = ""
    status: str = ""
    customer_id: int | None = None
    state: str = ""
    connections: Collection[int] = ()
    since: date | None = None
    until: date | None = None
    for_people: bool = False


def one(session: Session, kind: Kind, ref: str) -> Any:
    """A record by ref; None when there is none."""
    model = _model(kind)
    return session.scalars(select(model).where(model.ref == ref)).one_or_none()


def page(session: Session, kind: Kind, wanted: Wanted) -> Sequence[Any]:
    """Records from after `wanted.after`."""
    model = _model(kind)
    query = _passing(session, kind, wanted).limit(wanted.limit)
    if not wanted.for_people:
        return session.scalars(query.where(model.id > wanted.after).order_by(model.id)).all()
    newest_first = kind in _DATED
    by: ColumnElement[Any] | InstrumentedAttribute[Any] = _DATED[kind] if newest_first else _BY_NAME[kind]
    if wanted.after:
        anchor = session.scalar(select(by).where(model.id == wanted.after))
        if anchor is None:
            return []
        place, last = tuple_(by, model.id), (anchor, wanted.after)
        query = query.where(place < last if newest_first else place > last)
    order = (by.desc(), model.id.desc()) if newest_first else (by, model.id)
    return session.scalars(query.order_by(*order)).all()


def count(session: Session, kind: Kind, wanted: Wanted) -> int:
    """How many records pass the filters."""
    return session.scalar(select(func.count()).select_from(_passing(session, kind, wanted).subquery())) or 0


def _passing(session: Session, kind: Kind, wanted: Wanted) -> Select[Any]:
    model = _model(kind)
    query: Select[Any] = select(model)
    if wanted.search:
        query = query.where(_found(kind, wanted.search))
    if wanted.status:
        query = query.where(model.status == wanted.status)
    if wanted.customer_id is not None:
        query = query.where(model.customer_id == wanted.customer_id)
    if kind is Kind.PAYMENT:
        query = query.where(Payment.deleted_at.is_(None))
    if kind is Kind.ITEM:
        query = query.where(Item.stand_in.is_(False))
    if kind in _DATED and wanted.since is not None:
        query = query.where(_DATED[kind] >= wanted.since)
    if kind in _DATED and wanted.until is not None:
        query = query.where(_DATED[kind] <= wanted.until)
    if wanted.state:
        query = query.where(_stands(session, kind, wanted.state, wanted.connections))
    return query


def _found(kind: Kind, search: str) -> ColumnElement[bool]:
    """Records that have the words somewhere; documents and payments also by their customer."""
    ways = [column.icontains(search, autoescape=True) for column in _SEARCHED[kind]]
    if kind in _DATED:
        names = (column.icontains(search, autoescape=True) for column in (Customer.name, Customer.email))
        ways.append(_model(kind).customer_id.in_(select(Customer.id).where(or_(*names))))
    return or_(*ways)


def customer_names(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """(ref, name) by id."""
    found = session.execute(select(Customer.id, Customer.ref, Customer.name).where(Customer.id.in_(ids)))
    return {row.id: (row.ref, row.name) for row in found}


def item_names(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """(ref, name) by id."""
    found = session.execute(select(Item.id, Item.ref, Item.name).where(Item.id.in_(ids)))
    return {row.id: (row.ref, row.name) for row in found}


def invoice_numbers(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """(ref, number) by id."""
    found = session.execute(select(Invoice.id, Invoice.ref, Invoice.number).where(Invoice.id.in_(ids)))
    return {row.id: (row.ref, row.number) for row in found}


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


def allocations_on(session: Session, invoice_id: int) -> Sequence[Any]:
    """(allocation, its payment) of what pays an invoice, newest first."""
    return session.execute(
        select(Allocation, Payment)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.invoice_id == invoice_id, Allocation.removed_at.is_(None))
        .order_by(Payment.paid_on.desc(), Allocation.id.desc())
    ).all()


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
            payment = kind is Kind.PAYMENT
            name = payment_name(row.amount, row.currency, row.paid_on) if payment else row.name
            found[kind.value, row.id] = (row.ref, name)
    return found


def _named(kind: Kind, ids: Collection[int]) -> Executable:
    if kind is Kind.PAYMENT:
        return (
            select(Allocation.id, Allocation.amount, Payment.ref, Payment.currency, Payment.paid_on)
            .join(Payment, Payment.id == Allocation.payment_id)
            .where(Allocation.id.in_(ids))
        )
    model = _model(kind)
    name = model.name if kind in (Kind.CUSTOMER, Kind.ITEM) else model.number
    return select(model.id, model.ref, name.label("name")).where(model.id.in_(ids))


def _stands(session: Session, kind: Kind, state: str, connections: Collection[int]) -> ColumnElement[bool]:
    """Records that stand so with at least one of the connections; `synced` and `not_synced` without an open task."""
    if not connections:
        return false()
    if state == "gone":
        return _these(session, kind, Link, Link.connection_id.in_(connections), _IS_GONE)
    if state not in ("synced", "not_synced"):
        return _these(session, kind, Task, Task.connection_id.in_(connections), Task.state == state)
    model = _model(kind)
    if session.get_bind().dialect.name == "sqlite" or len(connections) == 1 or state == "synced":
        return or_(*(_settled(session, kind, model, state, connection_id) for connection_id in connections))
    # PostgreSQL makes no joins of what stands beside an OR, and looks long for what is rarely there.
    other: Any = aliased(model)
    each = [select(other.id).where(_settled(session, kind, other, state, its)) for its in connections]
    anywhere: ColumnElement[bool] = model.id.in_(union_all(*each))
    return anywhere


def _settled(session: Session, kind: Kind, record: Any, state: str, connection_id: int) -> ColumnElement[bool]:
    """Records with nothing left to do on a connection, that are in its books (`synced`) or are not (`not_synced`)."""
    there = Link.connection_id == connection_id
    open_there = _these(session, kind, Task, Task.connection_id == connection_id, Task.state.in_(_OPEN), record=record)
    if state == "synced":
        return and_(_these(session, kind, Link, there, ~Link.gone, record=record), ~open_there)
    return and_(~_these(session, kind, Link, there, record=record), ~open_there)


def _these(
    session: Session, kind: Kind, of: type[Link] | type[Task], *which: ColumnElement[bool], record: Any = None
) -> ColumnElement[bool]:
    """Records that such links or tasks are about; a payment by one of its allocations.

    As a set on SQLite: a question for every record in turn takes a second where there are 100,000. PostgreSQL makes
    joins of such questions, but goes through a set that outgrows its memory again for every record.
    """
    record = record or _model(kind)
    about: Select[Any] = select(of.record_id).where(of.kind == kind, *which)
    if kind is Kind.PAYMENT:
        about = select(Allocation.payment_id).where(Allocation.id.in_(about), Allocation.removed_at.is_(None))
    if session.get_bind().dialect.name == "sqlite":
        among: ColumnElement[bool] = record.id.in_(about)
        return among
    these = about.subquery()
    return exists().where(these.c[0] == record.id)


def _model(kind: Kind) -> Any:
    return {
        Kind.CUSTOMER: Customer,
        Kind.ITEM: Item,
        Kind.INVOICE: Invoice,
        Kind.ESTIMATE: Estimate,
        Kind.PAYMENT: Payment,
    }[kind]
