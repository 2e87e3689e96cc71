"""What a person should see to, and where the host app is told of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from ledgerport.api.dependencies import AskedOnce, Cursor, Limit, Reader, TheHub, Writer
from ledgerport.services.notices_webhook import (
    Tried,
    WebhookView,
    remove_webhook,
    set_webhook,
    show_webhook,
    try_webhook,
)
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Long, Short
from ledgerport.services.show_notices import (
    DeliveryView,
    NoticeView,
    list_deliveries,
    list_notices,
    list_past_notices,
)

router = APIRouter(tags=["notices"])


class WebhookInput(BaseModel):
    """Where events are sent. Without a secret the one there is stays; for a new webhook one is made and shown once."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[Long, Field(min_length=1)]
    secret: Short = ""


@router.get("/notices", summary="What a person should see to")
def index(hub: TheHub, caller: Reader) -> list[NoticeView]:
    return list_notices(hub, tenant_id=caller.tenant_id)


@router.get("/notices/past", summary="What is over, newest first")
def past(hub: TheHub, caller: Reader, cursor: Cursor = "", limit: Limit = 50) -> Paged[NoticeView]:
    return list_past_notices(hub, tenant_id=caller.tenant_id, cursor=cursor, limit=limit)


@router.get("/webhook", summary="Where events are sent")
def get_webhook(hub: TheHub, caller: Reader) -> WebhookView:
    return show_webhook(hub, tenant_id=caller.tenant_id)


@router.put("/webhook", summary="Send events to an address of the host app")
def put_webhook(given: WebhookInput, hub: TheHub, caller: Writer) -> WebhookView:
    return set_webhook(hub, tenant_id=caller.tenant_id, url=given.url, secret=given.secret, by=caller.name)


@router.delete("/webhook", status_code=204, summary="Send events nowhere any more")
def delete_webhook(hub: TheHub, caller: Writer) -> None:
    remove_webhook(hub, tenant_id=caller.tenant_id)


@router.post("/webhook/test", response_model=Tried, summary="Send a test event now")
def post_test(hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    return once(200, Tried, lambda: try_webhook(hub, tenant_id=caller.tenant_id))


@router.get("/webhook/deliveries", summary="The events and letters that went out last, or should have")
def deliveries(hub: TheHub, caller: Reader, limit: Limit = 20) -> list[DeliveryView]:
    return list_deliveries(hub, tenant_id=caller.tenant_id, limit=limit)
