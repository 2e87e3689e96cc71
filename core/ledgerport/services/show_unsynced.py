"""Counts what is not in a company's books yet, by kind, as the banner of its page and the last step after connecting
tell it."""

from __future__ import annotations

from ledgerport.contract import Kind
from ledgerport.db.repositories import runs_read
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import terms_of
from ledgerport.services.sync_connection import require_connection


def count_unsynced(hub: Hub, *, tenant_id: int, provider: str) -> dict[Kind, int]:
    """Records of the kinds that are synced and not in the books as they are now; what is being sent is left out.

    Raises NotFound.
    """
    terms = terms_of(hub, provider)
    with hub.database.tenant(tenant_id, read=True) as session:
        connection = require_connection(session, hub, provider)
        taken = [kind for kind in Kind if terms is None or (kind in terms.kinds and terms.kinds[kind].push)]
        wanted = [kind for kind in taken if getattr(connection, f"sync_{kind}s")]
        if connection.auto_sync and not connection.first_sync_waits:
            # Then whatever is not in the books has a task, and a hundred thousand records need not be looked at.
            counts = runs_read.still_to_go(session, connection.id)
        else:
            counts = runs_read.unsynced(session, connection, wanted)
        return {kind: counts[kind] for kind in wanted if counts.get(kind)}
