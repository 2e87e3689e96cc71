"""Shows how far a run is and when it will be done, and which run of a connection goes on just now."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, Run
from ledgerport.db.repositories import connections_read, records_read, runs_read
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.rejections import NotFound
from ledgerport.services.sync_connection import require_connection
from ledgerport.services.sync_estimate import Progress, Standing, estimate, progress


def run_progress(hub: Hub, *, tenant_id: int, run_id: int) -> Progress:
    """One run as it stands now. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        run = records_read.run(session, run_id)
        connection = session.get(Connection, run.connection_id) if run is not None else None
        if run is None or connection is None:
            raise NotFound(f"There is no run {run_id}.")
        if run.state != "running":
            return _over(run)
        return progress(terms_of(hub, connection.provider), _standing(session, hub, connection, run))


def running_run(hub: Hub, *, tenant_id: int, provider: str) -> int | None:
    """The run of a connection that goes on just now, with something left to do. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        run = runs_read.running(session, require_connection(session, hub, provider).id)
        return run.id if run is not None and runs_read.pending(session, run) else None


def time_needed(hub: Hub, *, tenant_id: int, run_id: int) -> timedelta:
    """How long the rest of a run takes at least. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        run = records_read.run(session, run_id)
        connection = session.get(Connection, run.connection_id) if run is not None else None
        if run is None or connection is None:
            raise NotFound(f"There is no run {run_id}.")
        terms = terms_of(hub, connection.provider)
        if terms is None:
            return timedelta(0)
        return estimate(terms, _standing(session, hub, connection, run)).span


def why_held(hub: Hub, *, tenant_id: int, provider: str) -> str:
    """What the provider said when it made us wait, in the user's words; empty when it said nothing. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return runs_read.waiting_reason(session, require_connection(session, hub, provider).id)


def _standing(session: Session, hub: Hub, connection: Connection, run: Run) -> Standing:
    now = hub.clock.now()
    left = runs_read.pending(session, run)
    done = run.created + run.updated + run.unchanged + run.skipped + run.failed
    if run.trigger != "automatic":
        # A record that was released and tried again is counted twice; what is left tells the truth.
        done = max(0, run.total - sum(left.values()))
    held = connection.held_until - now if connection.held_until is not None else timedelta(0)
    return Standing(
        label=label_of(hub, connection.provider),
        done=done,
        left=left,
        elapsed=now - run.started_at,
        held_for=max(held, timedelta(0)),
        stopped=_stopped(session, hub, connection),
        choices=connection.choices,
    )


def _stopped(session: Session, hub: Hub, connection: Connection) -> str:
    """Why nothing is sent over a connection, in words that follow the figures; empty when something is."""
    label = label_of(hub, connection.provider)
    if connection.provider in connections_read.switched_off(session):
        return f"waits, your operator has turned {label} off"
    unknown = runs_read.unknown(session, connection.id)
    if unknown and connection.state == ConnectionState.ACTIVE:
        records = "1 record" if unknown == 1 else f"{unknown:,} records"
        return f"waits, {label} did not tell what became of {records}; we look before we send more"
    return {
        ConnectionState.NEEDS_RECONNECTION: f"waits until you reconnect {label}",
        ConnectionState.PAUSED: "waits, the connection is paused",
        ConnectionState.DISCONNECTED: f"stopped, {label} is disconnected",
        ConnectionState.PENDING: f"waits until {label} is connected",
    }.get(connection.state, "")


def _over(run: Run) -> Progress:
    counts = [
        (run.created, "new"),
        (run.updated, "updated"),
        (run.unchanged, "unchanged"),
        (run.skipped, "skipped"),
        (run.failed, "failed"),
    ]
    told = ", ".join(f"{count:,} {word}" for count, word in counts if count) or "nothing to send"
    total = max(run.total, 1)
    return Progress(done=total, total=total, words=f"Done: {told}", over=True)
