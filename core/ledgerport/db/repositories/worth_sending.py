"""Which records belong into a company's books and are not there as they are now."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Table, and_, exists, literal, or_, select

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, DocumentStatus, Link, Mark, Task, TaskState
from ledgerport.db.repositories import sync_marks
from ledgerport.db.repositories.records import ALLOCATIONS, CUSTOMERS, ESTIMATES, INVOICES, ITEMS, PAYMENTS, table_of

CONNECTIONS, LINKS, TASKS = (table_of(model) for model in (Connection, Link, Task))
# What a task's record_id names: for payments the allocation.
SOURCES: Mapping[Kind, Table] = {
    Kind.CUSTOMER: CUSTOMERS,
    Kind.ITEM: ITEMS,
    Kind.INVOICE: INVOICES,
    Kind.ESTIMATE: ESTIMATES,
    Kind.PAYMENT: ALLOCATIONS,
}


def worth_sending(kind: Kind) -> ColumnElement[bool]:
    """Which records, beside their connection, are not in its books yet, or were changed since they got there; those
    that a person left out are not."""
    record = SOURCES[kind]
    current = exists().where(
        LINKS.c.connection_id == CONNECTIONS.c.id,
        LINKS.c.kind == kind,
        LINKS.c.record_id == record.c.id,
        _is_current(kind),
    )
    under_way = exists().where(
        TASKS.c.connection_id == CONNECTIONS.c.id,
        TASKS.c.kind == kind,
        TASKS.c.record_id == record.c.id,
        TASKS.c.state == TaskState.SENDING,
    )
    return and_(_eligible(kind), ~current, ~under_way, ~marked(kind, Mark.SKIPPED), ~marked(kind, Mark.LET_GO))


def worth_sending_as_sets(kind: Kind, connection_id: int) -> ColumnElement[bool]:
    """The same for one connection, without asking about every record in turn: of 100,000 records SQLite finds out in a
    third of the time. Without CONNECTIONS beside the record."""
    record, marks = SOURCES[kind], sync_marks.MARKS
    current = (
        select(LINKS.c.record_id)
        .join(record, record.c.id == LINKS.c.record_id)
        .where(LINKS.c.connection_id == connection_id, LINKS.c.kind == kind, _is_current(kind))
    )
    under_way = select(TASKS.c.record_id).where(
        TASKS.c.connection_id == connection_id, TASKS.c.kind == kind, TASKS.c.state == TaskState.SENDING
    )
    left_out = select(marks.c.record_id).where(
        marks.c.connection_id == connection_id,
        marks.c.kind == kind,
        marks.c.what.in_((Mark.SKIPPED, Mark.LET_GO)),
    )
    # The record within is not the one outside.
    sets = [record.c.id.not_in(one.correlate(None)) for one in (current, under_way, left_out)]
    return and_(_eligible(kind), *sets)


def _eligible(kind: Kind) -> ColumnElement[bool]:
    """Records that belong into any books at all."""
    record = SOURCES[kind]
    if kind is Kind.PAYMENT:
        return record.c.removed_at.is_(None)
    if kind is Kind.ITEM:
        # One that stands in goes where a document needs it, and nowhere else.
        return record.c.stand_in.is_(False)
    return record.c.status == DocumentStatus.SENT if "status" in record.c else literal(True)


def _is_current(kind: Kind) -> ColumnElement[bool]:
    """Links whose record has not changed since it got there; what was deleted over there is for a person to decide."""
    record = SOURCES[kind]
    if kind is not Kind.PAYMENT:
        return or_(LINKS.c.gone, LINKS.c.synced_at >= record.c.updated_at)
    # Said outright: two levels down the record would be taken for all records, and so the payment for any payment.
    paid = select(PAYMENTS.c.updated_at).where(PAYMENTS.c.id == record.c.payment_id).correlate(record)
    return or_(LINKS.c.gone, LINKS.c.synced_at >= paid.scalar_subquery())


def marked(kind: Kind, mark: Mark) -> ColumnElement[bool]:
    """Records of which a person said so, on the connection beside them."""
    return exists().where(
        sync_marks.MARKS.c.connection_id == CONNECTIONS.c.id,
        sync_marks.MARKS.c.kind == kind,
        sync_marks.MARKS.c.record_id == SOURCES[kind].c.id,
        sync_marks.MARKS.c.what == mark,
    )
