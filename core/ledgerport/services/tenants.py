"""Tenants: the companies that use this hub. For operators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ledgerport.db.models import Tenant
from ledgerport.services.context import Hub
from ledgerport.services.rejections import BadChoice, Conflict, NotFound

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True)
class TenantView:
    """A tenant as operators see it. `promote_drafts`: a saved DRAFT invoice becomes SENT, and so reaches the books."""

    id: int
    slug: str
    name: str
    currency: str
    promote_drafts: bool
    created_at: datetime


def create_tenant(hub: Hub, *, slug: str, name: str, currency: str = "USD", promote_drafts: bool = True) -> TenantView:
    """Add a tenant. Raises BadChoice, and Conflict when the slug is taken."""
    if not _SLUG.fullmatch(slug):
        raise BadChoice(
            "slug", f'"{slug}" cannot be a slug.', "Use 1 to 63 small letters, digits and dashes, none at the ends."
        )
    if not _CURRENCY.fullmatch(currency):
        raise BadChoice("currency", f'"{currency}" is no currency code.', "Use three letters, such as USD.")
    try:
        with hub.database.everything() as session:
            tenant = Tenant(
                slug=slug,
                name=name,
                currency=currency,
                promote_drafts=promote_drafts,
                created_at=hub.clock.now(),
            )
            session.add(tenant)
            session.flush()
            return _view(tenant)
    except IntegrityError as error:
        raise Conflict(f'There is a tenant "{slug}" already.', "Choose another slug.") from error


def list_tenants(hub: Hub) -> list[TenantView]:
    """All tenants, oldest first."""
    with hub.database.everything(read=True) as session:
        return [_view(tenant) for tenant in session.scalars(select(Tenant).order_by(Tenant.id))]


def find_tenant(hub: Hub, slug: str) -> TenantView:
    """One tenant. Raises NotFound."""
    with hub.database.everything(read=True) as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()
        if tenant is None:
            raise NotFound(f'There is no tenant "{slug}".')
        return _view(tenant)


def change_tenant(hub: Hub, *, slug: str, name: str | None = None, promote_drafts: bool | None = None) -> TenantView:
    """Change a tenant's settings; what is None stays. Raises NotFound."""
    with hub.database.everything() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()
        if tenant is None:
            raise NotFound(f'There is no tenant "{slug}".')
        tenant.name = tenant.name if name is None else name
        tenant.promote_drafts = tenant.promote_drafts if promote_drafts is None else promote_drafts
        session.flush()
        return _view(tenant)


def _view(tenant: Tenant) -> TenantView:
    return TenantView(
        id=tenant.id,
        slug=tenant.slug,
        name=tenant.name,
        currency=tenant.currency,
        promote_drafts=tenant.promote_drafts,
        created_at=tenant.created_at,
    )
