"""How many customers of a company are not here yet: asked of the provider when somebody looks, kept for a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, CustomerCount
from ledgerport.db.repositories import links
from ledgerport.services.context import Hub
from ledgerport.services.imports.remote_pages import check_offered, read_page
from ledgerport.services.provider_labels import label_of
from ledgerport.services.sync_connection import require_connection, require_usable

_KEPT = timedelta(seconds=60)
# A person waits for the answer: no page is begun after this (of the hub's clock), nor more than so many.
_PATIENCE = timedelta(seconds=12)
_PAGES = 20


@dataclass(frozen=True, kw_only=True)
class UnsyncedCustomers:
    """`missing` of `there` customers are not here. `complete` false: there are more than were looked at."""

    label: str
    there: int
    missing: int
    complete: bool
    read_at: datetime


def unsynced_customers(hub: Hub, *, tenant_id: int, provider: str) -> UnsyncedCustomers:
    """Ask the provider, unless somebody did within a minute. Raises NotFound, Conflict, the contract's errors."""
    now = hub.clock.now()
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        kept = session.get(CustomerCount, connection.id)
        if kept is not None and now - _KEPT < kept.read_at <= now:
            return _told(hub, provider, kept)
        require_usable(session, hub, connection)
    check_offered(hub, provider, Kind.CUSTOMER)
    found: set[str] = set()
    cursor: str | None = None
    for _page in range(_PAGES):
        page = read_page(hub, connection, Kind.CUSTOMER, cursor)
        found.update(entry.remote_id for entry in page.entries)
        cursor = page.next
        if cursor is None or hub.clock.now() - now > _PATIENCE:
            break
    with hub.database.tenant(tenant_id) as session:
        return _told(hub, provider, _keep(session, connection, found, cursor is None, hub.clock.now()))


def _keep(session: Session, connection: Connection, found: set[str], complete: bool, now: datetime) -> CustomerCount:
    known = links.owners(session, connection.id, Kind.CUSTOMER, found)
    return session.merge(
        CustomerCount(
            connection_id=connection.id,
            tenant_id=connection.tenant_id,
            there=len(found),
            missing=len(found - known.keys()),
            complete=complete,
            read_at=now,
        )
    )


def _told(hub: Hub, provider: str, kept: CustomerCount) -> UnsyncedCustomers:
    return UnsyncedCustomers(
        label=label_of(hub, provider),
        there=kept.there,
        missing=kept.missing,
        complete=kept.complete,
        read_at=kept.read_at,
    )
