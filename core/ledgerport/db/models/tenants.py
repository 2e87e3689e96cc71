"""Tenants, their API keys, and which providers an operator lets them use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.db.models.base import Base, Id, Moment, Short, TenantOwned, UtcDateTime


class Tenant(Base):
    """A field-service company. `promote_drafts`: a saved DRAFT invoice becomes SENT, and so reaches the books."""

    __tablename__ = "tenants"

    id: Mapped[Id]
    slug: Mapped[Short] = mapped_column(unique=True)
    name: Mapped[Short]
    currency: Mapped[Short]
    promote_drafts: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]


class ApiKey(Base):
    """A key of a tenant, or of an operator where `tenant_id` is empty. Only its SHA-256 is kept."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    name: Mapped[Short]
    prefix: Mapped[Short] = mapped_column(unique=True)
    digest: Mapped[Short]
    scopes: Mapped[list[str]] = mapped_column(JSON())
    created_at: Mapped[Moment]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ProviderSwitch(TenantOwned, Base):
    """An operator's word on one provider for one tenant; no row means on."""

    __tablename__ = "provider_switches"
    __table_args__ = (UniqueConstraint("tenant_id", "provider"),)

    id: Mapped[Id]
    provider: Mapped[Short]
    enabled: Mapped[bool]
    changed_at: Mapped[Moment]
    changed_by: Mapped[Short]


class ApiRequest(TenantOwned, Base):
    """A POST that carried an Idempotency-Key, with what was answered, so that a repeat gets the same answer."""

    __tablename__ = "api_requests"
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)

    id: Mapped[Id]
    key: Mapped[Short]
    digest: Mapped[Short]
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON())
    created_at: Mapped[Moment]
