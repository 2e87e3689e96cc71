"""Imports: what was read from a provider to be brought over, row by row, and how far that got."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.contract import Kind
from ledgerport.db.models.base import Base, Id, Long, Moment, Short, TenantOwned, UtcDateTime

_OPEN = text("state <> 'done'")
_DUE = text("state IN ('reading', 'importing')")


class ImportState(StrEnum):
    READING = "reading"
    READY = "ready"
    IMPORTING = "importing"
    STOPPED = "stopped"
    DONE = "done"


class RowState(StrEnum):
    OPEN = "open"
    CREATED = "created"
    LINKED = "linked"
    FAILED = "failed"


class RowChoice(StrEnum):
    """What is to become of a row. ASK: a person has to say; until then nothing happens to it."""

    CREATE = "create"
    LINK = "link"
    ASK = "ask"
    SKIP = "skip"


class Import(TenantOwned, Base):
    """One import of customers or items over one connection; of each kind one is open at a time.

    `phase` is what a stop interrupted. `cursor` (empty: the first page) is where reading goes on; it is written with
    the rows of the page before. `due_at` says when a job goes on, `reason` why it waits; `fence` counts its leases,
    and every write of a job checks it. `listed`: rows kept, `known`: objects that were linked already.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("uq_imports_open", "connection_id", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_imports_due_at", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index(None, "tenant_id"),
    )

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(String(20))
    state: Mapped[ImportState] = mapped_column(String(20))
    phase: Mapped[ImportState] = mapped_column(String(20))
    cursor: Mapped[Long] = mapped_column(default="")
    pages: Mapped[int] = mapped_column(default=0)
    listed: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    linked: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Long] = mapped_column(default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    requested_by: Mapped[Short] = mapped_column(default="")
    created_at: Mapped[Moment]
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ImportRow(TenantOwned, Base):
    """One customer or item over there that is not linked here.

    `data` holds its fields as they would be saved. `type_reason`: why this type was suggested; `matches`: ours that
    it may be, best first; `match_id` the one it would be linked to. `chosen`: a person decided, so nothing suggests
    anew. `ref`: what it is to be called, empty where the hub names it. `told`: why it was not brought over.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        UniqueConstraint("import_id", "remote_id"),
        Index(None, "import_id", "state", "choice"),
        Index(None, "import_id", "id"),
    )

    id: Mapped[Id]
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    remote_id: Mapped[Short]
    remote_version: Mapped[Short] = mapped_column(default="")
    name: Mapped[Long]
    email: Mapped[Long] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON())
    type: Mapped[Short] = mapped_column(default="")
    type_reason: Mapped[Long] = mapped_column(default="")
    choice: Mapped[RowChoice] = mapped_column(String(20))
    chosen: Mapped[bool] = mapped_column(default=False)
    matches: Mapped[list[dict[str, Any]]] = mapped_column(JSON(), default=list)
    match_id: Mapped[int | None]
    ref: Mapped[Short] = mapped_column(default="")
    state: Mapped[RowState] = mapped_column(String(20))
    record_id: Mapped[int | None]
    told: Mapped[Long] = mapped_column(default="")


class CustomerCount(TenantOwned, Base):
    """How many customers a company has and how many of them are not here: kept for a minute after somebody looked.

    `complete` is false where there were more than one look reads.
    """

    __tablename__ = "customer_counts"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    there: Mapped[int]
    missing: Mapped[int]
    complete: Mapped[bool]
    read_at: Mapped[Moment]
