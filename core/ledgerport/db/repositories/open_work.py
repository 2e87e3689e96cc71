"""Opening tasks: one INSERT ...

SELECT for any number of records and all of a tenant's connections.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    String,
    Table,
    case,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import (
    ConnectionState,
    Mark,
    Op,
    Priority,
    TaskState,
)
from ledgerport.db.models.base import UtcDateTime
from ledgerport.db.repositories import sync_marks
from ledgerport.db.repositories.worth_sending import CONNECTIONS, LINKS, SOURCES, TASKS, marked, worth_sending

TOGGLES = {kind: CONNECTIONS.c[f"sync_{kind}s"] for kind in Kind}
# Kinds in the order in which one depends on the other; what is taken back comes before what is brought, a void last.
_PUSH_RANKS = {Kind.CUSTOMER: 1, Kind.ITEM: 1, Kind.ESTIMATE: 2, Kind.INVOICE: 3, Kind.PAYMENT: 4}
_OPEN = (TaskState.WAITING, TaskState.BLOCKED, TaskState.FAILED)
_OPEN_TEXT = text("state IN ('waiting', 'blocked', 'failed')")
# The reason code of a task whose record may or may not be in the books already (design 6, "Unknown outcome").
_MAYBE_THERE = "conflict"
_AT_ONCE = 5000


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How tasks are opened: for whom, what is to be done, when, how urgently, and for which run.

    `not_for`: providers, by slug, that do not take the kind at all: a task there would wait for ever.
    """

    tenant_id: int
    now: datetime
    op: Op = Op.PUSH
    priority: Priority = Priority.AUTOMATIC
    run_id: int | None = None
    force: bool = False
    not_for: tuple[str, ...] = ()


def rank_of(kind: Kind, op: Op) -> int:
    """Where a task stands in the order of a claim: lower first."""
    return {Op.PUSH: _PUSH_RANKS[kind], Op.DELETE: 0, Op.VOID: 5}[op]


def open_for(
    session: Session, opening: Opening, kind: Kind, record_ids: Collection[int], *, connection_id: int | None = None
) -> None:
    """A task for each record on each of the tenant's live connections whose toggles let it pass; an open one is woken
    instead.

    A record that a person skipped is skipped no more; one they let go stays so, unless a person asks for it now.
    """
    ids = list(record_ids)
    if sync_marks.any_of(session, opening.tenant_id):
        asked = opening.force or (opening.priority == Priority.CLICK and opening.run_id is not None)
        over = (Mark.SKIPPED, Mark.LET_GO) if asked else (Mark.SKIPPED,)
        sync_marks.clear(session, opening.tenant_id, kind, ids, over, connection_id)
    for start in range(0, len(ids), _AT_ONCE):
        _open(session, opening, kind, SOURCES[kind].c.id.in_(ids[start : start + _AT_ONCE]), connection_id)


def open_unsynced(session: Session, opening: Opening, connection_id: int, kinds: Collection[Kind]) -> None:
    """A task for every record of these kinds that is not in the books yet, or was changed since it got there."""
    for kind in kinds:
        _open(session, opening, kind, worth_sending(kind), connection_id)


def reopen_held(session: Session, opening: Opening, connection_id: int, kinds: Collection[Kind]) -> None:
    """Set every open task of a connection to waiting, blocked and failed ones too."""
    session.execute(
        update(TASKS)
        .where(
            TASKS.c.tenant_id == opening.tenant_id,
            TASKS.c.connection_id == connection_id,
            TASKS.c.kind.in_(list(kinds)),
            TASKS.c.state.in_(_OPEN),
            TASKS.c.reason_code != _MAYBE_THERE,
        )
        .values(_woken(opening, priority=_higher(TASKS.c.priority, opening.priority)))
    )


def wake_stuck(session: Session, opening: Opening, connection_id: int, which: ColumnElement[bool]) -> int:
    """Set blocked and failed tasks of a connection to waiting because a person said so; how many there were.

    `which` may name tasks whose record may be in the books already: then the person has said that it is not.
    """
    woken = _woken(opening, priority=_higher(TASKS.c.priority, opening.priority))
    if opening.force:
        woken["force"] = True
    told = session.execute(
        update(TASKS)
        .where(
            TASKS.c.tenant_id == opening.tenant_id,
            TASKS.c.connection_id == connection_id,
            # Written out, not bound: only then does a database see that the partial index fits.
            TASKS.c.state.in_((literal_column("'blocked'"), literal_column("'failed'"))),
            which,
        )
        .values(woken)
        .returning(TASKS.c.id)
    )
    return len(told.all())


def release(session: Session, tenant_id: int, connection_id: int, blocked_on: Collection[str], now: datetime) -> int:
    """Set tasks that were blocked on these causes to waiting; how many there were."""
    causes = list(blocked_on)
    released = 0
    for start in range(0, len(causes), _AT_ONCE):
        told = session.execute(
            update(TASKS)
            .where(
                TASKS.c.tenant_id == tenant_id,
                TASKS.c.connection_id == connection_id,
                TASKS.c.state == TaskState.BLOCKED,
                TASKS.c.blocked_on.in_(causes[start : start + _AT_ONCE]),
            )
            .values(_woken(Opening(tenant_id=tenant_id, now=now)))
            .returning(TASKS.c.id)
        )
        released += len(told.all())
    return released


def drop_open(session: Session, tenant_id: int, kind: Kind, record_ids: Collection[int], op: Op) -> None:
    """Forget open tasks of records: what they would have done is no longer wanted."""
    session.execute(
        delete(TASKS).where(
            TASKS.c.tenant_id == tenant_id,
            TASKS.c.kind == kind,
            TASKS.c.record_id.in_(record_ids),
            TASKS.c.op == op,
            TASKS.c.state.in_(_OPEN),
        )
    )


def known_over_there(session: Session, tenant_id: int, kind: Kind, record_ids: Collection[int]) -> set[int]:
    """Which of these records are, or may be, at some provider: linked, being sent, or of unknown outcome."""
    if not record_ids:
        return set()
    linked = select(LINKS.c.record_id).where(
        LINKS.c.tenant_id == tenant_id, LINKS.c.kind == kind, LINKS.c.record_id.in_(record_ids)
    )
    maybe = select(TASKS.c.record_id).where(
        TASKS.c.tenant_id == tenant_id, TASKS.c.kind == kind, TASKS.c.record_id.in_(record_ids), _maybe_there()
    )
    return set(session.scalars(linked.union(maybe)))


def make_due(session: Session, tenant_id: int, now: datetime, connection_id: int | None = None) -> list[int]:
    """Say that connections with waiting tasks have work now; the active ones that did not know it yet, to be sent a
    message."""
    waits = exists().where(TASKS.c.connection_id == CONNECTIONS.c.id, TASKS.c.state == TaskState.WAITING)
    wanted = update(CONNECTIONS).where(
        CONNECTIONS.c.tenant_id == tenant_id,
        CONNECTIONS.c.state != ConnectionState.DISCONNECTED,
        or_(CONNECTIONS.c.due_at.is_(None), CONNECTIONS.c.due_at > now),
        waits,
    )
    if connection_id is not None:
        wanted = wanted.where(CONNECTIONS.c.id == connection_id)
    told = session.execute(wanted.values(due_at=now).returning(CONNECTIONS.c.id, CONNECTIONS.c.state))
    return [row.id for row in told if row.state == ConnectionState.ACTIVE]


def count_of_run(session: Session, tenant_id: int, run_id: int) -> int:
    """How many open tasks belong to a run."""
    counted = select(func.count()).where(TASKS.c.tenant_id == tenant_id, TASKS.c.run_id == run_id)
    return session.scalar(counted) or 0


def _open(
    session: Session, opening: Opening, kind: Kind, which: ColumnElement[bool], connection_id: int | None
) -> None:
    record = SOURCES[kind]
    sending = exists().where(
        TASKS.c.connection_id == CONNECTIONS.c.id,
        TASKS.c.kind == kind,
        TASKS.c.record_id == record.c.id,
        TASKS.c.state == TaskState.SENDING,
    )
    source = select(
        literal(opening.tenant_id),
        CONNECTIONS.c.id,
        literal(kind.value, String(20)),
        record.c.id,
        literal(opening.op.value, String(20)),
        literal(TaskState.WAITING.value, String(20)),
        literal(rank_of(kind, opening.op)),
        literal(int(opening.priority)),
        literal(opening.force, Boolean()),
        literal(opening.now, UtcDateTime()),
        literal(0),
        literal(opening.run_id, TASKS.c.run_id.type),
        literal("", String(200)),
        literal("", String(200)),
        literal("", TASKS.c.reason.type),
        literal({}, TASKS.c.reason_data.type),
        literal(opening.now, UtcDateTime()),
        literal(opening.now, UtcDateTime()),
    ).select_from(CONNECTIONS.join(record, record.c.tenant_id == CONNECTIONS.c.tenant_id))
    source = source.where(
        CONNECTIONS.c.tenant_id == opening.tenant_id,
        CONNECTIONS.c.state != ConnectionState.DISCONNECTED,
        TOGGLES[kind],
        which,
        ~marked(kind, Mark.LET_GO),
    )
    if connection_id is not None:
        source = source.where(CONNECTIONS.c.id == connection_id)
    if opening.not_for:
        source = source.where(CONNECTIONS.c.provider.not_in(opening.not_for))
    if opening.priority == Priority.AUTOMATIC:
        # What is being sent right now was frozen before this change: without a task the change would stay behind.
        source = source.where(or_(CONNECTIONS.c.auto_sync, sending))
    if opening.op is not Op.PUSH:
        source = source.where(or_(_linked(record), _maybe_there_for(kind, record)))
    _insert(session, opening, source.order_by(CONNECTIONS.c.id, record.c.id))


def _insert(session: Session, opening: Opening, source: Select[Any]) -> None:
    columns = [
        "tenant_id",
        "connection_id",
        "kind",
        "record_id",
        "op",
        "state",
        "rank",
        "priority",
        "force",
        "due_at",
        "tries",
        "run_id",
        "blocked_on",
        "reason_code",
        "reason",
        "reason_data",
        "created_at",
        "updated_at",
    ]
    # Both dialects have the same statement under two names.
    maker = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = maker(TASKS).from_select(columns, source)
    new = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "kind", "record_id", "op"],
            index_where=_OPEN_TEXT,
            # Sending what may be there already, before a person said which one is ours, would double it.
            where=or_(TASKS.c.reason_code != _MAYBE_THERE, new.force),
            set_={
                **_woken(opening, priority=_higher(TASKS.c.priority, new.priority)),
                "force": or_(TASKS.c.force, new.force),
            },
        )
    )


def _woken(opening: Opening, **more: Any) -> dict[str, Any]:
    """The columns of a task that may be tried now, with the reasons of the last try gone."""
    woken: dict[str, Any] = {
        "state": TaskState.WAITING.value,
        "due_at": opening.now,
        "tries": 0,
        "blocked_on": "",
        "reason_code": "",
        "reason": "",
        "reason_data": {},
        "updated_at": opening.now,
        **more,
    }
    if opening.run_id is not None:
        woken["run_id"] = opening.run_id
    return woken


def _higher(one: ColumnElement[int], other: Any) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


def _linked(record: Table) -> ColumnElement[bool]:
    kind = next(kind for kind, table in SOURCES.items() if table is record)
    return exists().where(
        LINKS.c.connection_id == CONNECTIONS.c.id, LINKS.c.kind == kind, LINKS.c.record_id == record.c.id
    )


def _maybe_there() -> ColumnElement[bool]:
    return or_(TASKS.c.state == TaskState.SENDING, TASKS.c.reason_code == _MAYBE_THERE)


def _maybe_there_for(kind: Kind, record: Table) -> ColumnElement[bool]:
    return exists().where(
        TASKS.c.connection_id == CONNECTIONS.c.id,
        TASKS.c.kind == kind,
        TASKS.c.record_id == record.c.id,
        TASKS.c.op == Op.PUSH,
        _maybe_there(),
    )
