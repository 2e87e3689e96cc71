"""Pausing a connection and resuming it: by the tenant, and by operators for any tenant."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ledgerport.api.dependencies import Operator, ProviderPath, SlugPath, TheHub, Writer
from ledgerport.services.pause_connection import LONGEST_REASON, PauseView, pause_connection, resume_connection
from ledgerport.services.tenants import find_tenant

router = APIRouter(tags=["pauses"])


class Pausing(BaseModel):
    """Why, for whoever wonders later."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


@router.post("/connections/{provider}/pause", summary="Send nothing until it is resumed; work waits")
def pause(provider: ProviderPath, hub: TheHub, caller: Writer, asked: Pausing | None = None) -> PauseView:
    reason = asked.reason if asked is not None else ""
    return pause_connection(hub, tenant_id=caller.tenant_id, provider=provider, reason=reason, by=caller.name)


@router.post("/connections/{provider}/resume", summary="Send what waits, at once")
def resume(provider: ProviderPath, hub: TheHub, caller: Writer) -> PauseView:
    return resume_connection(hub, tenant_id=caller.tenant_id, provider=provider, by=caller.name)


@router.post("/tenants/{slug}/connections/{provider}/pause", summary="Pause a tenant's connection, for operators")
def pause_of(
    slug: SlugPath, provider: ProviderPath, hub: TheHub, caller: Operator, asked: Pausing | None = None
) -> PauseView:
    tenant, reason = find_tenant(hub, slug), asked.reason if asked is not None else ""
    return pause_connection(hub, tenant_id=tenant.id, provider=provider, reason=reason, by=caller.name)


@router.post("/tenants/{slug}/connections/{provider}/resume", summary="Resume a tenant's connection, for operators")
def resume_of(slug: SlugPath, provider: ProviderPath, hub: TheHub, caller: Operator) -> PauseView:
    return resume_connection(hub, tenant_id=find_tenant(hub, slug).id, provider=provider, by=caller.name)
