"""Says what has to happen: opens tasks for records, in the transaction that saved them. Nothing is sent from here."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, Op, Priority
from ledgerport.db.repositories import open_work
from ledgerport.db.repositories.open_work import Opening
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import providers_without


def open_tasks(
    session: Session,
    hub: Hub,
    *,
    tenant_id: int,
    kind: Kind,
    record_ids: Collection[int],
    op: Op = Op.PUSH,
    priority: Priority = Priority.AUTOMATIC,
    run_id: int | None = None,
    force: bool = False,
    connection_id: int | None = None,
) -> list[int]:
    """A task for each record (for payments: allocation) on each connection of the tenant, or on `connection_id`
    alone.

    A connection takes part when its provider takes the kind, it is not disconnected, its toggle for the kind is on
    and, for automatic work, auto-sync is on. A void or a deletion goes only where the record is or may be. An open
    task is woken instead of doubled. Returns the connections to be told, after the commit, that there is work
    (`wake`).
    """
    if not record_ids:
        return []
    opening = Opening(
        tenant_id=tenant_id,
        now=hub.clock.now(),
        op=op,
        priority=priority,
        run_id=run_id,
        force=force,
        not_for=providers_without(hub, kind),
    )
    open_work.open_for(session, opening, kind, record_ids, connection_id=connection_id)
    return open_work.make_due(session, tenant_id, opening.now, connection_id)


def open_everything(
    session: Session,
    hub: Hub,
    connection: Connection,
    priority: Priority = Priority.BACKFILL,
    run_id: int | None = None,
) -> int:
    """A task for every record that a connection lacks or has an older state of; blocked and failed ones are tried
    again.

    Returns how many open tasks there are of `run_id` (0 without a run). The connection's `due_at` is set; the caller
    sends the message after the commit.
    """
    kinds = [
        kind
        for kind in Kind
        if getattr(connection, f"sync_{kind}s") and connection.provider not in providers_without(hub, kind)
    ]
    opening = Opening(tenant_id=connection.tenant_id, now=hub.clock.now(), priority=priority, run_id=run_id)
    session.flush()
    open_work.open_unsynced(session, opening, connection.id, kinds)
    open_work.reopen_held(session, opening, connection.id, kinds)
    open_work.make_due(session, connection.tenant_id, opening.now, connection.id)
    session.refresh(connection, ["due_at"])
    return open_work.count_of_run(session, connection.tenant_id, run_id) if run_id is not None else 0


def wake(hub: Hub, connection_ids: Collection[int]) -> None:
    """Tell the workers, after the commit, that connections have work."""
    for connection_id in sorted(set(connection_ids)):
        hub.queue.add("sync.drain", connection_id)
