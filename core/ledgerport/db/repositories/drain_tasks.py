"""Tasks as a drain sees them.

All statements are for one connection and many tasks at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, aliased

from ledgerport.contract import Kind
from ledgerport.db.models import Op, Send, SendState, Task, TaskState

_OPEN = (TaskState.WAITING, TaskState.BLOCKED, TaskState.FAILED)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueTask:
    """One task that may be worked on."""

    id: int
    kind: Kind
    record_id: int
    op: Op
    priority: int
    rank: int
    tries: int
    run_id: int | None
    force: bool


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Why a task waits; what `block`, `put_back` and `fail` write."""

    task: DueTask
    code: str
    text: str
    data: dict[str, Any]
    due_at: datetime | None = None
    blocked_on: str = ""
    tries: int = 0


_DUE = (Task.id, Task.kind, Task.record_id, Task.op, Task.priority, Task.rank, Task.tries, Task.run_id, Task.force)


def due(session: Session, connection_id: int, kinds: Collection[Kind], now: datetime, limit: int) -> list[DueTask]:
    """Waiting tasks in the order in which they must go: priority first, then kinds by dependency, then age."""
    rows = session.execute(
        select(*_DUE)
        .where(
            Task.connection_id == connection_id,
            Task.state == TaskState.WAITING,
            Task.due_at <= now,
            Task.kind.in_(sorted(kinds)),
        )
        .order_by(Task.priority.desc(), Task.rank, Task.kind, Task.op, Task.id)
        .limit(limit)
    )
    return [_task(row) for row in rows]


def in_send(session: Session, send_id: int) -> dict[int, DueTask]:
    """The tasks of a send whose outcome is still unknown, by id."""
    rows = session.execute(select(*_DUE).where(Task.send_id == send_id, Task.state == TaskState.SENDING))
    return {row.id: _task(row) for row in rows}


def next_due(session: Session, connection_id: int, kinds: Collection[Kind]) -> datetime | None:
    """When the next waiting task is due."""
    return session.execute(
        select(func.min(Task.due_at)).where(
            Task.connection_id == connection_id, Task.state == TaskState.WAITING, Task.kind.in_(sorted(kinds))
        )
    ).scalar_one()


def start(session: Session, send: dict[str, Any], tasks: Sequence[DueTask]) -> int:
    """Write a send and take its tasks.

    Returns the send's id.
    """
    send_id = session.execute(insert(Send).values(**send).returning(Send.id)).scalar_one()
    _set(session, [task.id for task in tasks], state=TaskState.SENDING, send_id=send_id, updated_at=send["sent_at"])
    return send_id


def finish(session: Session, tasks: Collection[DueTask], now: datetime) -> None:
    """These are done."""
    _set(
        session,
        [task.id for task in tasks],
        state=TaskState.DONE,
        updated_at=now,
        reason_code="",
        reason="",
        blocked_on="",
        force=False,
    )


def reopen(session: Session, waits: Sequence[Waiting], state: TaskState, now: datetime) -> None:
    """Back to waiting, or blocked, or failed.

    Where an edit has opened a newer task for the same record meanwhile, that one stays and
    the older is closed: only one may be open.
    """
    if not waits:
        return
    newer = aliased(Task)
    closed = set(
        session.scalars(
            select(Task.id)
            .join(
                newer,
                (newer.connection_id == Task.connection_id)
                & (newer.kind == Task.kind)
                & (newer.record_id == Task.record_id)
                & (newer.op == Task.op)
                & (newer.id != Task.id)
                & newer.state.in_(_OPEN),
            )
            .where(Task.id.in_([wait.task.id for wait in waits]))
        )
    )
    if closed:
        _set(session, sorted(closed), state=TaskState.DONE, updated_at=now)
    rows = [
        {
            "id": wait.task.id,
            "state": state,
            "send_id": None,
            "tries": wait.tries,
            "reason_code": wait.code,
            "reason": wait.text,
            "reason_data": wait.data,
            "blocked_on": wait.blocked_on,
            "due_at": wait.due_at or now,
            "updated_at": now,
        }
        for wait in waits
        if wait.task.id not in closed
    ]
    if rows:
        session.execute(update(Task), rows)


def release(session: Session, connection_id: int, blocked_on: Iterable[str], now: datetime) -> int:
    """What waited for these records may go again."""
    keys = list(blocked_on)
    if not keys:
        return 0
    released = session.execute(
        update(Task)
        .where(Task.connection_id == connection_id, Task.blocked_on.in_(keys), Task.state == TaskState.BLOCKED)
        .values(state=TaskState.WAITING, blocked_on="", reason_code="", reason="", due_at=now, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(released.rowcount)  # type: ignore[attr-defined]


def any_blocked(session: Session, connection_id: int) -> bool:
    found = session.execute(
        select(Task.id).where(Task.connection_id == connection_id, Task.state == TaskState.BLOCKED).limit(1)
    )
    return found.first() is not None


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """The open task of a record that another one needs."""

    id: int
    state: TaskState
    priority: int
    due_at: datetime
    reason: str


def open_for(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> dict[int, OpenTask]:
    """The open (or sending) push tasks of these records, by record."""
    rows = session.execute(
        select(Task.record_id, Task.id, Task.state, Task.priority, Task.due_at, Task.reason).where(
            Task.connection_id == connection_id,
            Task.kind == kind,
            Task.op == Op.PUSH,
            Task.record_id.in_(list(record_ids)),
            Task.state.in_((*_OPEN, TaskState.SENDING)),
        )
    )
    return {
        row.record_id: OpenTask(
            id=row.id, state=TaskState(row.state), priority=row.priority, due_at=row.due_at, reason=row.reason
        )
        for row in rows
    }


def hurry(session: Session, task_ids: Collection[int], priority: int) -> None:
    """Raise tasks that a more urgent one needs."""
    _set(session, list(task_ids), priority=priority)


def open_sends(session: Session, connection_id: int) -> list[Send]:
    """Requests whose outcome is not known (or not yet), oldest first."""
    return list(
        session.scalars(
            select(Send).where(Send.connection_id == connection_id, Send.state == SendState.OPEN).order_by(Send.id)
        )
    )


def close_send(session: Session, send_id: int, outcome: str, trace_id: str, now: datetime) -> None:
    session.execute(
        update(Send)
        .where(Send.id == send_id)
        .values(state=SendState.CLOSED, outcome=outcome, trace_id=trace_id, finished_at=now)
        .execution_options(synchronize_session=False)
    )


def _task(row: Any) -> DueTask:
    return DueTask(
        id=row.id,
        kind=Kind(row.kind),
        record_id=row.record_id,
        op=Op(row.op),
        priority=row.priority,
        rank=row.rank,
        tries=row.tries,
        run_id=row.run_id,
        force=row.force,
    )


def _set(session: Session, task_ids: Collection[int], **values: Any) -> None:
    if task_ids:
        session.execute(
            update(Task)
            .where(Task.id.in_(list(task_ids)))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
