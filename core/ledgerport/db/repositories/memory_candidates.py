"""Which sent documents the memory lacks or has an older text of, found without making a single text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import DocumentStatus, EntryReason, EntryState
from ledgerport.db.repositories.memory_entries import ENTRIES
from ledgerport.db.repositories.memory_texts import DOCUMENTS
from ledgerport.db.repositories.memory_vectors import Space
from ledgerport.db.repositories.records import CUSTOMERS, ITEMS, LINES

_SENT = DocumentStatus.SENT.value


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Sent documents: all, and those that somebody had forgotten."""

    sent: int
    forgotten: int


def count_sent(session: Session, tenant_id: int) -> Counted:
    """How many documents a full memory would have."""
    sent = 0
    for table in DOCUMENTS.values():
        query = select(func.count()).where(table.c.tenant_id == tenant_id, table.c.status == _SENT)
        sent += session.scalar(query) or 0
    forgotten = select(func.count()).where(
        ENTRIES.c.tenant_id == tenant_id, ENTRIES.c.state == EntryState.FORGOTTEN.value
    )
    return Counted(sent=sent, forgotten=session.scalar(forgotten) or 0)


def candidates(session: Session, space: Space, kind: Kind, *, text_version: int) -> Sequence[int]:
    """The ids of sent documents of a kind that are not stored as they are now: new to the memory, waiting, failed,
    changed, with a customer or an item that was changed, or stored for another model.
    """
    oldest = session.scalar(
        select(func.min(ENTRIES.c.stored_at)).where(
            ENTRIES.c.tenant_id == space.tenant_id, ENTRIES.c.state == EntryState.STORED.value
        )
    )
    table = DOCUMENTS[kind]
    outdated = [
        ENTRIES.c.id.is_(None),
        ENTRIES.c.state.in_([EntryState.WAITING.value, EntryState.FAILED.value]),
        ENTRIES.c.model != space.model,
        ENTRIES.c.dimension != space.dimension,
        ENTRIES.c.text_version != text_version,
        ENTRIES.c.seen_at != table.c.updated_at,
        CUSTOMERS.c.updated_at > ENTRIES.c.stored_at,
    ]
    if oldest is not None:
        outdated.append(table.c.id.in_(_with_changed_items(space.tenant_id, kind, oldest)))
    query = (
        select(table.c.id)
        .join(CUSTOMERS, CUSTOMERS.c.id == table.c.customer_id)
        .outerjoin(ENTRIES, _entry_of(kind, space.tenant_id))
        .where(
            table.c.tenant_id == space.tenant_id,
            table.c.status == _SENT,
            or_(ENTRIES.c.id.is_(None), ENTRIES.c.state != EntryState.FORGOTTEN.value),
            or_(*outdated),
        )
        .order_by(table.c.id)
    )
    return session.scalars(query).all()


def let_go_of_others(session: Session, tenant_id: int, now: datetime) -> None:
    """Let documents leave that the memory has and that are not sent any more: voided while it was off."""
    for kind, table in DOCUMENTS.items():
        there = select(table.c.id).where(table.c.tenant_id == tenant_id, table.c.status == _SENT)
        session.execute(
            update(ENTRIES)
            .where(
                ENTRIES.c.tenant_id == tenant_id,
                ENTRIES.c.kind == kind.value,
                ENTRIES.c.state.not_in([EntryState.REMOVING.value, EntryState.FORGOTTEN.value]),
                ENTRIES.c.record_id.not_in(there),
            )
            .values(
                state=EntryState.REMOVING.value,
                reason=EntryReason.VOIDED.value,
                version=ENTRIES.c.version + 1,
                due_at=now,
                wanted_at=now,
            )
        )


def put_back(session: Session, space: Space, now: datetime) -> int:
    """Let everything that is stored go into the index again; how many documents."""
    told = session.execute(
        update(ENTRIES)
        .where(
            ENTRIES.c.tenant_id == space.tenant_id,
            ENTRIES.c.state == EntryState.STORED.value,
            ENTRIES.c.model == space.model,
            ENTRIES.c.dimension == space.dimension,
        )
        .values(
            state=EntryState.WAITING.value,
            reason=EntryReason.REBUILD.value,
            version=ENTRIES.c.version + 1,
            due_at=now,
            wanted_at=now,
        )
    )
    return int(told.rowcount)  # type: ignore[attr-defined]


def _with_changed_items(tenant_id: int, kind: Kind, oldest: datetime) -> Select[Any]:
    """Documents that name an item which was changed after they were read. Begun at the items: few are changed."""
    lines, owner = LINES[kind]
    return (
        select(lines.c[owner])
        .join(ITEMS, ITEMS.c.id == lines.c.item_id)
        .join(ENTRIES, and_(ENTRIES.c.record_id == lines.c[owner], ENTRIES.c.kind == kind.value))
        .where(
            ITEMS.c.tenant_id == tenant_id,
            ITEMS.c.updated_at > oldest,
            ENTRIES.c.tenant_id == tenant_id,
            ITEMS.c.updated_at > ENTRIES.c.stored_at,
        )
    )


def _entry_of(kind: Kind, tenant_id: int) -> Any:
    return and_(
        ENTRIES.c.tenant_id == tenant_id,
        ENTRIES.c.kind == kind.value,
        ENTRIES.c.record_id == DOCUMENTS[kind].c.id,
    )
