"""Syncs one record because a person asked, with what it needs and what belongs to it that is not in the books yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, DocumentStatus, Op, Priority, Run
from ledgerport.db.repositories import connections_read, open_work, records, runs_read
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import open_tasks, wake
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.sync_connection import require_usable, start_run

_DOCUMENTS = (Kind.INVOICE, Kind.ESTIMATE)
# Where the name of a kind begins with a vowel.
_A = {Kind.ITEM: "an", Kind.INVOICE: "an", Kind.ESTIMATE: "an"}


@dataclass(frozen=True, kw_only=True)
class RecordSync:
    """What was started on one connection. `action`: `sync`, or `resync` for a record that is in the books already.

    Where the connection cannot be used now, `run_id` is None and `problem` says why. `total` is 0 where there is
    nothing to send.
    """

    provider: str
    action: str
    run_id: int | None
    total: int
    problem: str = ""


def sync_record(
    hub: Hub,
    *,
    tenant_id: int,
    kind: Kind,
    ref: str,
    provider: str = "",
    requested_by: str = "",
    same_within: timedelta = timedelta(0),
) -> list[RecordSync]:
    """Send a record now, on every connection that takes its kind or on `provider` alone, with what it needs there: an
    invoice takes its unsynced payments along, a document its customer and items, a payment its invoices.

    `same_within`: what the same person asked for this record no longer ago is answered instead of another run: a
    button that was pressed twice. Raises NotFound, and Conflict for a draft, or when no connection takes the record.
    """
    with hub.database.tenant(tenant_id) as session:
        row = records.find(session, kind, tenant_id, [ref]).get(ref)
        if row is None or (kind is Kind.PAYMENT and row.deleted_at is not None):
            raise NotFound(f"There is no {kind} {ref}.")
        if kind in _DOCUMENTS and row.status == DocumentStatus.DRAFT:
            raise Conflict(f"{kind.capitalize()} {ref} is a draft.", "Send it first: PUT it with status SENT.")
        taking = [each for each in connections_read.all_live(session) if provider in ("", each.provider)]
        if provider and not taking:
            raise NotFound(f"There is no connection to {label_of(hub, provider)}.")
        taking = [connection for connection in taking if _takes(hub, connection, kind)]
        if not taking:
            who = f"The connection to {label_of(hub, provider)}" if provider else "No connection"
            raise Conflict(
                f"{who} takes {'no ' if provider else ''}{kind}s.",
                f"Turn {kind}s on in its settings." if provider else _connect_first(kind),
            )
        synced, woken = [], []
        for connection in taking:
            done, wakes = _on(session, hub, connection, kind, row, requested_by, same_within)
            synced.append(done)
            woken.extend(wakes)
    wake(hub, woken)
    return synced


def _connect_first(kind: Kind) -> str:
    return f"Connect a provider, or turn {kind}s on in its settings."


def _takes(hub: Hub, connection: Connection, kind: Kind) -> bool:
    """Whether the connection's toggle and the provider let this kind pass."""
    terms = terms_of(hub, connection.provider)
    offered = terms is None or (kind in terms.kinds and terms.kinds[kind].push)
    return offered and bool(getattr(connection, f"sync_{kind}s"))


def _on(
    session: Session,
    hub: Hub,
    connection: Connection,
    kind: Kind,
    row: Row[Any],
    requested_by: str,
    same_within: timedelta,
) -> tuple[RecordSync, list[int]]:
    own = _own(session, kind, row)
    linked = connections_read.linked(session, connection.id, kind, own)
    action = "resync" if linked else "sync"
    try:
        require_usable(session, hub, connection)
        _require_begun(hub, connection)
    except Conflict as conflict:
        problem = f"{label_of(hub, connection.provider)}: {conflict.reason}"
        return RecordSync(provider=connection.provider, action=action, run_id=None, total=0, problem=problem), []
    if same_within:
        since = hub.clock.now() - same_within
        before = runs_read.asked_for(session, connection.id, requested_by, since, kind, own)
        if before is not None:
            done = RecordSync(provider=connection.provider, action=action, run_id=before.id, total=before.total)
            return done, []
    run = start_run(session, hub, connection, requested_by)
    void = kind is Kind.INVOICE and row.status == DocumentStatus.VOID
    wanted = {} if void else _missing(session, connection, kind, row)
    woken: set[int] = set()
    for each, ids in wanted.items():
        woken.update(_open(session, hub, connection, run, each, ids))
    # What may be there already (no link, a conflict) is not forced: a person says first which one is ours.
    op = Op.VOID if void else Op.PUSH
    woken.update(_open(session, hub, connection, run, kind, linked, op=op, force=True))
    woken.update(_open(session, hub, connection, run, kind, own - linked, op=op))
    run.total = open_work.count_of_run(session, connection.tenant_id, run.id)
    if not run.total:
        run.state, run.finished_at = "finished", hub.clock.now()
    else:
        woken.add(connection.id)
    done = RecordSync(provider=connection.provider, action=action, run_id=run.id, total=run.total)
    return done, sorted(woken)


def _require_begun(hub: Hub, connection: Connection) -> None:
    """Raises Conflict while the first sync waits: one record would take all that waits along."""
    if connection.first_sync_waits:
        label = label_of(hub, connection.provider)
        raise Conflict(f"Its set-up is not finished, so nothing is sent to {label} yet.", "Start the first sync there.")


def _open(
    session: Session,
    hub: Hub,
    connection: Connection,
    run: Run,
    kind: Kind,
    ids: set[int],
    *,
    op: Op = Op.PUSH,
    force: bool = False,
) -> list[int]:
    return open_tasks(
        session,
        hub,
        tenant_id=connection.tenant_id,
        kind=kind,
        record_ids=sorted(ids),
        op=op,
        priority=Priority.CLICK,
        run_id=run.id,
        force=force,
        connection_id=connection.id,
    )


def _own(session: Session, kind: Kind, row: Row[Any]) -> set[int]:
    """What the record is in the books: itself, or a payment's allocations."""
    if kind is not Kind.PAYMENT:
        return {row.id}
    parts = records.allocations_of(session, [row.id])[row.id]
    return {part.id for part in parts if part.removed_at is None}


def _missing(session: Session, connection: Connection, kind: Kind, row: Row[Any]) -> dict[Kind, set[int]]:
    """What goes along where it is not in the books of this connection, by kind."""
    wanted: dict[Kind, set[int]] = {}
    if kind in _DOCUMENTS:
        wanted = {Kind.CUSTOMER: {row.customer_id}, Kind.ITEM: connections_read.items_on(session, kind, row.id)}
    if kind is Kind.INVOICE:
        wanted[Kind.PAYMENT] = set(records.live_allocations_on(session, connection.tenant_id, row.id))
    if kind is Kind.PAYMENT:
        parts = records.allocations_of(session, [row.id])[row.id]
        invoices = {part.invoice_id for part in parts if part.removed_at is None}
        invoices -= connections_read.linked(session, connection.id, Kind.INVOICE, invoices)
        items = {item for each in invoices for item in connections_read.items_on(session, Kind.INVOICE, each)}
        wanted = {Kind.CUSTOMER: {row.customer_id}, Kind.ITEM: items, Kind.INVOICE: invoices}
    return {each: ids - connections_read.linked(session, connection.id, each, ids) for each, ids in wanted.items()}
