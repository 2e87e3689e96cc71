"""A tenant's connections: connect, look, switch kinds on and off, sync, disconnect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, StrictBool

from ledgerport.api.dependencies import AskedOnce, Cursor, Limit, ProviderPath, Reader, TheHub, Writer
from ledgerport.services.context import Hub
from ledgerport.services.disconnect import Disconnected, disconnect
from ledgerport.services.offer_connect import offer_connect
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Long
from ledgerport.services.show_connections import (
    ConnectionView,
    NoticeView,
    TaskView,
    change_toggles,
    list_connections,
    list_notices,
    list_tasks,
    show_connection,
)
from ledgerport.services.switch_provider import ProviderView, list_providers
from ledgerport.services.sync_connection import StartedRun, sync_connection

router = APIRouter(tags=["connections"])
TaskStateName = Literal["waiting", "sending", "blocked", "failed", "done", ""]


class Connecting(BaseModel):
    """Where to take the browser afterwards: a path of this hub."""

    model_config = ConfigDict(extra="forbid")

    return_to: Long = ""


class Toggles(BaseModel):
    """What to sync; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    auto_sync: StrictBool | None = None
    sync_customers: StrictBool | None = None
    sync_items: StrictBool | None = None
    sync_invoices: StrictBool | None = None
    sync_estimates: StrictBool | None = None
    sync_payments: StrictBool | None = None


@dataclass(frozen=True, kw_only=True)
class ConnectOffer:
    """The address a person opens in a browser within ten minutes."""

    connect_url: str


@router.get("/connections", summary="List the connections with their health")
def index(hub: TheHub, caller: Reader) -> list[ConnectionView]:
    return list_connections(hub, tenant_id=caller.tenant_id)


@router.get("/connections/{provider}", summary="Show one connection")
def get(provider: ProviderPath, hub: TheHub, caller: Reader) -> ConnectionView:
    return show_connection(hub, tenant_id=caller.tenant_id, provider=provider)


@router.post(
    "/connections/{provider}/connect", response_model=ConnectOffer, summary="Get the address to connect or reconnect"
)
def connect(
    provider: ProviderPath, hub: TheHub, caller: Writer, once: AskedOnce, asked: Connecting | None = None
) -> Response:
    def act() -> ConnectOffer:
        return ConnectOffer(
            connect_url=offer_connect(
                hub,
                tenant_id=caller.tenant_id,
                provider=provider,
                requested_by=caller.name,
                return_to=asked.return_to if asked is not None else "",
            )
        )

    return once(200, ConnectOffer, act)


@router.patch("/connections/{provider}", summary="Turn auto-sync or kinds on and off")
def change(provider: ProviderPath, toggles: Toggles, hub: TheHub, caller: Writer) -> ConnectionView:
    given = toggles.model_dump(exclude_none=True)
    return change_toggles(hub, tenant_id=caller.tenant_id, provider=provider, toggles=given)


@router.delete("/connections/{provider}", summary="Disconnect; links and history stay")
def delete(provider: ProviderPath, hub: TheHub, caller: Writer) -> Disconnected:
    connection_id = _id(hub, caller.tenant_id, provider)
    return disconnect(hub, tenant_id=caller.tenant_id, connection_id=connection_id, by=caller.name)


@router.post(
    "/connections/{provider}/sync",
    status_code=202,
    response_model=StartedRun,
    summary="Send everything that is not in the books yet",
)
def sync(provider: ProviderPath, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    return once(
        202,
        StartedRun,
        lambda: sync_connection(hub, tenant_id=caller.tenant_id, provider=provider, requested_by=caller.name),
    )


@router.get("/connections/{provider}/tasks", summary="What has still to be done, and why it waits")
def tasks(
    provider: ProviderPath,
    hub: TheHub,
    caller: Reader,
    state: Annotated[TaskStateName, Query()] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Paged[TaskView]:
    return list_tasks(hub, tenant_id=caller.tenant_id, provider=provider, state=state, cursor=cursor, limit=limit)


@router.get("/notices", summary="What a person should see to")
def notices(hub: TheHub, caller: Reader) -> list[NoticeView]:
    return list_notices(hub, tenant_id=caller.tenant_id)


@router.get("/providers", summary="The providers there are, and which the operator has turned off")
def providers(hub: TheHub, caller: Reader) -> list[ProviderView]:
    return list_providers(hub, tenant_id=caller.tenant_id)


def _id(hub: Hub, tenant_id: int, provider: str) -> int:
    return show_connection(hub, tenant_id=tenant_id, provider=provider).id
