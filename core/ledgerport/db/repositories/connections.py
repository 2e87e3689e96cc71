"""Connections: which one is meant, and what its grant's loss or return means for its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, ProviderSwitch, Task, TaskState

# What a task's `blocked_on` says while it waits for a person to sign in again.
BLOCKED_ON_GRANT = "grant"
_LIVE = Connection.state != ConnectionState.DISCONNECTED


def find(session: Session, connection_id: int, *, lock: bool = False) -> Connection | None:
    """A connection of the session's tenant."""
    query = select(Connection).where(Connection.id == connection_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def live(session: Session, tenant_id: int, provider: str) -> Connection | None:
    """The tenant's one connection to a provider that is not disconnected."""
    query = select(Connection).where(Connection.tenant_id == tenant_id, Connection.provider == provider, _LIVE)
    return session.scalars(query.with_for_update()).one_or_none()


def disconnected_from(session: Session, tenant_id: int, provider: str, company_id: str) -> Connection | None:
    """The tenant's newest disconnected connection to this very company: its mappings and links are taken up again."""
    query = (
        select(Connection)
        .where(
            Connection.tenant_id == tenant_id,
            Connection.provider == provider,
            Connection.company_id == company_id,
            Connection.state == ConnectionState.DISCONNECTED,
        )
        .order_by(Connection.state_since.desc(), Connection.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def of_grant(session: Session, grant_id: int) -> Sequence[Connection]:
    """The connections that live by a grant."""
    return session.scalars(
        select(Connection).where(Connection.grant_id == grant_id, _LIVE).order_by(Connection.id)
    ).all()


def others_use(session: Session, *, provider: str, company_id: str, grant_id: int | None, but: int | None) -> bool:
    """Whether a live connection other than `but`, of any tenant, needs this company or this grant.

    For a session over all tenants.
    """
    query = select(func.count()).select_from(Connection).where(Connection.provider == provider, _LIVE)
    query = query.where((Connection.company_id == company_id) | (Connection.grant_id == grant_id))
    if but is not None:
        query = query.where(Connection.id != but)
    return bool(session.scalar(query))


def open_task_count(session: Session, connection_id: int) -> int:
    """How many changes have not reached the books yet."""
    states = (TaskState.WAITING, TaskState.SENDING, TaskState.BLOCKED)
    return (
        session.scalar(
            select(func.count()).select_from(Task).where(Task.connection_id == connection_id, Task.state.in_(states))
        )
        or 0
    )


def release_blocked(session: Session, connection_id: int, cause: str, now: datetime) -> int:
    """Set the tasks that `cause` had blocked to waiting, due now; answers how many."""
    released = session.execute(
        update(Task)
        .where(Task.connection_id == connection_id, Task.state == TaskState.BLOCKED, Task.blocked_on == cause)
        .values(
            state=TaskState.WAITING,
            due_at=now,
            updated_at=now,
            blocked_on="",
            reason_code="",
            reason="",
            reason_data={},
        )
        .execution_options(synchronize_session=False)
    )
    return int(getattr(released, "rowcount", 0))


def provider_is_on(session: Session, tenant_id: int, provider: str) -> bool:
    """An operator's word on a provider for a tenant; none means on."""
    enabled = session.scalar(
        select(ProviderSwitch.enabled).where(ProviderSwitch.tenant_id == tenant_id, ProviderSwitch.provider == provider)
    )
    return enabled is not False
