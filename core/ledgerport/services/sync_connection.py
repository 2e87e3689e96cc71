"""Syncs a connection because a person asked: all that is unsynced, and all that was blocked or failed, goes now.

A first sync that waited for the set-up waits no longer then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, Priority, Run
from ledgerport.db.repositories import connections_read, runs_read
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import open_everything, wake
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import Conflict, NotFound


@dataclass(frozen=True, kw_only=True)
class StartedRun:
    """A run that was started. `state` is `finished` at once when there was nothing to do."""

    run_id: int
    provider: str
    state: str
    total: int


def sync_connection(
    hub: Hub, *, tenant_id: int, provider: str, requested_by: str = "", same_within: timedelta = timedelta(0)
) -> StartedRun:
    """Start a run over a connection. Raises NotFound, and Conflict when the connection cannot be used as it is.

    `same_within`: a run that the same person started no longer ago, and that goes on, is answered instead of another:
    a button that was pressed twice.
    """
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=bool(same_within))
        require_usable(session, hub, connection)
        if same_within:
            going = runs_read.just_asked(session, connection.id, requested_by, hub.clock.now() - same_within)
            if going is not None:
                return StartedRun(run_id=going.id, provider=provider, state=going.state, total=going.total)
        connection.first_sync_waits = False
        run = start_run(session, hub, connection, requested_by)
        run.total = open_everything(session, hub, connection, Priority.CLICK, run.id)
        if not run.total:
            run.state, run.finished_at = "finished", hub.clock.now()
        started = StartedRun(run_id=run.id, provider=provider, state=run.state, total=run.total)
        connection_id = connection.id
    if started.total:
        wake(hub, [connection_id])
    return started


def require_connection(session: Session, hub: Hub, provider: str, *, lock: bool = False) -> Connection:
    """The tenant's live connection to a provider. Raises NotFound."""
    connection = connections_read.of_provider(session, provider, lock=lock)
    if connection is None:
        raise NotFound(f"There is no connection to {label_of(hub, provider)}.")
    return connection


def require_usable(session: Session, hub: Hub, connection: Connection) -> None:
    """Raises Conflict, with the words for it, when nothing could be sent over a connection now."""
    label = label_of(hub, connection.provider)
    if connection.provider in connections_read.switched_off(session):
        raise Conflict(f"Your operator has turned {label} off for this account.", "Ask your operator.")
    if connection.state == ConnectionState.NEEDS_RECONNECTION:
        raise Conflict(
            f'Reconnect required. {label} no longer accepts our connection to "{connection.company_name}".',
            f"Reconnect {label}; nothing is lost meanwhile.",
        )
    if connection.state != ConnectionState.ACTIVE:
        raise Conflict(
            f'The connection to "{connection.company_name}" in {label} is {connection.state}.',
            f"Finish connecting {label}." if connection.state == ConnectionState.PENDING else "Resume it first.",
        )


def start_run(session: Session, hub: Hub, connection: Connection, requested_by: str) -> Run:
    """A run that a person asked for."""
    run = Run(
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        trigger="click",
        requested_by=requested_by[:200],
        state="running",
        started_at=hub.clock.now(),
    )
    session.add(run)
    session.flush()
    return run
