"""What a plugin's doctor reads: connections, open work and attempts of one provider, without a name or an address.

Only columns that hold no personal data are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, literal_column, select, text
from sqlalchemy.orm import Session

from ledgerport.db.models import Attempt, Connection, Grant, Notice, ProviderSwitch, Task

# The partial indexes of tasks, so that done tasks are never looked at; written out, not bound, so that they fit.
_NOT_DONE: tuple[Sequence[Any], ...] = (
    [literal_column("'waiting'")],
    [literal_column("'sending'")],
    [literal_column("'blocked'"), literal_column("'failed'")],
)
_ATTEMPT = (
    *(Attempt.id, Attempt.connection_id, Attempt.kind, Attempt.record_id),
    *(Attempt.op, Attempt.verdict, Attempt.trace_id, Attempt.at),
)


def connections(session: Session, provider: str) -> Sequence[tuple[Connection, Grant | None, bool | None]]:
    """Every connection there is or was, with its grant and the operator's word on the provider for its tenant."""
    query = (
        select(Connection, Grant, ProviderSwitch.enabled)
        .outerjoin(Grant, Grant.id == Connection.grant_id)
        .outerjoin(
            ProviderSwitch,
            (ProviderSwitch.tenant_id == Connection.tenant_id) & (ProviderSwitch.provider == Connection.provider),
        )
        .where(Connection.provider == provider)
        .order_by(Connection.id)
    )
    return [(row.Connection, row.Grant, row.enabled) for row in session.execute(query)]


def open_work(session: Session, connection_ids: Collection[int]) -> Sequence[Any]:
    """(connection, kind, state, reason_code, tasks) of what is not done."""
    columns = (Task.connection_id, Task.kind, Task.state, Task.reason_code)
    rows: list[Any] = []
    for states in _NOT_DONE:
        query = select(*columns, func.count().label("tasks")).where(
            Task.connection_id.in_(connection_ids), Task.state.in_(states)
        )
        rows += session.execute(query.group_by(*columns).order_by(*columns)).all()
    return rows


def last_attempts(session: Session, connection_ids: Collection[int], limit: int) -> Sequence[Any]:
    """The newest first."""
    query = select(*_ATTEMPT).where(Attempt.connection_id.in_(connection_ids)).order_by(Attempt.id.desc())
    return session.execute(query.limit(limit)).all()


def open_notices(session: Session, connection_ids: Collection[int]) -> Sequence[Any]:
    """(connection, cause, count, opened_at) of what people are told now; the words are left out, they name records."""
    columns = (Notice.connection_id, Notice.cause, Notice.count, Notice.opened_at)
    query = select(*columns).where(Notice.connection_id.in_(connection_ids), Notice.closed_at.is_(None))
    return session.execute(query.order_by(Notice.id)).all()


def schema_revision(session: Session) -> str:
    """The migration that the database is at."""
    return str(session.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
