"""Sync history: runs, what they tried, and a run's progress as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from ledgerport.api.dependencies import Cursor, Limit, Reader, RunPath, TheHub
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Short
from ledgerport.services.rejections import NotFound
from ledgerport.services.show_runs import list_runs, run_attempts, show_run
from ledgerport.services.views import AttemptView, RunView

router = APIRouter(prefix="/runs", tags=["runs"])
_JSON = TypeAdapter(RunView)
# How many looks without news make a comment, so that proxies keep the line open.
_QUIET_LOOKS = 30


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
    first = show_run(hub, tenant_id=caller.tenant_id, run_id=run_id)
    looks = _looks(hub, caller.tenant_id, first, request.app.state.look_every)
    return StreamingResponse(looks, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _looks(hub: Hub, tenant_id: int, first: RunView, every: float) -> AsyncIterator[str]:
    """One event for each change, at most one every `every` seconds; the last is `end`.

    The database is the only source.
    """
    run, shown, quiet = first, None, 0
    while True:
        if run != shown:
            yield _event("progress", run)
            shown, quiet = run, 0
        if run.state != "running":
            yield _event("end", run)
            return
        await asyncio.sleep(every)
        quiet += 1
        if quiet >= _QUIET_LOOKS:
            yield ": still running\n\n"
            quiet = 0
        try:
            run = await run_in_threadpool(show_run, hub, tenant_id=tenant_id, run_id=first.id)
        except NotFound:
            return


def _event(name: str, run: RunView) -> str:
    return f"event: {name}\ndata: {_JSON.dump_json(run).decode()}\n\n"
