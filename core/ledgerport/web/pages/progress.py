"""What goes on just now, as server-sent events: how far a run is, and when what a page shows as waiting has arrived."""

# No `from __future__ import annotations` here: FastAPI must see the types that `_route` is given.
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from ledgerport.contract import Kind
from ledgerport.services import run_events
from ledgerport.services.context import Hub
from ledgerport.services.on_the_way import on_the_way, record_on_the_way
from ledgerport.services.record_fields import Ref
from ledgerport.services.run_events import Look
from ledgerport.services.run_progress import run_progress, running_run
from ledgerport.services.sync_estimate import Progress
from ledgerport.web.access import Looking, Place, TheHub
from ledgerport.web.pages.integrations import ProviderPath

router = APIRouter(prefix="/t/{tenant}")
RunPath = Annotated[int, Path(ge=1, le=2**63 - 1)]
RefPath = Annotated[Ref, Path()]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A run that goes on: how far it is, and where its events are (`live`)."""

    run_id: int
    progress: Progress
    live: str


@router.get("/runs/{run_id}/events", response_class=StreamingResponse)
def events(run_id: RunPath, request: Request, place: Looking, hub: TheHub) -> StreamingResponse:
    """JSON of `done`, `total` and `words` for each change; `end` when the run is over."""

    def look() -> Look:
        told = run_progress(hub, tenant_id=place.tenant_id, run_id=run_id)
        data = {"done": told.done, "total": told.total, "words": told.words}
        return Look(data=json.dumps(data), over=told.over)

    return _stream(request, look)


@router.get("/integrations/{provider}/events", response_class=StreamingResponse)
def arriving(provider: ProviderPath, request: Request, place: Looking, hub: TheHub) -> StreamingResponse:
    """`left` for each change of what is on its way; `end` when nothing is."""
    return _stream(request, lambda: _left(on_the_way(hub, tenant_id=place.tenant_id, provider=provider)))


def _route(kind: Kind) -> None:
    @router.get(f"/{kind}s/{{ref}}/events", response_class=StreamingResponse, name=f"{kind}_events")
    def arriving(ref: RefPath, request: Request, place: Looking, hub: TheHub) -> StreamingResponse:
        return _stream(request, lambda: _left(record_on_the_way(hub, tenant_id=place.tenant_id, kind=kind, ref=ref)))


for _kind in Kind:
    _route(_kind)


def _left(count: int) -> Look:
    return Look(data=json.dumps({"left": count}), over=not count)


def _stream(request: Request, look: Callable[[], Look]) -> StreamingResponse:
    told = run_events.events(look(), partial(run_in_threadpool, look), request.app.state.look_every)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def running(hub: Hub, place: Place, provider: str) -> Running | None:
    """The run of a connection that goes on just now, for the macro `progress`. Raises NotFound."""
    run_id = running_run(hub, tenant_id=place.tenant_id, provider=provider)
    if run_id is None:
        return None
    told = run_progress(hub, tenant_id=place.tenant_id, run_id=run_id)
    return Running(run_id=run_id, progress=told, live=place.at(f"runs/{run_id}/events")) if not told.over else None
