"""Counts what is on its way to the books just now, of a connection or of one record: a page that shows it as waiting is
out of date as soon as that has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, ConnectionState
from ledgerport.db.repositories import connections_read, records_read, runs_read
from ledgerport.services.context import Hub
from ledgerport.services.rejections import NotFound
from ledgerport.services.sync_connection import require_connection

# What is due later than this waits for something; nobody sits before a page for so long.
_SOON = timedelta(minutes=1)


def on_the_way(hub: Hub, *, tenant_id: int, provider: str) -> int:
    """Tasks of a connection that are being sent, or will be shortly. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        goes = _that_go(session, hub, [require_connection(session, hub, provider)])
        return runs_read.moving(session, goes, hub.clock.now() + _SOON)


def record_on_the_way(hub: Hub, *, tenant_id: int, kind: Kind, ref: str) -> int:
    """The same of one record, over all connections: of an invoice with what is paid of it. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        row = records_read.one(session, kind, ref)
        if row is None:
            raise NotFound(f"There is no {kind} {ref}.")
        about = {kind: [row.id]}
        if kind is Kind.PAYMENT:
            about = {kind: records_read.all_allocation_ids(session, row.id)}
        elif kind is Kind.INVOICE:
            about[Kind.PAYMENT] = [allocation.id for allocation, _ in records_read.allocations_on(session, row.id)]
        goes, soon = _that_go(session, hub, connections_read.all_live(session)), hub.clock.now() + _SOON
        return sum(runs_read.moving(session, goes, soon, its) for its in about.items())


def _that_go(session: Session, hub: Hub, connections: Sequence[Connection]) -> list[int]:
    """The connections over which something is sent now."""
    soon, off = hub.clock.now() + _SOON, connections_read.switched_off(session)
    return [
        each.id
        for each in connections
        if each.state == ConnectionState.ACTIVE
        and each.provider not in off
        and (each.held_until is None or each.held_until <= soon)
    ]
