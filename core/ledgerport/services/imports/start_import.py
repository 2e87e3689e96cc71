"""Starts to read customers or items from a provider, to look through them before any is brought over."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, Import, ImportState
from ledgerport.db.repositories import imports
from ledgerport.services.context import Hub
from ledgerport.services.imports.remote_pages import HOOKS, check_offered
from ledgerport.services.imports.show_imports import ImportView, view
from ledgerport.services.rejections import BadChoice
from ledgerport.services.sync_connection import require_connection, require_usable


def start_import(
    hub: Hub, *, tenant_id: int, provider: str, kind: Kind, requested_by: str = "", anew: bool = False
) -> ImportView:
    """The import of this kind that is open, or a new one. `anew`: the open one is closed as it is.

    Raises NotFound, BadChoice, and Conflict when nothing can be read as things stand.
    """
    if kind not in HOOKS:
        raise BadChoice("kind", f"{kind.capitalize()}s cannot be imported.", "Choose customer or item.")
    try:
        shown = _start(hub, tenant_id, provider, kind, requested_by, anew)
    except IntegrityError:
        # Somebody else started it in the same moment.
        shown = _start(hub, tenant_id, provider, kind, requested_by, anew=False)
    if shown.works:
        hub.queue.add("imports.work", shown.id)
    return shown


def _start(hub: Hub, tenant_id: int, provider: str, kind: Kind, requested_by: str, anew: bool) -> ImportView:
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider)
        found = imports.unfinished(session, connection.id, kind)
        if found is not None and not anew:
            return view(session, hub, connection, found)
        require_usable(session, hub, connection)
        check_offered(hub, provider, kind)
        if found is not None:
            found.state, found.finished_at, found.fence = ImportState.DONE, hub.clock.now(), found.fence + 1
            session.flush()
        imports.forget_rows(session, connection.id, kind)
        row = _new(hub, connection, kind, requested_by)
        session.add(row)
        session.flush()
        return view(session, hub, connection, row)


def _new(hub: Hub, connection: Connection, kind: Kind, requested_by: str) -> Import:
    now = hub.clock.now()
    return Import(
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        kind=kind,
        state=ImportState.READING,
        phase=ImportState.READING,
        cursor="",
        pages=0,
        listed=0,
        known=0,
        created=0,
        linked=0,
        failed=0,
        tries=0,
        reason="",
        fence=0,
        requested_by=requested_by[:200],
        due_at=now,
        created_at=now,
    )
