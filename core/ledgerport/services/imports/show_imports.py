"""Shows imports and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, Import, ImportRow, RowChoice, RowState
from ledgerport.db.repositories import import_rows, imports, records
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged, from_cursor, to_cursor
from ledgerport.services.provider_labels import label_of, object_address
from ledgerport.services.rejections import NotFound
from ledgerport.services.sync_connection import require_connection


@dataclass(frozen=True, kw_only=True)
class ImportView:
    """An import as it stands now; `phase` is what was stopped, `reading` or `importing`.

    `to_create`, `to_link`, `to_ask`, `to_skip`: rows that are not here yet, by what is to become of them. `listed`:
    all rows, `known`: objects that were linked already and are no rows. `due_at` and `reason` say when a job goes on
    and why not before.
    """

    id: int
    provider: str
    label: str
    kind: str
    state: str
    phase: str
    listed: int
    known: int
    to_create: int
    to_link: int
    to_ask: int
    to_skip: int
    created: int
    linked: int
    failed: int
    reason: str
    due_at: datetime | None
    requested_by: str
    created_at: datetime
    read_at: datetime | None
    finished_at: datetime | None

    @property
    def to_bring(self) -> int:
        """How many `apply` would bring over."""
        return self.to_create + self.to_link

    @property
    def works(self) -> bool:
        """Whether a job is at it."""
        return self.state in ("reading", "importing")


@dataclass(frozen=True, kw_only=True)
class MatchView:
    """One of ours that a row may be, and why."""

    ref: str
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class ImportRowView:
    """One customer or item over there.

    `choice` is what is to become of it, `link_to` the ref it would be linked to; `state`: open, created, linked or
    failed; `ref` what it is called here, as soon as it is. Of customers price and cost are empty.
    """

    id: int
    remote_id: str
    url: str
    name: str
    email: str
    phone: str
    company_name: str
    address: str
    sku: str
    price: Decimal | None
    cost: Decimal | None
    taxable: bool
    type: str
    type_reason: str
    choice: str
    matches: list[MatchView]
    link_to: str
    state: str
    ref: str
    told: str


def list_imports(hub: Hub, *, tenant_id: int, provider: str) -> list[ImportView]:
    """The latest imports over a connection, newest first. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        return [view(session, hub, connection, row) for row in imports.newest(session, connection.id)]


def latest_import(hub: Hub, *, tenant_id: int, provider: str, kind: Kind) -> ImportView | None:
    """The newest import of a kind, if there was any. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        found = imports.newest(session, connection.id, kind=kind, limit=1)
        return view(session, hub, connection, found[0]) if found else None


def show_import(hub: Hub, *, tenant_id: int, provider: str, import_id: int) -> ImportView:
    """One import as it stands now. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        return view(session, hub, connection, require_import(session, connection, import_id))


def list_rows(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    import_id: int,
    show: str = "",
    search: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Paged[ImportRowView]:
    """A page of rows in the order in which they were read. `show`: create, link, ask, skip, failed, here, or all.

    Raises NotFound, BadChoice.
    """
    after = from_cursor(cursor)
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        row = require_import(session, connection, import_id)
        found = import_rows.page(session, row.id, show=show, search=search, after=after, limit=limit + 1)
        shown = found[:limit]
        refs = records.refs_of(session, Kind(row.kind), tenant_id, {one.match_id for one in shown if one.match_id})
        rows = [_row(hub, connection, Kind(row.kind), one, refs) for one in shown]
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def require_import(session: Session, connection: Connection, import_id: int, *, lock: bool = False) -> Import:
    """An import over this connection. Raises NotFound."""
    row = imports.find(session, import_id, lock=lock)
    if row is None or row.connection_id != connection.id:
        raise NotFound(f"There is no import {import_id} from {connection.company_name}.")
    return row


def view(session: Session, hub: Hub, connection: Connection, row: Import) -> ImportView:
    """An import as doors show it."""
    counts = imports.state_counts(session, row.id)

    def to(choice: RowChoice) -> int:
        return counts.get((RowState.OPEN.value, choice.value), 0)

    return ImportView(
        id=row.id,
        provider=connection.provider,
        label=label_of(hub, connection.provider),
        kind=str(row.kind),
        state=str(row.state),
        phase=str(row.phase),
        listed=row.listed,
        known=row.known,
        to_create=to(RowChoice.CREATE),
        to_link=to(RowChoice.LINK),
        to_ask=to(RowChoice.ASK),
        to_skip=to(RowChoice.SKIP),
        created=row.created,
        linked=row.linked,
        failed=sum(count for (state, _choice), count in counts.items() if state == RowState.FAILED),
        reason=row.reason,
        due_at=row.due_at,
        requested_by=row.requested_by,
        created_at=row.created_at,
        read_at=row.read_at,
        finished_at=row.finished_at,
    )


def _row(hub: Hub, connection: Connection, kind: Kind, one: ImportRow, refs: dict[int, str]) -> ImportRowView:
    data = one.data
    address = data.get("address", {})
    price, cost = data.get("price"), data.get("cost")
    place = (address.get(part, "") for part in ("line1", "line2", "city", "region", "postal_code"))
    return ImportRowView(
        id=one.id,
        remote_id=one.remote_id,
        url=object_address(hub, connection.provider, kind, one.remote_id),
        name=one.name,
        email=data.get("email", ""),
        phone=data.get("phone", ""),
        company_name=data.get("company_name", ""),
        address=", ".join(part for part in place if part),
        sku=data.get("sku", ""),
        price=None if price is None else Decimal(price),
        cost=None if cost is None else Decimal(cost),
        taxable=data.get("taxable", False),
        type=one.type,
        type_reason=one.type_reason,
        choice=str(one.choice),
        matches=[MatchView(ref=match["ref"], name=match["name"], why=match["why"]) for match in one.matches],
        link_to=refs.get(one.match_id, "") if one.match_id is not None else "",
        state=str(one.state),
        ref=one.ref,
        told=one.told,
    )
