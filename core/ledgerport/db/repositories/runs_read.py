"""Runs under way, and what of the records is not in the books yet: figures for the console."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, Op, Run, Task, TaskState
from ledgerport.db.repositories.worth_sending import SOURCES, worth_sending, worth_sending_as_sets

# The reason code of a task whose request got no answer that told what became of it.
UNKNOWN_OUTCOME = "unknown_outcome"
_PENDING = (TaskState.WAITING, TaskState.SENDING)


def running(session: Session, connection_id: int) -> Run | None:
    """The run to show while it goes: one that a person asked for before the automatic one, the newest first."""
    query = select(Run).where(Run.connection_id == connection_id, Run.state == "running")
    asked_first = (Run.trigger == "automatic").asc()
    return session.scalars(query.order_by(asked_first, Run.id.desc()).limit(1)).first()


def just_asked(session: Session, connection_id: int, requested_by: str, since: datetime) -> Run | None:
    """A run that the same person asked for since a moment, and that is not over."""
    return session.scalars(
        select(Run)
        .where(
            Run.connection_id == connection_id,
            Run.state == "running",
            Run.trigger == "click",
            Run.requested_by == requested_by,
            Run.started_at >= since,
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).first()


def asked_for(
    session: Session, connection_id: int, requested_by: str, since: datetime, kind: Kind, record_ids: Collection[int]
) -> Run | None:
    """A run that the same person asked for since a moment, and that sends or sent one of these records."""
    return session.scalars(
        select(Run)
        .join(Task, Task.run_id == Run.id)
        .where(
            Run.connection_id == connection_id,
            Run.trigger == "click",
            Run.requested_by == requested_by,
            Run.started_at >= since,
            Task.connection_id == connection_id,
            Task.kind == kind,
            Task.record_id.in_(record_ids),
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).first()


def pending(session: Session, run: Run) -> dict[Kind, int]:
    """How many records of a run are waiting or being sent, by kind; of an automatic one: all that nobody asked for."""
    of_run = Task.run_id == run.id
    if run.trigger == "automatic":
        of_run = or_(of_run, Task.run_id.is_(None))
    told = session.execute(
        select(Task.kind, func.count().label("tasks"))
        .where(Task.connection_id == run.connection_id, Task.state.in_(_PENDING), of_run)
        .group_by(Task.kind)
    )
    return {Kind(row.kind): row.tasks for row in told}


def moving(
    session: Session,
    connections: Collection[int],
    until: datetime,
    records: tuple[Kind, Collection[int]] | None = None,
) -> int:
    """How many tasks of connections are being sent, or are due before `until`; of certain records alone."""
    going = or_(Task.state == TaskState.SENDING, and_(Task.state == TaskState.WAITING, Task.due_at <= until))
    query = select(func.count()).select_from(Task).where(Task.connection_id.in_(connections), going)
    if records is not None:
        query = query.where(Task.kind == records[0], Task.record_id.in_(records[1]))
    return session.scalar(query) or 0


def unknown(session: Session, connection_id: int) -> int:
    """How many records of a connection were sent without an answer that says what became of them."""
    wanted = (Task.connection_id == connection_id, Task.state == TaskState.SENDING, Task.reason_code == UNKNOWN_OUTCOME)
    return session.scalar(select(func.count()).select_from(Task).where(*wanted)) or 0


def waiting_reason(session: Session, connection_id: int) -> str:
    """Why what was tried last waits, in the user's words; empty when nothing was tried."""
    query = select(Task.reason).where(
        Task.connection_id == connection_id, Task.state == TaskState.WAITING, Task.reason != ""
    )
    return session.scalars(query.order_by(Task.updated_at.desc()).limit(1)).first() or ""


def still_to_go(session: Session, connection_id: int) -> dict[Kind, int]:
    """How many records of each kind are to be sent and are not being sent just now, held back ones too."""
    states = (TaskState.WAITING, TaskState.BLOCKED, TaskState.FAILED)
    told = session.execute(
        select(Task.kind, func.count().label("tasks"))
        .where(Task.connection_id == connection_id, Task.state.in_(states), Task.op == Op.PUSH)
        .group_by(Task.kind)
    )
    return {Kind(row.kind): row.tasks for row in told}


def unsynced(session: Session, connection: Connection, kinds: Collection[Kind]) -> dict[Kind, int]:
    """How many records of each kind are not in the books as they are now; what is being sent is left out."""
    found = {}
    for kind in kinds:
        record = SOURCES[kind]
        query = select(func.count()).select_from(record)
        if session.get_bind().dialect.name == "sqlite":
            its = record.c.tenant_id == connection.tenant_id
            query = query.where(its, worth_sending_as_sets(kind, connection.id))
        else:
            # PostgreSQL makes joins of it, and goes through a set that outgrows its memory again for every record.
            query = query.join(Connection, Connection.tenant_id == record.c.tenant_id)
            query = query.where(Connection.id == connection.id, worth_sending(kind))
        found[kind] = session.scalar(query) or 0
    return found
