"""Tasks that wait for a person or failed: what there is, by reason, and one of them to act on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Allocation, Customer, Estimate, Invoice, Item, Payment, Task, TaskState

# Written out, not bound: only then does a database see that the partial index fits.
_STUCK = Task.state.in_((literal_column("'blocked'"), literal_column("'failed'")))
_OPEN = (TaskState.WAITING, TaskState.BLOCKED, TaskState.FAILED)


class Alike(NamedTuple):
    """How many tasks of a connection are stuck for the same reason."""

    connection_id: int
    reason_code: str
    tasks: int


def groups(session: Session, connections: Collection[int]) -> list[Alike]:
    """What is stuck, by connection and reason, the largest group first."""
    count = func.count()
    told = session.execute(
        select(Task.connection_id, Task.reason_code, count.label("tasks"))
        .where(Task.connection_id.in_(connections), _STUCK)
        .group_by(Task.connection_id, Task.reason_code)
        .order_by(count.desc(), Task.connection_id, Task.reason_code)
    )
    return [Alike(row.connection_id, row.reason_code, row.tasks) for row in told]


def page(session: Session, connection_id: int, reason_code: str, *, after: int, limit: int) -> Sequence[Task]:
    """The tasks of one group, by id."""
    wanted = (Task.connection_id == connection_id, Task.reason_code == reason_code, Task.id > after)
    return session.scalars(select(Task).where(*wanted, _STUCK).order_by(Task.id).limit(limit)).all()


def of_record(session: Session, connections: Collection[int], kind: Kind, ids: Collection[int]) -> Sequence[Task]:
    """What is stuck of one record."""
    wanted = (Task.connection_id.in_(connections), Task.kind == kind, Task.record_id.in_(ids))
    return session.scalars(select(Task).where(*wanted, _STUCK).order_by(Task.id)).all()


def one(session: Session, task_id: int) -> Task | None:
    """A task as it is now, whatever was known of it before."""
    query = select(Task).where(Task.id == task_id).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def open_of_record(session: Session, connection_id: int, kind: Kind, record_id: int) -> Sequence[Task]:
    """What is still to be done for a record on a connection, also what is being sent."""
    wanted = (Task.connection_id == connection_id, Task.kind == kind, Task.record_id == record_id)
    return session.scalars(select(Task).where(*wanted, Task.state.in_((*_OPEN, TaskState.SENDING)))).all()


def close(session: Session, task_ids: Collection[int], now: datetime) -> None:
    """These are not wanted any more."""
    done = {"state": TaskState.DONE, "reason_code": "", "reason": "", "reason_data": {}, "blocked_on": ""}
    session.execute(
        update(Task)
        .where(Task.id.in_(task_ids), Task.state.in_(_OPEN))
        .values(**done, force=False, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def is_task(task_id: int) -> ColumnElement[bool]:
    """Meant for `open_work.wake_stuck`: this one."""
    return Task.id == task_id


def is_alike(reason_code: str) -> ColumnElement[bool]:
    """Meant for `open_work.wake_stuck`: all that are stuck for this reason."""
    return Task.reason_code == reason_code


def changed_at(session: Session, kind: Kind, record_id: int) -> datetime | None:
    """When a record was last changed here."""
    if kind is Kind.PAYMENT:
        query = select(Payment.updated_at).join(Allocation, Allocation.payment_id == Payment.id)
        return session.scalars(query.where(Allocation.id == record_id)).one_or_none()
    model = _MODELS[kind]
    return session.scalars(select(model.updated_at).where(model.id == record_id)).one_or_none()


def named(session: Session, kind: Kind, name: str, but: int) -> str | None:
    """The ref of another customer or item of this very name, written in any case."""
    model = _MODELS[kind]
    query = select(model.ref).where(func.lower(model.name) == func.lower(name), model.id != but).limit(1)
    found: str | None = session.scalars(query).first()
    return found


def columns(session: Session, kind: Kind, record_id: int) -> Any:
    """A customer, item, invoice or estimate by our own id."""
    return session.get(_MODELS[kind], record_id)


_MODELS: dict[Kind, Any] = {
    Kind.CUSTOMER: Customer,
    Kind.ITEM: Item,
    Kind.INVOICE: Invoice,
    Kind.ESTIMATE: Estimate,
}
