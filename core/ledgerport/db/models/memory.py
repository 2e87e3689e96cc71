"""The memory of past prices: what is to be embedded, what was, and the vectors that were paid for.

The vectors' index (Chroma) holds nothing that does not stand here: it can be filled anew from these tables.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.contract import Kind
from ledgerport.db.models.base import Base, Id, Long, Moment, Short, TenantOwned, UtcDateTime

_OPEN = text("state IN ('waiting', 'removing')")


class EntryState(StrEnum):
    """`removing`: to be taken out of the memory. `failed`: this document alone is refused; nothing tries it again
    before it is wanted anew. `forgotten`: somebody had it taken out, and it stays out.
    """

    WAITING = "waiting"
    STORED = "stored"
    FAILED = "failed"
    REMOVING = "removing"
    FORGOTTEN = "forgotten"


class EntryReason(StrEnum):
    """Why an entry is open, or was last. `rebuild`: its vector goes into the index again, and nothing is paid."""

    SENT = "sent"
    PAID = "paid"
    BACKFILL = "backfill"
    REBUILD = "rebuild"
    VOIDED = "voided"
    FORGOTTEN = "forgotten"


class MemoryEntry(TenantOwned, Base):
    """One invoice or estimate that the memory has or is to have.

    `version` grows whenever it is wanted, so that a job which began before writes nothing over that. `text_hash`, with
    its format's version, the model and the dimension, is of what is stored, empty before. `seen_at`: the document's
    `updated_at` when its text was made; another one now says that it was changed since. `stored_at`: when it was read.
    """

    __tablename__ = "memory_entries"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "record_id"),
        Index("ix_memory_entries_open", "tenant_id", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        # Whether another document has the same text, and so the same vector.
        Index(None, "tenant_id", "text_hash"),
    )

    id: Mapped[Id]
    kind: Mapped[Kind] = mapped_column(String(20))
    record_id: Mapped[int]
    state: Mapped[EntryState] = mapped_column(String(20))
    reason: Mapped[EntryReason] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    text_hash: Mapped[str] = mapped_column(String(64), default="")
    text_version: Mapped[int] = mapped_column(default=0)
    model: Mapped[Short] = mapped_column(default="")
    dimension: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[Long] = mapped_column(default="")
    wanted_at: Mapped[Moment]
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class MemoryLine(TenantOwned, Base):
    """Which passage a line of a stored document has; written anew whenever its document is stored.

    Keyed by the document alone: ids of invoices, and of estimates, are nobody else's.
    """

    __tablename__ = "memory_lines"
    __table_args__ = (Index(None, "tenant_id", "text_hash"), {"sqlite_with_rowid": False})

    kind: Mapped[Kind] = mapped_column(String(20), primary_key=True)
    record_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text_hash: Mapped[str] = mapped_column(String(64))


class MemoryVector(TenantOwned, Base):
    """A text's vector, kept the moment Voyage answered: what was paid for once is never paid for again.

    `vector`: little-endian float32. `tokens`: its share of the request, by length. `in_index`: a line's passage is in
    the index; a document's is there when its entry is stored.
    """

    __tablename__ = "memory_vectors"
    __table_args__ = (UniqueConstraint("tenant_id", "model", "dimension", "text_hash", name="uq_memory_vectors_text"),)

    id: Mapped[Id]
    model: Mapped[Short]
    dimension: Mapped[int]
    text_hash: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(20))
    vector: Mapped[bytes] = mapped_column(LargeBinary())
    tokens: Mapped[int]
    made_at: Mapped[Moment]
    in_index: Mapped[bool] = mapped_column(default=False)


class MemorySpend(TenantOwned, Base):
    """What a tenant's texts and questions cost on one day (UTC)."""

    __tablename__ = "memory_spend"
    __table_args__ = (UniqueConstraint("tenant_id", "model", "day"),)

    id: Mapped[Id]
    model: Mapped[Short]
    day: Mapped[date] = mapped_column(Date())
    requests: Mapped[int]
    tokens: Mapped[int]


class MemoryWork(TenantOwned, Base):
    """Who works on a tenant's memory, until when nobody does and why, and how the last backfill goes.

    The lease is by database time, `held_until` by the hub's clock. `needs_person`: it waits for a person, not for
    Voyage. `documents`, `texts` and `tokens` are what the backfill was estimated at, `paid_tokens` what it has cost.
    """

    __tablename__ = "memory_work"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Long] = mapped_column(default="")
    needs_person: Mapped[bool] = mapped_column(default=False)
    backfill_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    requested_by: Mapped[Short] = mapped_column(default="")
    documents: Mapped[int] = mapped_column(default=0)
    texts: Mapped[int] = mapped_column(default=0)
    tokens: Mapped[int] = mapped_column(default=0)
    paid_tokens: Mapped[int] = mapped_column(default=0)
