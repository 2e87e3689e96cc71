"""Which documents the memory is to have: written in the transaction that makes it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import EntryReason, EntryState, MemoryEntry
from ledgerport.db.repositories.memory_rows import put_many
from ledgerport.db.repositories.records import table_of

ENTRIES = table_of(MemoryEntry)
_KEY = ("tenant_id", "kind", "record_id")


def want(
    session: Session,
    tenant_id: int,
    wanted: Mapping[tuple[Kind, int], EntryReason],
    *,
    now: datetime,
    due_at: datetime,
) -> None:
    """Let documents be embedded from `due_at` on. One that somebody had forgotten stays out.

    Always in order of the key, so that two transactions never wait for one another in a circle.
    """
    rows = [_row(tenant_id, key, reason, now, due_at) for key, reason in sorted(wanted.items())]
    put_many(session, ENTRIES, rows, key=_KEY, changes=_again, unless=_is_forgotten)


def take_out(
    session: Session, tenant_id: int, documents: Sequence[tuple[Kind, int]], reason: EntryReason, now: datetime
) -> None:
    """Let documents leave the memory; those that it does not have are no concern of it."""
    if not documents:
        return
    statement = (
        update(ENTRIES)
        .where(
            ENTRIES.c.tenant_id == tenant_id,
            ENTRIES.c.kind == bindparam("of_kind"),
            ENTRIES.c.record_id == bindparam("document"),
            ~_is_forgotten(),
        )
        .values(
            state=EntryState.REMOVING.value,
            reason=reason.value,
            version=ENTRIES.c.version + 1,
            due_at=now,
            wanted_at=now,
            attempts=0,
            error="",
        )
    )
    session.connection().execute(
        statement, [{"of_kind": kind.value, "document": record_id} for kind, record_id in documents]
    )


def forget(session: Session, tenant_id: int, kind: Kind, record_id: int, now: datetime) -> None:
    """Let a document leave the memory and stay out of it."""
    row = _row(tenant_id, (kind, record_id), EntryReason.FORGOTTEN, now, now) | {"state": EntryState.REMOVING.value}
    put_many(session, ENTRIES, [row], key=_KEY, changes=_again)


def _row(tenant_id: int, key: tuple[Kind, int], reason: EntryReason, now: datetime, due_at: datetime) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "kind": key[0].value,
        "record_id": key[1],
        "state": EntryState.WAITING.value,
        "reason": reason.value,
        "version": 1,
        "text_hash": "",
        "text_version": 0,
        "model": "",
        "dimension": 0,
        "due_at": due_at,
        "attempts": 0,
        "error": "",
        "wanted_at": now,
    }


def _again(new: Any) -> Mapping[str, Any]:
    """What an entry that is there takes over; what is stored of it stays until its new text is."""
    return {
        "state": new.state,
        "reason": new.reason,
        "version": ENTRIES.c.version + 1,
        "due_at": new.due_at,
        "attempts": 0,
        "error": "",
        "wanted_at": new.wanted_at,
    }


def _is_forgotten() -> Any:
    return ENTRIES.c.state == EntryState.FORGOTTEN.value
