"""Shows tenants with how many connections they have. For operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from ledgerport.db.models import Tenant
from ledgerport.db.repositories import health_read
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged, from_cursor, to_cursor


@dataclass(frozen=True, kw_only=True)
class TenantRow:
    """A tenant in a list. `connections` that are not disconnected; of these `attention` need a reconnection."""

    slug: str
    name: str
    currency: str
    created_at: datetime
    connections: int
    attention: int


def tenants_overview(hub: Hub, *, search: str = "", cursor: str = "", limit: int = 50) -> Paged[TenantRow]:
    """A page of tenants, newest first; `search` in slug and name. Raises BadChoice."""
    before = from_cursor(cursor)
    query = select(Tenant).order_by(Tenant.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(Tenant.id < before)
    if search:
        query = query.where(
            or_(Tenant.slug.icontains(search, autoescape=True), Tenant.name.icontains(search, autoescape=True))
        )
    with hub.database.everything(read=True) as session:
        found = session.scalars(query).all()
        counts = health_read.connections_by_tenant(session, [tenant.id for tenant in found[:limit]])
    rows = [
        TenantRow(
            slug=tenant.slug,
            name=tenant.name,
            currency=tenant.currency,
            created_at=tenant.created_at,
            connections=sum(counts.get(tenant.id, {}).values()),
            attention=counts.get(tenant.id, {}).get("needs_reconnection", 0),
        )
        for tenant in found[:limit]
    ]
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)
