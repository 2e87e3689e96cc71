"""Tasks as a drain sees them.

All statements are for one connection and many tasks at once. They are built once, here, and run below the unit of work:
a drain moves hundreds of tasks at a time, and building a statement costs more than running it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, func, literal_column, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import Op, Send, SendState, Task, TaskState

TASKS = cast("Table", Task.__table__)
SENDS = cast("Table", Send.__table__)
_KINDS = {kind.value: kind for kind in Kind}
_OPS = {op.value: op for op in Op}
_OPEN = (TaskState.WAITING, TaskState.BLOCKED, TaskState.FAILED)
# Written out, not bound: only then does a database see that a partial index fits.
_IS_WAITING = TASKS.c.state == literal_column("'waiting'")
_IS_SENDING = TASKS.c.state == literal_column("'sending'")
_IS_BLOCKED = TASKS.c.state == literal_column("'blocked'")


class DueTask(NamedTuple):
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
    """Why a task waits; what `reopen` writes."""

    task: DueTask
    due_at: datetime
    tries: int
    code: str = ""
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    blocked_on: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """The open task of a record that another one needs."""

    id: int
    state: TaskState
    priority: int
    due_at: datetime
    reason: str


_DUE = tuple(TASKS.c[name] for name in DueTask._fields)
_IDS = among(TASKS.c.id, "ids")
_FIND_DUE = (
    select(*_DUE)
    .where(
        TASKS.c.connection_id == bindparam("connection"),
        _IS_WAITING,
        TASKS.c.due_at <= bindparam("now"),
        TASKS.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(TASKS.c.priority.desc(), TASKS.c.rank, TASKS.c.kind, TASKS.c.op, TASKS.c.id)
    .limit(bindparam("most"))
)
_FIND_IN_SEND = select(*_DUE).where(TASKS.c.send_id == bindparam("send"), _IS_SENDING)
_NEXT_DUE = select(func.min(TASKS.c.due_at)).where(
    TASKS.c.connection_id == bindparam("connection"),
    _IS_WAITING,
    TASKS.c.kind.in_(bindparam("kinds", expanding=True)),
)
_SEND = SENDS.insert().returning(SENDS.c.id)
_START = (
    update(TASKS)
    .where(_IDS)
    .values(
        state=TaskState.SENDING.value,
        send_id=bindparam("send"),
        run_id=func.coalesce(TASKS.c.run_id, bindparam("run")),
        updated_at=bindparam("now"),
    )
)
_FINISH = (
    update(TASKS)
    .where(_IDS)
    .values(
        state=TaskState.DONE.value,
        run_id=func.coalesce(TASKS.c.run_id, bindparam("run")),
        updated_at=bindparam("now"),
        reason_code="",
        reason="",
        blocked_on="",
        force=False,
    )
)
_TELL_WHY = (
    update(TASKS)
    .where(TASKS.c.id == bindparam("task"), TASKS.c.state == TaskState.SENDING.value)
    .values(
        reason_code=bindparam("code"),
        reason=bindparam("text"),
        reason_data=bindparam("data"),
        updated_at=bindparam("now"),
    )
)
_RELEASE = (
    update(TASKS)
    .where(
        TASKS.c.connection_id == bindparam("connection"),
        among(TASKS.c.blocked_on, "keys"),
        _IS_BLOCKED,
    )
    .values(
        state=TaskState.WAITING.value,
        blocked_on="",
        reason_code="",
        reason="",
        due_at=bindparam("now"),
        updated_at=bindparam("now"),
    )
)
_ANY_BLOCKED = select(TASKS.c.id).where(TASKS.c.connection_id == bindparam("connection"), _IS_BLOCKED).limit(1)


def due(session: Session, connection_id: int, kinds: Collection[Kind], now: datetime, limit: int) -> list[DueTask]:
    """Waiting tasks in the order in which they must go: priority first, then kinds by dependency, then age."""
    rows = session.connection().execute(
        _FIND_DUE, {"connection": connection_id, "now": now, "kinds": sorted(kinds), "most": limit}
    )
    return [_task(row) for row in rows]


def in_send(session: Session, send_id: int) -> dict[int, DueTask]:
    """The tasks of a send whose outcome is still unknown, by id."""
    return {row.id: _task(row) for row in session.connection().execute(_FIND_IN_SEND, {"send": send_id})}


def next_due(session: Session, connection_id: int, kinds: Collection[Kind]) -> datetime | None:
    """When the next waiting task is due."""
    found = session.connection().execute(_NEXT_DUE, {"connection": connection_id, "kinds": sorted(kinds)})
    moment: datetime | None = found.scalar_one()
    return moment


def start(session: Session, send: Mapping[str, Any], tasks: Sequence[DueTask], run_id: int | None) -> int:
    """Write a send and take its tasks, those without a run into `run_id`. Returns the send's id."""
    connection = session.connection()
    send_id: int = connection.execute(_SEND, send).scalar_one()
    ids = [task.id for task in tasks]
    connection.execute(_START, {"ids": ids, "send": send_id, "run": run_id, "now": send["sent_at"]})
    return send_id


def finish(session: Session, tasks: Collection[DueTask], run_id: int | None, now: datetime) -> None:
    """These are done; those without a run count to `run_id`."""
    if tasks:
        session.connection().execute(_FINISH, {"ids": [task.id for task in tasks], "run": run_id, "now": now})


def tell_why(session: Session, waits: Sequence[Waiting], now: datetime) -> None:
    """Say of tasks that stay in their send why nobody knows what became of them; `due_at` and `tries` are left."""
    rows = [
        {"task": wait.task.id, "code": wait.code, "text": wait.text, "data": dict(wait.data), "now": now}
        for wait in waits
    ]
    if rows:
        session.connection().execute(_TELL_WHY, rows)


def reopen(
    session: Session, waits: Sequence[Waiting], state: TaskState, now: datetime, run_id: int | None = None
) -> None:
    """Back to waiting, or blocked, or failed.

    Where an edit has opened a newer task for the same record meanwhile, that one stays and the older is closed: only
    one may be open.
    """
    if not waits:
        return
    newer = TASKS.alias()
    connection = session.connection()
    closed = set(
        connection.scalars(
            select(TASKS.c.id)
            .join(
                newer,
                (newer.c.connection_id == TASKS.c.connection_id)
                & (newer.c.kind == TASKS.c.kind)
                & (newer.c.record_id == TASKS.c.record_id)
                & (newer.c.op == TASKS.c.op)
                & (newer.c.id != TASKS.c.id)
                & newer.c.state.in_(_OPEN),
            )
            .where(TASKS.c.id.in_([wait.task.id for wait in waits]))
        )
    )
    finish(session, [wait.task for wait in waits if wait.task.id in closed], run_id, now)
    rows = [
        {
            "task": wait.task.id,
            "state": state.value,
            "send_id": None,
            "run_id": wait.task.run_id or run_id,
            "tries": wait.tries,
            "reason_code": wait.code,
            "reason": wait.text,
            "reason_data": dict(wait.data),
            "blocked_on": wait.blocked_on,
            "due_at": wait.due_at,
            "updated_at": now,
        }
        for wait in waits
        if wait.task.id not in closed
    ]
    if rows:
        written: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "task"}
        connection.execute(update(TASKS).where(TASKS.c.id == bindparam("task")).values(written), rows)


def release(session: Session, connection_id: int, blocked_on: Iterable[str], now: datetime) -> int:
    """What waited for these records may go again."""
    keys = list(blocked_on)
    if not keys:
        return 0
    released = session.connection().execute(_RELEASE, {"connection": connection_id, "keys": keys, "now": now})
    return int(released.rowcount)


def any_blocked(session: Session, connection_id: int) -> bool:
    """Whether anything of a connection waits for a person or another record."""
    return session.connection().execute(_ANY_BLOCKED, {"connection": connection_id}).first() is not None


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
    if task_ids:
        session.connection().execute(update(TASKS).where(TASKS.c.id.in_(list(task_ids))).values(priority=priority))


def open_sends(session: Session, connection_id: int) -> list[Send]:
    """Requests whose outcome is not known (or not yet), oldest first."""
    return list(
        session.scalars(
            select(Send).where(Send.connection_id == connection_id, Send.state == SendState.OPEN).order_by(Send.id)
        )
    )


def close_send(session: Session, send_id: int, outcome: str, trace_id: str, now: datetime) -> None:
    """The outcome of every record of a request is known."""
    session.connection().execute(_CLOSE, {"send": send_id, "how": outcome, "trace": trace_id, "now": now})


_CLOSE = (
    update(SENDS)
    .where(SENDS.c.id == bindparam("send"))
    .values(
        state=SendState.CLOSED.value,
        outcome=bindparam("how"),
        trace_id=bindparam("trace"),
        finished_at=bindparam("now"),
    )
)


def _task(row: Any) -> DueTask:
    id_, kind, record_id, op, priority, rank, tries, run_id, force = row
    return DueTask(id_, _KINDS[kind], record_id, _OPS[op], priority, rank, tries, run_id, force)
