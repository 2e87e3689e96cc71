"""Shows how the sign-ins stand: when tokens end and what was lost. No token is opened for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ledgerport.db.models import Connection, ConnectionState, Grant, Tenant
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of


@dataclass(frozen=True, kw_only=True)
class TokenView:
    """The sign-in behind one connection. `state`: `good`, `expired` (refreshed at the next call), `lost` or `none`."""

    tenant: str
    provider: str
    label: str
    company_name: str
    connection_state: str
    state: str
    generation: int
    access_expires_at: datetime | None
    refresh_expires_at: datetime | None
    hard_expires_at: datetime | None
    refreshed_at: datetime | None
    reason: str


def token_status(hub: Hub, *, tenant: str | None = None) -> list[TokenView]:
    """All live connections' sign-ins, or one tenant's (its slug)."""
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        query = (
            select(Tenant.slug, Connection, Grant)
            .join(Connection, Connection.tenant_id == Tenant.id)
            .join(Grant, Grant.id == Connection.grant_id, isouter=True)
            .where(Connection.state != ConnectionState.DISCONNECTED)
            .order_by(Tenant.slug, Connection.provider)
        )
        if tenant is not None:
            query = query.where(Tenant.slug == tenant)
        return [_view(hub, row.slug, row.Connection, row.Grant, now) for row in session.execute(query)]


def _view(hub: Hub, tenant: str, connection: Connection, grant: Grant | None, now: datetime) -> TokenView:
    return TokenView(
        tenant=tenant,
        provider=connection.provider,
        label=label_of(hub, connection.provider),
        company_name=connection.company_name,
        connection_state=str(connection.state),
        state=sign_in_state(grant, now),
        generation=grant.generation if grant is not None else 0,
        access_expires_at=grant.access_expires_at if grant is not None else None,
        refresh_expires_at=grant.refresh_expires_at if grant is not None else None,
        hard_expires_at=grant.hard_expires_at if grant is not None else None,
        refreshed_at=grant.refreshed_at if grant is not None else None,
        reason=(grant.lost_reason if grant is not None else "") or connection.reason,
    )


def sign_in_state(grant: Grant | None, now: datetime) -> str:
    """As `TokenView.state`."""
    if grant is None:
        return "none"
    is_key = grant.access_cipher is not None and grant.access_expires_at is None
    if grant.lost_reason or (grant.refresh_cipher is None and not is_key):
        return "lost"
    fresh = grant.access_cipher is not None and (grant.access_expires_at is None or grant.access_expires_at > now)
    return "good" if fresh else "expired"
