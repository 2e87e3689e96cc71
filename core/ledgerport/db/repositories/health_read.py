"""Every connection there is, with what tells its health: a fixed number of statements, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, Grant, ProviderSwitch, Schedule, Task, Tenant
from ledgerport.db.session import database_now

_COLUMNS = (
    Tenant.slug.label("tenant"),
    Tenant.name.label("tenant_name"),
    Connection.id,
    Connection.provider,
    Connection.company_id,
    Connection.company_name,
    Connection.state,
    Connection.state_since,
    Connection.reason,
    Connection.due_at,
    Connection.first_sync_waits,
    Connection.held_until,
    Connection.last_success_at,
    Grant.refreshed_at,
    Grant.created_at.label("granted_at"),
    Grant.access_expires_at,
    Grant.refresh_expires_at,
    Grant.hard_expires_at,
    ProviderSwitch.enabled.label("switched"),
)


@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """The lease of the active scheduler. `beat_left`: how much of it is left, in seconds; negative when it ran out."""

    owner: str
    beat_left: float


def connections(session: Session) -> Sequence[Any]:
    """All that are not disconnected, by tenant and provider."""
    query = (
        select(*_COLUMNS)
        .join(Tenant, Tenant.id == Connection.tenant_id)
        .outerjoin(Grant, Grant.id == Connection.grant_id)
        .outerjoin(
            ProviderSwitch,
            and_(ProviderSwitch.tenant_id == Connection.tenant_id, ProviderSwitch.provider == Connection.provider),
        )
        .where(Connection.state != ConnectionState.DISCONNECTED)
        .order_by(Tenant.slug, Connection.provider)
    )
    return session.execute(query).all()


def task_counts(session: Session) -> dict[int, dict[str, int]]:
    """How many tasks each connection has that are not done, by state."""
    counts: dict[int, dict[str, int]] = {}
    for states in _BY_INDEX:
        query = select(Task.connection_id, Task.state, func.count().label("tasks")).where(_in(states))
        for row in session.execute(query.group_by(Task.connection_id, Task.state)):
            counts.setdefault(row.connection_id, {})[str(row.state)] = row.tasks
    return counts


def oldest_waiting(session: Session) -> dict[int, datetime]:
    """When the task that waits longest was opened, by connection."""
    first = select(func.min(Task.id)).where(_in(("waiting",))).group_by(Task.connection_id)
    told = session.execute(select(Task.connection_id, Task.created_at).where(Task.id.in_(first)))
    return {row.connection_id: row.created_at for row in told}


def connections_by_provider(session: Session) -> dict[str, int]:
    """How many connections there are to each provider."""
    query = select(Connection.provider, func.count().label("connections")).group_by(Connection.provider)
    told = session.execute(query.where(Connection.state != ConnectionState.DISCONNECTED))
    return {row.provider: row.connections for row in told}


def connections_by_tenant(session: Session, tenant_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many connections each of these tenants has, by state."""
    counts: dict[int, dict[str, int]] = {}
    query = select(Connection.tenant_id, Connection.state, func.count().label("connections"))
    query = query.where(Connection.tenant_id.in_(tenant_ids), Connection.state != ConnectionState.DISCONNECTED)
    for row in session.execute(query.group_by(Connection.tenant_id, Connection.state)):
        counts.setdefault(row.tenant_id, {})[str(row.state)] = row.connections
    return counts


def scheduler(session: Session, name: str) -> Scheduler | None:
    """Who ticks; None before any did."""
    row = session.get(Schedule, name)
    if row is None or row.lease_until is None:
        return None
    return Scheduler(owner=row.owner, beat_left=(row.lease_until - database_now(session)).total_seconds())


# The partial indexes of tasks, so that done tasks are never looked at.
_BY_INDEX = (("waiting",), ("sending",), ("blocked", "failed"))


def _in(states: Collection[str]) -> Any:
    """Written out, not bound: only then does a database see that a partial index fits."""
    return Task.state.in_([literal_column(f"'{state}'") for state in states])
