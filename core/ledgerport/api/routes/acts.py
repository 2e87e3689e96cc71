"""What is stuck, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from ledgerport.api.dependencies import AskedOnce, Cursor, Limit, ProviderPath, Reader, TheHub, Writer
from ledgerport.services.let_go_record import let_go_record
from ledgerport.services.link_record import link_record
from ledgerport.services.list_stuck import StuckGroup, StuckOne, StuckView, list_alike, list_stuck, show_stuck
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Long, Short
from ledgerport.services.recreate_record import recreate_record
from ledgerport.services.rename_record import rename_record
from ledgerport.services.retry_tasks import Retried, retry_all_alike, retry_task
from ledgerport.services.send_anyway import send_anyway
from ledgerport.services.skip_record import skip_record
from ledgerport.services.stuck_task import Acted

router = APIRouter(tags=["stuck"])
TaskPath = Annotated[int, Path(ge=1, le=2**53, description="The `id` of what is stuck.")]
ReasonPath = Annotated[str, Path(pattern="^[a-z_]{1,50}$", description="Such as `name_taken`.")]


class ChosenObject(BaseModel):
    """One of the candidates, by the provider's id."""

    model_config = ConfigDict(extra="forbid")

    remote_id: Annotated[Short, Field(min_length=1)]


class ChosenName(BaseModel):
    """What the record is called over there from now on."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Long, Field(min_length=1)]


@router.get("/stuck", summary="What waits for a person or failed, by provider and reason")
def index(hub: TheHub, caller: Reader, provider: Short = "") -> list[StuckGroup]:
    return list_stuck(hub, tenant_id=caller.tenant_id, provider=provider)


@router.get("/stuck/{task_id}", summary="One stuck record, with the candidates to choose from")
def get(task_id: TaskPath, hub: TheHub, caller: Reader) -> StuckOne:
    return show_stuck(hub, tenant_id=caller.tenant_id, task_id=task_id)


@router.get("/connections/{provider}/stuck/{reason_code}", summary="All records that are stuck for one reason")
def alike(
    provider: ProviderPath, reason_code: ReasonPath, hub: TheHub, caller: Reader, cursor: Cursor = "", limit: Limit = 50
) -> Paged[StuckView]:
    return list_alike(
        hub, tenant_id=caller.tenant_id, provider=provider, reason_code=reason_code, cursor=cursor, limit=limit
    )


@router.post(
    "/connections/{provider}/stuck/{reason_code}/retry",
    response_model=Retried,
    summary="Try all records again that are stuck for one reason",
)
def retry_all(
    provider: ProviderPath, reason_code: ReasonPath, hub: TheHub, caller: Writer, once: AskedOnce
) -> Response:
    def act() -> Retried:
        return retry_all_alike(
            hub, tenant_id=caller.tenant_id, provider=provider, reason_code=reason_code, by=caller.name
        )

    return once(200, Retried, act)


@router.post("/stuck/{task_id}/link", response_model=Acted, summary="Say which object over there the record is")
def link(task_id: TaskPath, chosen: ChosenObject, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    def act() -> Acted:
        return link_record(hub, tenant_id=caller.tenant_id, task_id=task_id, remote_id=chosen.remote_id, by=caller.name)

    return once(200, Acted, act)


@router.post("/stuck/{task_id}/rename", response_model=Acted, summary="Give the record another name over there")
def rename(task_id: TaskPath, chosen: ChosenName, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    def act() -> Acted:
        return rename_record(hub, tenant_id=caller.tenant_id, task_id=task_id, name=chosen.name, by=caller.name)

    return once(200, Acted, act)


def _plain(path: str, service: Callable[..., Acted], summary: str) -> None:
    """A route for an act that needs no further choice."""

    @router.post(f"/stuck/{{task_id}}/{path}", response_model=Acted, summary=summary, name=path.replace("-", "_"))
    def act(task_id: TaskPath, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
        return once(200, Acted, lambda: service(hub, tenant_id=caller.tenant_id, task_id=task_id, by=caller.name))


_plain("retry", retry_task, "Try the record again now")
_plain("skip", skip_record, "Leave the record as it is until it is changed or resynced")
_plain("send-anyway", send_anyway, "None of the candidates is it: create the record")
_plain("recreate", recreate_record, "Create the record again that was deleted over there")
_plain("let-go", let_go_record, "Stop syncing the record with these books")
