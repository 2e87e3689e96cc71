"""Comparisons under way: one job at a time, by database time, each write checked by its fence."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ledgerport.db.models import Comparison, ComparisonState
from ledgerport.db.session import database_now

# Longer than the job's budget and one hook call together.
_LEASE = timedelta(minutes=6)


def find(session: Session, connection_id: int, *, lock: bool = False) -> Comparison | None:
    """The last comparison of a connection."""
    query = select(Comparison).where(Comparison.connection_id == connection_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def take(session: Session, connection_id: int, now: datetime) -> Comparison | None:
    """Take a comparison that is due and that nobody is at; None when there is none."""
    moment = database_now(session)
    taken = session.execute(
        update(Comparison)
        .where(
            Comparison.connection_id == connection_id,
            Comparison.state == ComparisonState.READING,
            Comparison.due_at <= now,
            or_(Comparison.lease_until.is_(None), Comparison.lease_until < moment),
        )
        .values(fence=Comparison.fence + 1, lease_until=moment + _LEASE)
        .execution_options(synchronize_session=False)
    )
    return find(session, connection_id) if taken.rowcount else None  # type: ignore[attr-defined]


def due(session: Session, now: datetime) -> list[int]:
    """Connections whose comparison a job should go on with."""
    query = select(Comparison.connection_id).where(
        Comparison.state == ComparisonState.READING,
        Comparison.due_at <= now,
        or_(Comparison.lease_until.is_(None), Comparison.lease_until < database_now(session)),
    )
    return list(session.scalars(query))
