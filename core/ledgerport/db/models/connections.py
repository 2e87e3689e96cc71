"""A tenant's connection to a provider, the grant behind it, and consents under way."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.db.models.base import Base, Id, Long, Moment, Short, TenantOwned, UtcDateTime


class ConnectionState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    NEEDS_RECONNECTION = "needs_reconnection"
    PAUSED = "paused"
    DISCONNECTED = "disconnected"


class Grant(TenantOwned, Base):
    """What one consent gave us; it may serve several connections, and refresh is serialised here.

    Ciphertexts are bound to this row and `generation`. `fence` counts refresh leases: only the holder of the newest
    may write.
    """

    __tablename__ = "grants"

    id: Mapped[Id]
    provider: Mapped[Short]
    generation: Mapped[int] = mapped_column(default=0)
    access_cipher: Mapped[bytes | None] = mapped_column(LargeBinary())
    refresh_cipher: Mapped[bytes | None] = mapped_column(LargeBinary())
    previous_cipher: Mapped[bytes | None] = mapped_column(LargeBinary())
    previous_generation: Mapped[int | None]
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    access_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    refresh_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    hard_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    refreshed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    scopes: Mapped[list[str]] = mapped_column(JSON(), default=list)
    lost_reason: Mapped[Long] = mapped_column(default="")
    fence: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[Short] = mapped_column(default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Moment]


class Connection(TenantOwned, Base):
    """One tenant's books at one provider.

    `due_at` says when there is work (empty: none). `fence` counts drain leases: every write of a drain checks it.
    `uid` is what markers are made from, so that they stay unique when databases are copied. `first_sync_waits`: nothing
    is sent before a person has been through the set-up or said so.
    """

    __tablename__ = "connections"
    __table_args__ = (
        Index(
            "uq_connections_live",
            "tenant_id",
            "provider",
            unique=True,
            sqlite_where=text("state <> 'disconnected'"),
            postgresql_where=text("state <> 'disconnected'"),
        ),
        Index("ix_connections_due_at", "due_at"),
    )

    id: Mapped[Id]
    uid: Mapped[Short] = mapped_column(unique=True)
    provider: Mapped[Short]
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("grants.id", ondelete="SET NULL"), index=True)
    company_id: Mapped[Short] = mapped_column(default="")
    company_name: Mapped[Short] = mapped_column(default="")
    currency: Mapped[Short] = mapped_column(default="")
    country: Mapped[Short] = mapped_column(default="")
    facts: Mapped[dict[str, str]] = mapped_column(JSON(), default=dict)
    state: Mapped[ConnectionState] = mapped_column(String(200))
    state_since: Mapped[Moment]
    reason: Mapped[Long] = mapped_column(default="")
    auto_sync: Mapped[bool] = mapped_column(default=True)
    sync_customers: Mapped[bool] = mapped_column(default=True)
    sync_items: Mapped[bool] = mapped_column(default=True)
    sync_invoices: Mapped[bool] = mapped_column(default=True)
    sync_estimates: Mapped[bool] = mapped_column(default=True)
    sync_payments: Mapped[bool] = mapped_column(default=True)
    deposit_account: Mapped[Short] = mapped_column(default="")
    choices: Mapped[dict[str, str]] = mapped_column(JSON(), default=dict)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    fence: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[Short] = mapped_column(default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    last_success_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    first_sync_waits: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[Moment]


class ConnectAttempt(TenantOwned, Base):
    """A consent under way: bound to the browser that began it, usable once.

    `connection_id` is set when reconnecting. `first_sync_waits` is what a connection that is new starts with.
    """

    __tablename__ = "connect_attempts"
    __table_args__ = (UniqueConstraint("state_digest"),)

    id: Mapped[Id]
    provider: Mapped[Short]
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    state_digest: Mapped[Short]
    browser_digest: Mapped[Short]
    verifier_cipher: Mapped[bytes | None] = mapped_column(LargeBinary())
    redirect_uri: Mapped[Long]
    return_to: Mapped[Long] = mapped_column(default="")
    requested_by: Mapped[Short] = mapped_column(default="")
    first_sync_waits: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
