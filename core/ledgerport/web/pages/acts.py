"""What waits for a person or failed: a list by reason, one record to decide about, and the buttons of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import Response

from ledgerport.contract import Kind
from ledgerport.services.context import Hub
from ledgerport.services.let_go_record import let_go_record
from ledgerport.services.link_record import link_record
from ledgerport.services.list_stuck import list_alike, list_stuck, show_stuck, stuck_of_record
from ledgerport.services.recreate_record import recreate_record
from ledgerport.services.rejections import BadChoice
from ledgerport.services.rename_record import rename_record
from ledgerport.services.retry_tasks import retry_all_alike, retry_task
from ledgerport.services.send_anyway import ASKED_WHICH, send_anyway
from ledgerport.services.skip_record import skip_record
from ledgerport.services.stuck_task import Acted
from ledgerport.services.stuck_words import title_of
from ledgerport.web import history_words
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.pages.history import CursorQuery, ProviderQuery
from ledgerport.web.render import go, page

router = APIRouter(prefix="/t/{tenant}/stuck")
TaskPath = Annotated[int, Path(ge=1, le=2**53)]
ReasonQuery = Annotated[str, Query(pattern="^[a-z_]{0,50}$")]
Text = Annotated[str, Form(max_length=500)]
# What a form sends for "none of these".
NONE_OF_THEM = "none"


@router.get("")
def index(
    request: Request,
    place: Looking,
    hub: TheHub,
    provider: ProviderQuery = "",
    reason: ReasonQuery = "",
    kind: Kind | None = None,
    ref: Annotated[str, Query(max_length=200)] = "",
    cursor: CursorQuery = "",
) -> Response:
    """By reason; with `provider` and `reason` all of one group, with `kind` and `ref` one record's."""
    groups, rows, after = [], [], None
    if kind is not None and ref:
        rows = stuck_of_record(hub, tenant_id=place.tenant_id, kind=kind, ref=ref)
    elif provider and reason:
        alike = list_alike(hub, tenant_id=place.tenant_id, provider=provider, reason_code=reason, cursor=cursor)
        rows, after = alike.rows, alike.next
    else:
        groups = list_stuck(hub, tenant_id=place.tenant_id, provider=provider)
    title = title_of(reason, rows[0].label) if reason and rows else "What needs you"
    return page(
        request,
        "stuck.html",
        title=title,
        place=place,
        groups=groups,
        rows=rows,
        asked={"provider": provider, "reason": reason, "kind": kind.value if kind else "", "ref": ref},
        cursor=cursor,
        next=after,
        words=history_words,
    )


@router.get("/{task_id}")
def one(request: Request, task_id: TaskPath, place: Looking, hub: TheHub) -> Response:
    return _decide(request, place, hub, task_id)


@router.post("/retry-alike")
def retry_alike(
    request: Request, place: Acting, hub: TheHub, provider: Text, reason: Text, back: Text = ""
) -> Response:
    told = retry_all_alike(hub, tenant_id=place.tenant_id, provider=provider, reason_code=reason, by=place.by)
    where = place.at(f"history/{told.run_id}") if told.run_id is not None else _back(place, back)
    return go(request, where, told.words, kind="good" if told.tasks else "info")


@router.post("/{task_id}/choose")
def choose(
    request: Request, task_id: TaskPath, place: Acting, hub: TheHub, remote_id: Text = "", back: Text = ""
) -> Response:
    try:
        if not remote_id:
            raise BadChoice("remote_id", "Nothing is chosen yet.", "Choose one of them.")
        asked = {"tenant_id": place.tenant_id, "task_id": task_id}
        told = (
            send_anyway(hub, **asked, by=place.by)
            if remote_id == NONE_OF_THEM
            else link_record(hub, **asked, remote_id=remote_id, by=place.by)
        )
    except BadChoice as wrong:
        return _decide(request, place, hub, task_id, wrong=wrong, value=remote_id)
    return go(request, _back(place, back), told.words)


@router.post("/{task_id}/rename")
def rename(
    request: Request, task_id: TaskPath, place: Acting, hub: TheHub, name: Text = "", back: Text = ""
) -> Response:
    try:
        told = rename_record(hub, tenant_id=place.tenant_id, task_id=task_id, name=name, by=place.by)
    except BadChoice as wrong:
        return _decide(request, place, hub, task_id, wrong=wrong, value=name)
    return go(request, _back(place, back), told.words)


def _button(path: str, service: Callable[..., Acted]) -> None:
    """An act that is one button."""

    @router.post(f"/{{task_id}}/{path}", name=path.replace("-", "_"))
    def act(request: Request, task_id: TaskPath, place: Acting, hub: TheHub, back: Text = "") -> Response:
        told = service(hub, tenant_id=place.tenant_id, task_id=task_id, by=place.by)
        return go(request, _back(place, back), told.words)


_button("retry", retry_task)
_button("skip", skip_record)
_button("recreate", recreate_record)
_button("let-go", let_go_record)


def _decide(
    request: Request, place: Place, hub: Hub, task_id: int, *, wrong: BadChoice | None = None, value: str = ""
) -> Response:
    """The page of one stuck record; `wrong` and `value`: what was chosen and cannot be."""
    found = show_stuck(hub, tenant_id=place.tenant_id, task_id=task_id)
    return page(
        request,
        "stuck_one.html",
        title=found.task.name,
        status=422 if wrong is not None else 200,
        place=place,
        task=found.task,
        found=found,
        none_of_them=NONE_OF_THEM if found.task.reason_code in ASKED_WHICH else "",
        wrong={wrong.field: f"{wrong.reason} {wrong.next_step}".strip()} if wrong is not None else {},
        value=value,
        words=history_words,
    )


def _back(place: Place, given: str) -> str:
    """Where the form was, when that is a page of this tenant."""
    return given if given.startswith(place.at() + "/") and "\\" not in given else place.at("stuck")
