"""Sync history as people read it: runs by filter, and what was tried, with the requests behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal_column, or_, select
from sqlalchemy.orm import Session

from ledgerport.db.models import Attempt, Run, Send, Task

# Written out, not bound: only then does a database see that the partial index fits.
_PENDING = Task.state.in_((literal_column("'waiting'"), literal_column("'sending'")))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which runs; empty filters let everything pass. `state`: running, finished, or problems (something was skipped or
    failed). `before`: the last run of the page before."""

    connections: Collection[int] | None = None
    state: str = ""
    trigger: str = ""
    before: int | None = None
    limit: int = 50


def runs(session: Session, wanted: Wanted) -> Sequence[Run]:
    """Runs, newest first."""
    query = select(Run).order_by(Run.id.desc()).limit(wanted.limit)
    if wanted.connections is not None:
        query = query.where(Run.connection_id.in_(wanted.connections))
    if wanted.state == "problems":
        query = query.where(or_(Run.failed > 0, Run.skipped > 0))
    elif wanted.state:
        query = query.where(Run.state == wanted.state)
    if wanted.trigger:
        query = query.where(Run.trigger == wanted.trigger)
    if wanted.before is not None:
        query = query.where(Run.id < wanted.before)
    return session.scalars(query).all()


def pending_of(session: Session, run_ids: Collection[int]) -> dict[int, int]:
    """How many tasks of each of these runs are waiting or being sent."""
    if not run_ids:
        return {}
    told = session.execute(
        select(Task.run_id, func.count().label("tasks")).where(Task.run_id.in_(run_ids), _PENDING).group_by(Task.run_id)
    )
    return {row.run_id: row.tasks for row in told}


def attempts_of_run(
    session: Session, run_id: int, *, verdicts: Collection[str], before: int | None, limit: int
) -> Sequence[Attempt]:
    """What a run tried, newest first; with `verdicts` only what ended so."""
    query = select(Attempt).where(Attempt.run_id == run_id).order_by(Attempt.id.desc()).limit(limit)
    if verdicts:
        query = query.where(Attempt.verdict.in_(verdicts))
    if before is not None:
        query = query.where(Attempt.id < before)
    return session.scalars(query).all()


def sends(session: Session, ids: Collection[int]) -> dict[int, Send]:
    """Requests by id, without what was in them."""
    if not ids:
        return {}
    columns = (Send.id, Send.operation_id, Send.generation, Send.sent_at, Send.outcome)
    return {row.id: row for row in session.execute(select(*columns).where(Send.id.in_(ids)))}  # type: ignore[misc]
