"""A tenant's connections: connect, look, switch kinds on and off, sync, disconnect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, SecretStr, StrictBool

from ledgerport.api.dependencies import AskedOnce, Cursor, Limit, ProviderPath, Reader, RefPath, TheHub, Writer
from ledgerport.services.change_choice import change_choice
from ledgerport.services.connect_with_key import connect_at_once
from ledgerport.services.context import Hub
from ledgerport.services.disconnect import Disconnected, disconnect
from ledgerport.services.offer_connect import offer_connect
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Long
from ledgerport.services.show_connections import (
    ConnectionView,
    TaskView,
    change_toggles,
    list_connections,
    list_tasks,
    show_connection,
)
from ledgerport.services.switch_provider import ProviderView, list_providers
from ledgerport.services.sync_connection import StartedRun, sync_connection

router = APIRouter(tags=["connections"])
TaskStateName = Literal["waiting", "sending", "blocked", "failed", "done", ""]


class Connecting(BaseModel):
    """Where to take the browser afterwards: a path of this hub. `first_sync_waits`: a new connection sends nothing
    before its first sync is asked for, so that what is in the books can be imported and linked first."""

    model_config = ConfigDict(extra="forbid")

    return_to: Long = ""
    first_sync_waits: StrictBool = False


class GivenKey(BaseModel):
    """A key that a person copied from the provider. `field`: what the provider wants beside it; `company_id`: which
    company, where the key reaches several; `first_sync_waits` as when connecting by an address."""

    model_config = ConfigDict(extra="forbid")

    key: SecretStr
    field: Long = ""
    company_id: Long = ""
    first_sync_waits: StrictBool = False


class Toggles(BaseModel):
    """What to sync; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    auto_sync: StrictBool | None = None
    sync_customers: StrictBool | None = None
    sync_items: StrictBool | None = None
    sync_invoices: StrictBool | None = None
    sync_estimates: StrictBool | None = None
    sync_payments: StrictBool | None = None


class Turned(BaseModel):
    """On or off."""

    model_config = ConfigDict(extra="forbid")

    on: StrictBool


@dataclass(frozen=True, kw_only=True)
class ConnectOffer:
    """The address a person opens in a browser within ten minutes."""

    connect_url: str


@dataclass(frozen=True, kw_only=True)
class KeyTaken:
    """It is connected. `new`: the company was not connected before; `problem`: why its accounts could not be read yet,
    else empty."""

    connection_id: int
    company_name: str
    new: bool
    problem: str


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
                first_sync_waits=asked is not None and asked.first_sync_waits,
            )
        )

    return once(200, ConnectOffer, act)


@router.post(
    "/connections/{provider}/key", response_model=KeyTaken, summary="Connect or reconnect with the provider's API key"
)
def connect_with_key(provider: ProviderPath, given: GivenKey, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    def act() -> KeyTaken:
        done = connect_at_once(
            hub,
            tenant_id=caller.tenant_id,
            provider=provider,
            key=given.key,
            field=given.field,
            company_id=given.company_id,
            first_sync_waits=given.first_sync_waits,
        )
        return KeyTaken(
            connection_id=done.connection_id, company_name=done.company_name, new=done.new, problem=done.problem
        )

    return once(200, KeyTaken, act)


@router.patch("/connections/{provider}", summary="Turn auto-sync or kinds on and off")
def change(provider: ProviderPath, toggles: Toggles, hub: TheHub, caller: Writer) -> ConnectionView:
    given = toggles.model_dump(exclude_none=True)
    return change_toggles(hub, tenant_id=caller.tenant_id, provider=provider, toggles=given)


@router.put("/connections/{provider}/choices/{name}", summary="Turn one of the provider's choices on or off")
def put_choice(provider: ProviderPath, name: RefPath, chosen: Turned, hub: TheHub, caller: Writer) -> ConnectionView:
    change_choice(hub, tenant_id=caller.tenant_id, provider=provider, name=name, on=chosen.on)
    return show_connection(hub, tenant_id=caller.tenant_id, provider=provider)


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


@router.get("/providers", summary="The providers there are, and which the operator has turned off")
def providers(hub: TheHub, caller: Reader) -> list[ProviderView]:
    return list_providers(hub, tenant_id=caller.tenant_id)


def _id(hub: Hub, tenant_id: int, provider: str) -> int:
    return show_connection(hub, tenant_id=tenant_id, provider=provider).id
