"""Customers and items that are in the books already: read, look through, bring over. Two of the steps after
connecting, and the piece that tells how many customers are not here."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from ledgerport.contract import ContractError, Kind
from ledgerport.services import run_events
from ledgerport.services.context import Hub
from ledgerport.services.imports.change_rows import change_all, change_rows
from ledgerport.services.imports.progress_words import import_progress
from ledgerport.services.imports.show_imports import ImportView, latest_import, list_rows, show_import
from ledgerport.services.imports.start_import import start_import
from ledgerport.services.imports.steer_import import apply_import, resume_import, stop_import
from ledgerport.services.imports.unsynced_customers import unsynced_customers
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import BadChoice, Conflict
from ledgerport.services.run_events import Look
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.forms import Fields, FormFields
from ledgerport.web.pages.import_forms import filter_chips, row_changes
from ledgerport.web.pages.integrations import ProviderPath
from ledgerport.web.pages.wizard import wizard_steps
from ledgerport.web.render import fragment, go, page, plural, query

router = APIRouter(prefix="/t/{tenant}/integrations/{provider}")
ROWS = 50
_STEPS = {Kind.CUSTOMER: "customers", Kind.ITEM: "items"}
_Text = Annotated[str, Query(max_length=200)]
_Show = Annotated[str, Query(pattern="^(create|link|ask|skip|failed|here)?$")]
_ImportPath = Annotated[int, Path(ge=1, le=2**63 - 1)]
_Act = Annotated[str, Path(pattern="^(start|anew|stop|resume|apply)$")]


def _add_step(kind: Kind) -> None:
    """The routes of one step; paths of their own, so that other steps are free to stand beside them."""
    step = _STEPS[kind]

    @router.get(f"/wizard/{step}", name=f"{step}_step")
    def show(
        request: Request,
        place: Looking,
        hub: TheHub,
        provider: ProviderPath,
        show: _Show = "",
        q: _Text = "",
        cursor: _Text = "",
    ) -> Response:
        return _page(request, place, hub, provider, kind, show=show, search=q.strip(), cursor=cursor)

    @router.post(f"/wizard/{step}/rows", name=f"{step}_rows")
    def rows(request: Request, place: Acting, hub: TheHub, provider: ProviderPath, form: FormFields) -> Response:
        return _change(request, place, hub, provider, kind, form)

    @router.post(f"/wizard/{step}/{{act}}", name=f"{step}_act")
    def steer(
        request: Request, place: Acting, hub: TheHub, provider: ProviderPath, act: _Act, form: FormFields
    ) -> Response:
        return go(request, _at(place, provider, kind), _steer(hub, place, provider, kind, act, form), kind="info")


for _kind in _STEPS:
    _add_step(_kind)


@router.get("/imports/{import_id}/events", response_class=StreamingResponse)
def events(
    import_id: _ImportPath, request: Request, place: Looking, hub: TheHub, provider: ProviderPath
) -> StreamingResponse:
    """JSON of `done`, `total` and `words` for each change; `end` when no job is at it any more."""

    def look() -> Look:
        told = import_progress(show_import(hub, tenant_id=place.tenant_id, provider=provider, import_id=import_id))
        return Look(data=json.dumps({"done": told.done, "total": told.total, "words": told.words}), over=told.over)

    told = run_events.events(look(), partial(run_in_threadpool, look), request.app.state.look_every)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get("/unsynced-customers")
def unsynced(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    """Asked of the provider, so it loads into its own place; whatever goes wrong there is said there."""
    counted, problem = None, ""
    try:
        counted = unsynced_customers(hub, tenant_id=place.tenant_id, provider=provider)
    except ContractError as error:
        problem = f"{error.reason} Look again in a minute."
    except Conflict as error:
        problem = f"{error.reason} {error.next_step}"
    told: dict[str, Any] = {"counted": counted, "problem": problem, "label": label_of(hub, provider)}
    told["address"] = _at(place, provider, Kind.CUSTOMER)
    if request.headers.get("x-fragment"):
        return fragment(request, "import_unsynced.html", **told)
    return page(request, "import_unsynced_page.html", title=f"Customers in {told['label']}", place=place, **told)


def _at(place: Place, provider: str, kind: Kind) -> str:
    return place.at(f"integrations/{provider}/wizard/{_STEPS[kind]}")


def _steer(hub: Hub, place: Place, provider: str, kind: Kind, act: str, form: Fields) -> str:
    """Do what a button says; the toast."""
    if act in ("start", "anew"):
        start_import(
            hub, tenant_id=place.tenant_id, provider=provider, kind=kind, requested_by=place.by, anew=act == "anew"
        )
        return f"Reading the {kind}s of {label_of(hub, provider)}. You may leave this page; it goes on."
    do = {"stop": stop_import, "resume": resume_import, "apply": apply_import}[act]
    done = do(hub, tenant_id=place.tenant_id, provider=provider, import_id=_import_id(form))
    if act == "stop":
        return "Stopped. It goes on where it was when you resume it."
    return f"Bringing over {plural(done.to_bring, kind.value)}." if done.state == "importing" else "It goes on."


def _change(request: Request, place: Place, hub: Hub, provider: str, kind: Kind, form: Fields) -> Response:
    """Save what was chosen on this page; then what the button says: nothing more, a change of many, or the import."""
    tenant_id, import_id, show, search = place.tenant_id, _import_id(form), form.text("show"), form.text("q")
    here = _at(place, provider, kind)
    try:
        changed = row_changes(form)
        change_rows(hub, tenant_id=tenant_id, provider=provider, import_id=import_id, changes=changed.rows)
        told = f"Changed {plural(changed.ticked, kind.value)}." if changed.ticked else "Saved."
        if changed.act == "all":
            many = change_all(
                hub,
                tenant_id=tenant_id,
                provider=provider,
                import_id=import_id,
                type=changed.values.get("type"),
                choice=changed.values.get("choice"),
                show=show,
                search=search,
            )
            told = f"Changed {plural(many, kind.value)}."
    except BadChoice as wrong:
        return _page(request, place, hub, provider, kind, show=show, search=search, wrong=wrong, form=form)
    if changed.act == "import":
        shown = apply_import(hub, tenant_id=tenant_id, provider=provider, import_id=import_id)
        return go(request, here, f"Bringing over {plural(shown.to_bring, kind.value)}.", kind="info")
    return go(request, here + query(show=show, q=search, cursor=form.text("cursor")), told)


def _import_id(form: Fields) -> int:
    given = form.text("import")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def _page(
    request: Request,
    place: Place,
    hub: Hub,
    provider: str,
    kind: Kind,
    *,
    show: str = "",
    search: str = "",
    cursor: str = "",
    wrong: BadChoice | None = None,
    form: Fields | None = None,
) -> Response:
    shown = latest_import(hub, tenant_id=place.tenant_id, provider=provider, kind=kind)
    here = _at(place, provider, kind)
    rows = None
    if shown is not None and shown.state != "importing" and shown.listed:
        rows = list_rows(
            hub,
            tenant_id=place.tenant_id,
            provider=provider,
            import_id=shown.id,
            show=show,
            search=search,
            cursor=cursor,
            limit=ROWS,
        )
    label = label_of(hub, provider)
    return page(
        request,
        "import_step.html",
        title=f"{_STEPS[kind].capitalize()} that are in {label}",
        status=422 if wrong else 200,
        place=place,
        label=label,
        here=here,
        kind=kind.value,
        currency=place.currency,
        wizard=wizard_steps(place, provider, _STEPS[kind]),
        shown=shown,
        progress=import_progress(shown) if shown is not None else None,
        live=_live(place, provider, shown),
        rows=rows,
        chips=filter_chips(here, shown, show, search) if shown is not None else (),
        show=show,
        search=search,
        cursor=cursor,
        first=f"{here}{query(show=show, q=search)}" if cursor else "",
        next=f"{here}{query(show=show, q=search, cursor=rows.next)}" if rows is not None and rows.next else "",
        wrong=wrong,
        form=form or Fields(),
    )


def _live(place: Place, provider: str, shown: ImportView | None) -> str:
    return place.at(f"integrations/{provider}/imports/{shown.id}/events") if shown is not None and shown.works else ""
