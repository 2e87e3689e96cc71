"""Keeping a page that was read: its rows with what is proposed for each, in the transaction that moves the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Import, RowState
from ledgerport.db.repositories import import_rows, links
from ledgerport.db.repositories.import_matches import Among
from ledgerport.services.imports.entries import Entry
from ledgerport.services.imports.find_duplicates import Asked, Proposal, propose


def keep_page(session: Session, row: Import, entries: Sequence[Entry]) -> None:
    """Keep what is not linked yet; count what is. A page that comes a second time changes nothing."""
    kind = Kind(row.kind)
    linked = links.owners(session, row.connection_id, kind, {entry.remote_id for entry in entries})
    fresh = {entry.remote_id: entry for entry in entries if entry.remote_id not in linked}
    asked = [Asked(entry.remote_id, entry.name, entry.email, entry.data) for entry in fresh.values()]
    proposals = propose(session, Among(tenant_id=row.tenant_id, connection_id=row.connection_id), kind, asked)
    rows = [_row(row, entry, proposals[entry.remote_id]) for entry in fresh.values()]
    row.listed += import_rows.keep(session, rows)
    row.known += len({entry.remote_id for entry in entries}) - len(fresh)


def _row(row: Import, entry: Entry, proposal: Proposal) -> dict[str, Any]:
    return {
        "tenant_id": row.tenant_id,
        "import_id": row.id,
        "remote_id": entry.remote_id,
        "remote_version": entry.version,
        "name": entry.name,
        "email": entry.email,
        "data": dict(entry.data),
        "type": entry.type,
        "type_reason": entry.type_reason,
        "choice": proposal.choice.value,
        "chosen": False,
        "matches": proposal.rows(),
        "match_id": proposal.match_id,
        "ref": "",
        "state": RowState.OPEN.value,
        "record_id": None,
        "told": "",
    }
