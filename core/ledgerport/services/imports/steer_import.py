"""A person's word on an import: bring over what is chosen, stop, go on."""

from __future__ import annotations

from collections.abc import Callable

from ledgerport.db.models import Import, ImportState
from ledgerport.services.context import Hub
from ledgerport.services.imports.show_imports import ImportView, require_import, view
from ledgerport.services.rejections import Conflict
from ledgerport.services.sync_connection import require_connection

_WORKING = (ImportState.READING, ImportState.IMPORTING)


def apply_import(hub: Hub, *, tenant_id: int, provider: str, import_id: int) -> ImportView:
    """Bring over every row that is to be created or linked; a job does it. Asked twice it is done once.

    Raises NotFound, Conflict.
    """

    def act(row: Import) -> None:
        if row.state == ImportState.READING:
            raise Conflict("The list is still being read.", "Wait until it is complete, or stop reading first.")
        if row.state in (ImportState.READY, ImportState.STOPPED):
            _work(hub, row, ImportState.IMPORTING)

    return _steer(hub, tenant_id, provider, import_id, act)


def stop_import(hub: Hub, *, tenant_id: int, provider: str, import_id: int) -> ImportView:
    """Stop reading or bringing over; what is done stays. Raises NotFound."""

    def act(row: Import) -> None:
        if row.state in _WORKING:
            row.state, row.due_at, row.reason = ImportState.STOPPED, None, ""
            # A page that is under way is not written; it is read again when the import goes on.
            row.fence, row.lease_until = row.fence + 1, None

    return _steer(hub, tenant_id, provider, import_id, act)


def resume_import(hub: Hub, *, tenant_id: int, provider: str, import_id: int) -> ImportView:
    """Go on where it was stopped. Raises NotFound."""

    def act(row: Import) -> None:
        if row.state == ImportState.STOPPED:
            _work(hub, row, ImportState(row.phase))
        elif row.state in _WORKING:
            # It waits for a moment that a person does not want to wait for.
            row.due_at, row.tries = hub.clock.now(), 0

    return _steer(hub, tenant_id, provider, import_id, act)


def _work(hub: Hub, row: Import, state: ImportState) -> None:
    row.state = row.phase = state
    row.due_at, row.reason, row.tries = hub.clock.now(), "", 0


def _steer(hub: Hub, tenant_id: int, provider: str, import_id: int, act: Callable[[Import], None]) -> ImportView:
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider)
        row = require_import(session, connection, import_id, lock=True)
        act(row)
        session.flush()
        shown = view(session, hub, connection, row)
    if shown.works:
        hub.queue.add("imports.work", shown.id)
    return shown
