"""Sync history: runs, what they tried, and a run's progress as it goes."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from ledgerport.api.dependencies import Cursor, Limit, Reader, RunPath, TheHub
from ledgerport.services import run_events
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Short
from ledgerport.services.run_events import Look
from ledgerport.services.show_runs import list_runs, run_attempts, show_run
from ledgerport.services.views import AttemptView, RunView

router = APIRouter(prefix="/runs", tags=["runs"])
_JSON = TypeAdapter(RunView)


@router.get("", summary="List runs, newest first")
def index(hub: TheHub, caller: Reader, provider: Short = "", cursor: Cursor = "", limit: Limit = 50) -> Paged[RunView]:
    return list_runs(hub, tenant_id=caller.tenant_id, provider=provider, cursor=cursor, limit=limit)


@router.get("/{run_id}", summary="Show one run as it stands now")
def get(run_id: RunPath, hub: TheHub, caller: Reader) -> RunView:
    return show_run(hub, tenant_id=caller.tenant_id, run_id=run_id)


@router.get("/{run_id}/attempts", summary="What the run tried, newest first")
def attempts(
    run_id: RunPath, hub: TheHub, caller: Reader, cursor: Cursor = "", limit: Limit = 50
) -> Paged[AttemptView]:
    return run_attempts(hub, tenant_id=caller.tenant_id, run_id=run_id, cursor=cursor, limit=limit)


@router.get(
    "/{run_id}/events",
    response_class=StreamingResponse,
    summary="The run's progress as server-sent events, until it ends",
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Events"}},
)
def events(run_id: RunPath, request: Request, hub: TheHub, caller: Reader) -> StreamingResponse:
    def look() -> Look:
        run = show_run(hub, tenant_id=caller.tenant_id, run_id=run_id)
        return Look(data=_JSON.dump_json(run).decode(), over=run.state != "running")

    told = run_events.events(look(), partial(run_in_threadpool, look), request.app.state.look_every)
    return StreamingResponse(told, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
