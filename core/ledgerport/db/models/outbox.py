"""What goes out to people and to the host app, and where to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.db.models.base import Base, Id, Long, Moment, Short, TenantOwned, UtcDateTime

_IS_WAITING = text("state = 'waiting'")


class Channel(StrEnum):
    """How something goes out: a signed request to the host app, or a letter to one person."""

    WEBHOOK = "webhook"
    EMAIL = "email"


class OutState(StrEnum):
    """`dropped`: nobody wants it any more."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


class Webhook(TenantOwned, Base):
    """Where a tenant's host app wants to be told. The secret that signs is sealed to this row."""

    __tablename__ = "webhooks"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[Id]
    url: Mapped[Long]
    secret_cipher: Mapped[bytes | None] = mapped_column(LargeBinary())
    changed_at: Mapped[Moment]
    changed_by: Mapped[Short]


class OutboxRow(TenantOwned, Base):
    """One event on its way to one place; the receiver knows a repetition by `uid`.

    `data` is what the event tells. `user_id` and `notice_id` for letters. `lease_until` (database time): somebody is
    delivering it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("uid"),
        Index("ix_outbox_due", "due_at", sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING),
        Index(None, "tenant_id", "id"),
        Index(None, "notice_id"),
    )

    id: Mapped[Id]
    uid: Mapped[Short]
    channel: Mapped[Channel] = mapped_column(String(20))
    event: Mapped[Short]
    data: Mapped[dict[str, Any]] = mapped_column(JSON())
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    state: Mapped[OutState] = mapped_column(String(20), default=OutState.WAITING)
    due_at: Mapped[Moment]
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Moment]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    last_error: Mapped[Long] = mapped_column(default="")
