"""Syncs one invoice because a person asked, with all that belongs to it and is not in the books yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, DocumentStatus, Op, Priority
from ledgerport.db.repositories import connections_read, open_work, records
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import open_tasks, wake
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.sync_connection import require_usable, start_run


@dataclass(frozen=True, kw_only=True)
class InvoiceSync:
    """What was started on one connection. `action`: `sync`, or `resync` for an invoice that is in the books already.

    Where the connection cannot be used now, `run_id` is None and `problem` says why.
    """

    provider: str
    action: str
    run_id: int | None
    total: int
    problem: str = ""


def sync_invoice(hub: Hub, *, tenant_id: int, ref: str, requested_by: str = "") -> list[InvoiceSync]:
    """Send an invoice, its unsynced payments, customer and items now, on every connection that takes invoices.

    Raises NotFound, and Conflict for a draft, or when no connection takes invoices.
    """
    with hub.database.tenant(tenant_id) as session:
        row = records.find(session, Kind.INVOICE, tenant_id, [ref]).get(ref)
        if row is None:
            raise NotFound(f"There is no invoice {ref}.")
        if row.status == DocumentStatus.DRAFT:
            raise Conflict(f"Invoice {ref} is a draft.", "Send it first: PUT it with status SENT.")
        taking = [connection for connection in connections_read.all_live(session) if connection.sync_invoices]
        if not taking:
            raise Conflict("No connection takes invoices.", "Connect a provider, or turn invoices on in its settings.")
        synced, woken = [], []
        for connection in taking:
            done, wakes = _on(session, hub, connection, row, requested_by)
            synced.append(done)
            woken.extend(wakes)
    wake(hub, woken)
    return synced


def _on(
    session: Session, hub: Hub, connection: Connection, invoice: Row[Any], requested_by: str
) -> tuple[InvoiceSync, list[int]]:
    linked = bool(connections_read.linked(session, connection.id, Kind.INVOICE, [invoice.id]))
    action = "resync" if linked else "sync"
    try:
        require_usable(session, hub, connection)
    except Conflict as conflict:
        problem = f"{label_of(hub, connection.provider)}: {conflict.reason}"
        return InvoiceSync(provider=connection.provider, action=action, run_id=None, total=0, problem=problem), []
    run = start_run(session, hub, connection, requested_by)
    woken: set[int] = set()
    for kind, ids in _belongings(session, connection, invoice).items():
        woken.update(
            open_tasks(
                session,
                hub,
                tenant_id=connection.tenant_id,
                kind=kind,
                record_ids=sorted(ids),
                op=Op.VOID if kind is Kind.INVOICE and invoice.status == DocumentStatus.VOID else Op.PUSH,
                priority=Priority.CLICK,
                run_id=run.id,
                force=linked and kind is Kind.INVOICE,
                connection_id=connection.id,
            )
        )
    run.total = open_work.count_of_run(session, connection.tenant_id, run.id)
    if not run.total:
        run.state, run.finished_at = "finished", hub.clock.now()
    else:
        woken.add(connection.id)
    done = InvoiceSync(provider=connection.provider, action=action, run_id=run.id, total=run.total)
    return done, sorted(woken)


def _belongings(session: Session, connection: Connection, invoice: Row[Any]) -> dict[Kind, set[int]]:
    """What has to go: the invoice always, the rest where it is not in the books of this connection."""
    if invoice.status == DocumentStatus.VOID:
        return {Kind.INVOICE: {invoice.id}}
    wanted = {
        Kind.CUSTOMER: {invoice.customer_id},
        Kind.ITEM: connections_read.items_on(session, Kind.INVOICE, invoice.id),
        Kind.PAYMENT: set(records.live_allocations_on(session, connection.tenant_id, invoice.id)),
    }
    missing = {kind: ids - connections_read.linked(session, connection.id, kind, ids) for kind, ids in wanted.items()}
    return {**missing, Kind.INVOICE: {invoice.id}}
