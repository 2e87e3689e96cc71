"""Which connections are due, and who may say so: the lease of the one active scheduler."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, ProviderSwitch, Schedule
from ledgerport.db.session import database_now

# More connections than this are found in the next tick.
_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class DueConnection:
    """A connection with work and nobody at it. While `due_at` and `fence` stay, no drain has begun."""

    id: int
    due_at: datetime
    fence: int


def take_lease(session: Session, name: str, owner: str, span: timedelta) -> bool:
    """Take or lengthen a lease by database time. False when somebody else holds it."""
    now = database_now(session)
    taken = session.execute(
        update(Schedule)
        .where(
            Schedule.name == name,
            or_(Schedule.owner == owner, Schedule.lease_until.is_(None), Schedule.lease_until < now),
        )
        .values(owner=owner, lease_until=now + span)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount:  # type: ignore[attr-defined]
        return True
    if session.get(Schedule, name) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Schedule(name=name, owner=owner, lease_until=now + span, next_run_at=None))
    except IntegrityError:
        # Another process made the row between the two statements, and holds it.
        return False
    return True


def give_lease_back(session: Session, name: str, owner: str) -> None:
    """End a lease, if it is still ours."""
    session.execute(
        update(Schedule)
        .where(Schedule.name == name, Schedule.owner == owner)
        .values(owner="", lease_until=None)
        .execution_options(synchronize_session=False)
    )


# Active, set up, with a grant, at a provider that is loaded and that no operator turned off for this tenant.
_WORKABLE = and_(
    Connection.state == ConnectionState.ACTIVE,
    Connection.first_sync_waits.is_(False),
    Connection.grant_id.is_not(None),
    Connection.provider.in_(bindparam("providers", expanding=True)),
    ~exists().where(
        ProviderSwitch.tenant_id == Connection.tenant_id,
        ProviderSwitch.provider == Connection.provider,
        ProviderSwitch.enabled.is_(False),
    ),
)
# Made once: building a statement costs as much as running it, and a tick that is late is paid at every limit.
_DUE = (
    select(Connection.id, Connection.due_at, Connection.fence)
    .where(
        _WORKABLE,
        Connection.due_at <= bindparam("now"),
        or_(Connection.lease_until.is_(None), Connection.lease_until < bindparam("database_now")),
    )
    .order_by(Connection.due_at)
    .limit(_AT_ONCE)
)
_NEXT = select(func.min(Connection.due_at)).where(_WORKABLE, Connection.due_at > bindparam("now"))


def due_connections(session: Session, now: datetime, providers: Collection[str]) -> Sequence[DueConnection]:
    """Connections due at `now` (the hub's clock) that no live drain holds (database time), longest waiting first."""
    rows = session.execute(_DUE, {"now": now, "database_now": database_now(session), "providers": list(providers)})
    return [DueConnection(id=row.id, due_at=row.due_at, fence=row.fence) for row in rows if row.due_at is not None]


def next_due_after(session: Session, now: datetime, providers: Collection[str]) -> datetime | None:
    """When the next connection becomes due, if any does."""
    return session.execute(_NEXT, {"now": now, "providers": list(providers)}).scalar_one()
