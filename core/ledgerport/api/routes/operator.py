"""For operators: tenants, their keys, which providers they may use, and which plugins are there."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from ledgerport.api.dependencies import ONLY_OPERATORS, Operator, ProviderPath, SlugPath, TheHub
from ledgerport.services.api_keys import KeyView, NewKey, create_key, list_keys, revoke_key
from ledgerport.services.health_overview import HealthPage, health_overview
from ledgerport.services.plugin_overview import PluginView, plugin_overview
from ledgerport.services.queue_depth import QueueView, queue_depth
from ledgerport.services.record_fields import Short
from ledgerport.services.switch_provider import ProviderView, list_providers, switch_provider
from ledgerport.services.tenants import TenantView, change_tenant, create_tenant, find_tenant, list_tenants

router = APIRouter(tags=["operator"], dependencies=[ONLY_OPERATORS])
Named = Annotated[Short, Field(min_length=1)]


class NewTenant(BaseModel):
    """A company that will use the hub."""

    model_config = ConfigDict(extra="forbid")

    slug: Annotated[str, Field(pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    name: Named
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    promote_drafts: StrictBool = True


class TenantChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Named | None = None
    promote_drafts: StrictBool | None = None


class KeyOrder(BaseModel):
    """A key to be made for a tenant."""

    model_config = ConfigDict(extra="forbid")

    name: Named
    scopes: Annotated[list[Literal["read", "write"]], Field(min_length=1, max_length=2)] = ["read", "write"]
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Switch(BaseModel):
    """On or off."""

    model_config = ConfigDict(extra="forbid")

    enabled: StrictBool


@router.get("/tenants", summary="List tenants")
def index(hub: TheHub) -> list[TenantView]:
    return list_tenants(hub)


@router.post("/tenants", status_code=201, summary="Add a tenant")
def create(order: NewTenant, hub: TheHub) -> TenantView:
    return create_tenant(
        hub, slug=order.slug, name=order.name, currency=order.currency, promote_drafts=order.promote_drafts
    )


@router.patch("/tenants/{slug}", summary="Change a tenant's settings")
def change(slug: SlugPath, order: TenantChange, hub: TheHub) -> TenantView:
    return change_tenant(hub, slug=slug, name=order.name, promote_drafts=order.promote_drafts)


@router.get("/tenants/{slug}/keys", summary="List a tenant's API keys")
def keys(slug: SlugPath, hub: TheHub) -> list[KeyView]:
    return list_keys(hub, tenant=slug)


@router.post("/tenants/{slug}/keys", status_code=201, summary="Make an API key; it is shown this once")
def make_key(slug: SlugPath, order: KeyOrder, hub: TheHub) -> NewKey:
    life = timedelta(days=order.expires_in_days) if order.expires_in_days is not None else None
    return create_key(hub, tenant=slug, name=order.name, scopes=order.scopes, life=life)


@router.delete("/keys/{prefix}", status_code=204, summary="Revoke an API key")
def revoke(prefix: Annotated[str, Path(pattern="^[0-9a-f]{12}$")], hub: TheHub) -> None:
    revoke_key(hub, prefix=prefix)


@router.get("/tenants/{slug}/providers", summary="The providers as they stand for a tenant")
def providers(slug: SlugPath, hub: TheHub) -> list[ProviderView]:
    return list_providers(hub, tenant_id=find_tenant(hub, slug).id)


@router.put("/tenants/{slug}/providers/{provider}", summary="Turn a provider on or off for a tenant, at once")
def switch(slug: SlugPath, provider: ProviderPath, order: Switch, hub: TheHub, caller: Operator) -> ProviderView:
    tenant = find_tenant(hub, slug)
    return switch_provider(hub, tenant_id=tenant.id, provider=provider, enabled=order.enabled, by=caller.name)


@router.get("/plugins", summary="The plugins found, their grades, and those in quarantine with the reason")
def plugins(hub: TheHub) -> list[PluginView]:
    return plugin_overview(hub).plugins


@router.get("/health/connections", summary="The health of every connection over all tenants, worst first")
def health(
    hub: TheHub,
    show: Annotated[Short, Query(description="`attention`, or one trouble such as `needs_reconnection`.")] = "",
    provider: Annotated[Short, Query()] = "",
    search: Annotated[Short, Query(description="In the names of tenants and companies.")] = "",
    sort: Annotated[Literal["worst", "tenant", "waiting", "success"], Query()] = "worst",
    offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> HealthPage:
    return health_overview(hub, show=show, provider=provider, search=search, sort=sort, offset=offset, limit=limit)


@router.get("/health/queue", summary="Messages at the broker, and whether the scheduler ticks")
def queue(hub: TheHub) -> QueueView:
    return queue_depth(hub)
