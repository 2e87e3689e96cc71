"""Which grants need upkeep, and the mark that keeps one from being handed out again at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, cast, delete, exists, literal, or_, select
from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, Grant, Notice, ProviderSwitch, Schedule


def candidates(
    session: Session, now: datetime, *, ahead: timedelta, idle: timedelta, warn: timedelta
) -> Sequence[Grant]:
    """Grants that may need something now; a superset, for a session over all tenants.

    Lost ones and those under way are left out.
    """

    waits = exists().where(Schedule.name == literal("grant:") + cast(Grant.id, String), Schedule.next_run_at > now)
    told = exists().where(
        Notice.tenant_id == Grant.tenant_id,
        Notice.cause == literal("grant-ends:") + cast(Grant.id, String),
        Notice.closed_at.is_(None),
    )
    kept_alive = _used(ConnectionState.ACTIVE, ConnectionState.PAUSED)
    needs = or_(
        and_(Grant.access_expires_at <= now + ahead, _used(ConnectionState.ACTIVE)),
        and_(Grant.refresh_expires_at <= now + idle, kept_alive),
        and_(Grant.hard_expires_at <= now + warn, kept_alive, ~told),
        Grant.previous_until <= now,
    )
    # Nothing is asked of a provider that an operator has turned off, not even to keep a grant alive.
    off = exists().where(
        ProviderSwitch.tenant_id == Grant.tenant_id,
        ProviderSwitch.provider == Grant.provider,
        ProviderSwitch.enabled.is_(False),
    )
    return session.scalars(select(Grant).where(Grant.lost_reason == "", needs, ~waits, ~off).order_by(Grant.id)).all()


def in_work(session: Session, grant_ids: Sequence[int]) -> frozenset[int]:
    """Which of these grants an active connection works with; the others only have to stay alive."""
    query = select(Grant.id).where(Grant.id.in_(grant_ids), _used(ConnectionState.ACTIVE))
    return frozenset(session.scalars(query))


def hand_out(session: Session, grant_id: int, now: datetime, again: timedelta) -> bool:
    """Mark a grant as handed out; False when somebody did so within `again`."""
    name = f"grant:{grant_id}"
    row = session.scalars(select(Schedule).where(Schedule.name == name).with_for_update()).one_or_none()
    if row is None:
        session.add(Schedule(name=name, next_run_at=now + again))
        session.flush()
        return True
    if row.next_run_at is not None and row.next_run_at > now:
        return False
    row.next_run_at = now + again
    return True


def forget(session: Session, grant_id: int) -> None:
    """Drop the mark of a grant that is deleted."""
    session.execute(delete(Schedule).where(Schedule.name == f"grant:{grant_id}"))


def _used(*states: ConnectionState) -> ColumnElement[bool]:
    return exists().where(Connection.grant_id == Grant.id, Connection.state.in_(states))
