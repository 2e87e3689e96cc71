"""Sync history: runs, and one attempt per record and try."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from ledgerport.db.models import Attempt, Run, Task, TaskState

COUNTS = ("created", "updated", "unchanged", "skipped", "failed")


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


def adopt(session: Session, task_ids: Collection[int], run_id: int) -> None:
    """Count tasks that nobody asked for to a run."""
    session.execute(
        update(Task)
        .where(Task.id.in_(list(task_ids)))
        .values(run_id=run_id)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Run)
        .where(Run.id == run_id)
        .values(total=Run.total + len(task_ids))
        .execution_options(synchronize_session=False)
    )


def add_attempts(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(insert(Attempt), list(rows))


def count(session: Session, counts: Mapping[int, Counter[str]]) -> None:
    """Add to the figures of runs, by run id."""
    for run_id, figures in counts.items():
        session.execute(
            update(Run)
            .where(Run.id == run_id)
            .values({name: getattr(Run, name) + figures[name] for name in COUNTS if figures[name]} or {"id": Run.id})
            .execution_options(synchronize_session=False)
        )


def finish_runs(session: Session, connection_id: int, now: datetime) -> None:
    """Close runs of which nothing waits any more."""
    pending = exists().where(Task.run_id == Run.id, Task.state.in_((TaskState.WAITING, TaskState.SENDING)))
    session.execute(
        update(Run)
        .where(Run.connection_id == connection_id, Run.state == "running", ~pending)
        .values(state="finished", finished_at=now)
        .execution_options(synchronize_session=False)
    )
