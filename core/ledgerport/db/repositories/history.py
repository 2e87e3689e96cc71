"""Sync history: runs, and one attempt per record and try."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, exists, insert, literal, literal_column, select, update
from sqlalchemy.orm import Session

from ledgerport.db.among import among
from ledgerport.db.models import Attempt, Connection, Run, Send, Task
from ledgerport.db.models.base import UtcDateTime
from ledgerport.db.repositories import outbox

COUNTS = ("total", "created", "updated", "unchanged", "skipped", "failed")
ATTEMPTS, RUNS, SENDS, TASKS = (cast("Table", model.__table__) for model in (Attempt, Run, Send, Task))
_PENDING = TASKS.c.state.in_((literal_column("'waiting'"), literal_column("'sending'")))
_CLEAN_COLUMNS = (
    "tenant_id",
    "connection_id",
    "run_id",
    "send_id",
    "kind",
    "record_id",
    "op",
    "verdict",
    "reason",
    "detail",
    "trace_id",
    "at",
)
# Hundreds of records that simply arrived: the database writes their attempts from what it knows of their tasks.
_CLEAN = insert(ATTEMPTS).from_select(
    _CLEAN_COLUMNS,
    select(
        TASKS.c.tenant_id,
        TASKS.c.connection_id,
        TASKS.c.run_id,
        TASKS.c.send_id,
        TASKS.c.kind,
        TASKS.c.record_id,
        TASKS.c.op,
        bindparam("word", type_=ATTEMPTS.c.verdict.type),
        literal("", ATTEMPTS.c.reason.type),
        literal("", ATTEMPTS.c.detail.type),
        SENDS.c.trace_id,
        bindparam("now", type_=UtcDateTime()),
    )
    .join(SENDS, SENDS.c.id == TASKS.c.send_id)
    .where(among(TASKS.c.id, "ids")),
)


_COUNT = (
    update(RUNS)
    .where(RUNS.c.id == bindparam("run"))
    .values({name: RUNS.c[name] + bindparam(f"more_{name}", type_=RUNS.c[name].type) for name in COUNTS})
)


def automatic_run(session: Session, tenant_id: int, connection_id: int, now: datetime) -> int:
    """The running automatic run of a connection; made when there is none."""
    found = session.scalars(
        select(Run.id)
        .where(Run.connection_id == connection_id, Run.state == "running", Run.trigger == "automatic")
        .order_by(Run.id.desc())
        .limit(1)
    ).first()
    if found is not None:
        return found
    run = Run(tenant_id=tenant_id, connection_id=connection_id, trigger="automatic", state="running", started_at=now)
    session.add(run)
    session.flush()
    return run.id


def add_attempts(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Attempts with a reason of their own."""
    if rows:
        session.connection().execute(insert(ATTEMPTS), list(rows))


def add_clean_attempts(session: Session, word: str, task_ids: Collection[int], now: datetime) -> None:
    """Attempts of tasks that simply arrived (`created`, `updated`); their send is closed and has its trace id."""
    if task_ids:
        session.connection().execute(_CLEAN, {"word": word, "ids": list(task_ids), "now": now})


def count(session: Session, counts: Mapping[int, Counter[str]]) -> None:
    """Add to the figures of runs, by run id; `total` among them."""
    rows = [
        {"run": run_id, **{f"more_{name}": figures[name] for name in COUNTS}}
        for run_id, figures in counts.items()
        if any(figures.values())
    ]
    if rows:
        session.connection().execute(_COUNT, rows)


_RUN_PENDING = exists().where(TASKS.c.run_id == RUNS.c.id, _PENDING)
_CONNECTION_PENDING = exists().where(TASKS.c.connection_id == RUNS.c.connection_id, _PENDING)
_RUNNING = update(RUNS).where(RUNS.c.connection_id == bindparam("connection"), RUNS.c.state == "running")
_FINISHED = {"state": "finished", "finished_at": bindparam("now")}
_FINISH_ASKED = _RUNNING.where(RUNS.c.trigger != "automatic", ~_RUN_PENDING).values(_FINISHED).returning(*RUNS.c)
_FINISH_AUTOMATIC = (
    _RUNNING.where(RUNS.c.trigger == "automatic", ~_CONNECTION_PENDING).values(_FINISHED).returning(*RUNS.c)
)
RUN_FINISHED = "run.finished"


def finish_runs(session: Session, connection_id: int, now: datetime, *, automatic: bool = False) -> None:
    """Close runs of which nothing waits any more; the automatic one only when nothing at all waits.

    The host app is told of each.
    """
    told = {"connection": connection_id, "now": now}
    finished = list(session.connection().execute(_FINISH_ASKED, told))
    if automatic:
        finished.extend(session.connection().execute(_FINISH_AUTOMATIC, told))
    if finished:
        provider = session.scalar(select(Connection.provider).where(Connection.id == connection_id))
        events = [_told(run, provider or "") for run in finished]
        outbox.tell_host(session, finished[0].tenant_id, RUN_FINISHED, events, now)


def _told(run: Row[Any], provider: str) -> dict[str, Any]:
    return {
        "run": run.id,
        "provider": provider,
        "trigger": run.trigger,
        "requested_by": run.requested_by,
        **{name: getattr(run, name) for name in COUNTS if name != "total"},
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat(),
    }
