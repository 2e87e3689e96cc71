"""What a person decided about one record on one connection, so that automatic work respects it."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.contract import Kind
from ledgerport.db.models.base import Base, Id, Moment, Short, TenantOwned


class Mark(StrEnum):
    """`skipped`: not sent until the record is changed or asked for; `let_go`: not sent until it is asked for;
    `apart`: a customer who is nobody of those over there, whatever their e-mails say."""

    SKIPPED = "skipped"
    LET_GO = "let_go"
    APART = "apart"


class SyncMark(TenantOwned, Base):
    """A decision, who made it, and when. For payments the record is the allocation."""

    __tablename__ = "sync_marks"
    __table_args__ = (UniqueConstraint("connection_id", "kind", "record_id", "what"), Index(None, "tenant_id"))

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(String(20))
    record_id: Mapped[int]
    what: Mapped[Mark] = mapped_column(String(20))
    requested_by: Mapped[Short] = mapped_column(default="")
    at: Mapped[Moment]
