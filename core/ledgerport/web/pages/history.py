"""Sync history: runs, the records of a run, and both as CSV."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from ledgerport.services.list_stuck import count_stuck
from ledgerport.services.paging import MOST, Paged
from ledgerport.services.run_progress import run_progress
from ledgerport.services.show_connections import list_connections
from ledgerport.services.show_history import TryView, run_tries
from ledgerport.services.show_runs import list_runs, show_run
from ledgerport.services.views import RunView
from ledgerport.web import history_words
from ledgerport.web.access import Looking, TheHub
from ledgerport.web.csv_export import csv_answer
from ledgerport.web.render import page

router = APIRouter(prefix="/t/{tenant}/history")
RunPath = Annotated[int, Path(ge=1, le=2**53)]
CursorQuery = Annotated[str, Query(max_length=100)]
ProviderQuery = Annotated[str, Query(max_length=50)]
StateQuery = Annotated[Literal["", "running", "finished", "problems"], Query()]
TriggerQuery = Annotated[Literal["", "click", "automatic", "backfill"], Query()]
VerdictQuery = Annotated[Literal["", "new", "updated", "unchanged", "skipped", "failed", "waited"], Query()]
_RUN_HEAD = (
    *("run", "provider", "trigger", "requested by", "state", "started (UTC)", "finished (UTC)"),
    *("records", "new", "updated", "unchanged", "skipped", "failed"),
)
_TRY_HEAD = (
    *("at (UTC)", "provider", "kind", "ref", "name", "verdict", "reason", "provider's words", "trace id", "operation"),
)


@router.get("")
def index(
    request: Request,
    place: Looking,
    hub: TheHub,
    provider: ProviderQuery = "",
    state: StateQuery = "",
    trigger: TriggerQuery = "",
    cursor: CursorQuery = "",
) -> Response:
    asked = {"provider": provider, "state": state, "trigger": trigger}
    return page(
        request,
        "history.html",
        title="Sync history",
        place=place,
        runs=list_runs(hub, tenant_id=place.tenant_id, provider=provider, state=state, trigger=trigger, cursor=cursor),
        connections=list_connections(hub, tenant_id=place.tenant_id),
        stuck=count_stuck(hub, tenant_id=place.tenant_id),
        asked=asked,
        cursor=cursor,
        words=history_words,
    )


@router.get("/runs.csv")
def runs_csv(
    place: Looking, hub: TheHub, provider: ProviderQuery = "", state: StateQuery = "", trigger: TriggerQuery = ""
) -> Response:
    def some(cursor: str) -> Paged[RunView]:
        return list_runs(
            hub,
            tenant_id=place.tenant_id,
            provider=provider,
            state=state,
            trigger=trigger,
            cursor=cursor,
            limit=MOST,
        )

    return csv_answer(f"{place.slug}-sync-history", _RUN_HEAD, some, _run_row)


@router.get("/{run_id}")
def one(
    request: Request, run_id: RunPath, place: Looking, hub: TheHub, show: VerdictQuery = "", cursor: CursorQuery = ""
) -> Response:
    run = show_run(hub, tenant_id=place.tenant_id, run_id=run_id)
    running = run.state == "running"
    return page(
        request,
        "history_run.html",
        title=f"{history_words.trigger_words(run.trigger)}: {run.label}",
        place=place,
        run=run,
        progress=run_progress(hub, tenant_id=place.tenant_id, run_id=run_id) if running else None,
        tries=run_tries(hub, tenant_id=place.tenant_id, run_id=run_id, verdicts=_verdicts(show), cursor=cursor),
        show=show,
        cursor=cursor,
        at=place.at(f"history/{run_id}"),
        words=history_words,
    )


@router.get("/{run_id}/records.csv")
def run_csv(run_id: RunPath, place: Looking, hub: TheHub, show: VerdictQuery = "") -> Response:
    def some(cursor: str) -> Paged[TryView]:
        return run_tries(
            hub, tenant_id=place.tenant_id, run_id=run_id, verdicts=_verdicts(show), cursor=cursor, limit=MOST
        )

    return csv_answer(f"{place.slug}-sync-{run_id}", _TRY_HEAD, some, _try_row)


def _verdicts(show: str) -> tuple[str, ...]:
    return history_words.FILTERS[show][1] if show else ()


def _run_row(run: RunView) -> tuple[object, ...]:
    return (
        *(run.id, run.label, history_words.trigger_words(run.trigger), history_words.who(run), run.state),
        *(run.started_at, run.finished_at, run.total),
        *(run.created, run.updated, run.unchanged, run.skipped, run.failed),
    )


def _try_row(one: TryView) -> tuple[object, ...]:
    return (
        *(one.at, one.label, one.kind, one.ref, one.name, history_words.verdict_badge(one.verdict)[1]),
        *(one.reason, one.detail, one.trace_id, one.operation_id),
    )
