"""Past prices: a question and its answer, how the memory stands, and adding what is older than it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from ledgerport.services import run_events
from ledgerport.services.context import Hub
from ledgerport.services.memory import backfill_words
from ledgerport.services.memory.answers import Answer, Filters
from ledgerport.services.memory.ask import LONGEST_QUESTION, ask, filter_choices
from ledgerport.services.memory.backfill import show_backfill, start_backfill
from ledgerport.services.memory.backfill_words import actual, dollars, how_far
from ledgerport.services.memory.estimate_backfill import Estimate, estimate_backfill
from ledgerport.services.memory.memory_status import memory_status
from ledgerport.services.memory.unavailable import MemoryUnavailable, memory_of
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.run_events import Look
from ledgerport.web import memory_words
from ledgerport.web.access import Acting, Looking, Place, TheHub, only_admins
from ledgerport.web.render import fragment, go, page, plural

router = APIRouter(prefix="/t/{tenant}/memory")
TextQuery = Annotated[str, Query(max_length=200)]
Count = Annotated[int, Form(ge=0, le=2**53)]
# More of them make a page slow to read.
_CITED = 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address says; names are those of the address."""

    q: str = ""
    since: str = ""
    until: str = ""
    category: str = ""
    customer_type: str = ""

    @property
    def filtered(self) -> bool:
        """Whether the answer is narrowed."""
        return any(value for name, value in asdict(self).items() if name != "q")


@router.get("")
def index(
    request: Request,
    place: Looking,
    hub: TheHub,
    q: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
    since: TextQuery = "",
    until: TextQuery = "",
    category: TextQuery = "",
    customer_type: TextQuery = "",
) -> Response:
    """Without a question nothing is asked of anybody; with one, Voyage is asked for its vector, with a time-out."""
    _only_when_on(hub)
    asked = Asked(q=q.strip(), since=since, until=until, category=category, customer_type=customer_type)
    answer, problem, wrong = _ask(hub, place, asked)
    status = memory_status(hub, tenant_id=place.tenant_id)
    categories, types = filter_choices(hub, tenant_id=place.tenant_id)
    return page(
        request,
        "memory.html",
        title="Past prices",
        status=422 if wrong else 503 if problem else 200,
        place=place,
        here=place.at("memory"),
        asked=asked,
        longest=LONGEST_QUESTION,
        answer=answer,
        problem=problem,
        wrong=wrong,
        categories=[(name, name) for name in categories],
        types=[(name, name.capitalize()) for name in types],
        standing=status,
        backfill=status.backfill,
        how_far=how_far,
        actual=actual,
        dollars=dollars,
        words=memory_words,
    )


@router.get("/backfill")
def confirm(request: Request, place: Looking, hub: TheHub) -> Response:
    """What it costs is counted in its own place: it takes seconds where there are many documents."""
    _only_when_on(hub)
    only_admins(place)
    return page(
        request, "memory_backfill.html", title="Add older documents", place=place, here=place.at("memory"), told=None
    )


@router.get("/backfill/estimate")
def estimate(request: Request, place: Looking, hub: TheHub) -> Response:
    _only_when_on(hub)
    only_admins(place)
    told = estimate_backfill(hub, tenant_id=place.tenant_id)
    values: dict[str, Any] = {"here": place.at("memory"), "told": told, "estimates": backfill_words}
    if request.headers.get("x-fragment"):
        return fragment(request, "memory_estimate.html", **values)
    return page(request, "memory_backfill.html", title="Add older documents", place=place, **values)


@router.post("/backfill")
def backfill(
    request: Request,
    place: Acting,
    hub: TheHub,
    documents: Count,
    unchanged: Count,
    texts: Count,
    tokens: Count,
) -> Response:
    """The figures are those that the page showed: what a person agreed to."""
    memory = memory_of(hub)
    told = Estimate(
        documents=documents,
        unchanged=unchanged,
        texts=texts,
        tokens=tokens,
        dollars=memory.dollars(tokens),
        model=memory.embedder.model,
        price=memory.price_per_million,
        as_of=None,
    )
    started = start_backfill(hub, tenant_id=place.tenant_id, estimate=told, by=place.by)
    words = f"Adding {plural(started.documents, 'document')}. You may leave this page; it goes on."
    return go(request, place.at("memory"), words, kind="info")


@router.get("/backfill/events", response_class=StreamingResponse)
def events(request: Request, place: Looking, hub: TheHub) -> StreamingResponse:
    """JSON of `done`, `total` and `words` for each change; `end` when the backfill is over."""
    _only_when_on(hub)

    def look() -> Look:
        view = show_backfill(hub, tenant_id=place.tenant_id)
        if view is None:
            raise NotFound("Nothing is being added.")
        data = {"done": view.done, "total": view.documents, "words": how_far(view)}
        return Look(data=json.dumps(data), over=view.finished_at is not None)

    told = run_events.events(look(), partial(run_in_threadpool, look), request.app.state.look_every)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _only_when_on(hub: Hub) -> None:
    if hub.memory is None:
        raise NotFound("There is no such page.")


def _ask(hub: Hub, place: Place, asked: Asked) -> tuple[Answer | None, tuple[str, str] | None, dict[str, str]]:
    """The answer, or the head and words of a banner that says why there is none, or what is wrong with which field."""
    days, wrong = _days(asked)
    if wrong or not asked.q:
        return None, None, wrong
    filters = Filters(
        since=days.get("since"),
        until=days.get("until"),
        category=asked.category,
        customer_type=asked.customer_type,
    )
    try:
        return ask(hub, tenant_id=place.tenant_id, question=asked.q, filters=filters, limit=_CITED), None, {}
    except BadChoice as bad:
        return None, None, {bad.field: f"{bad.reason} {bad.next_step}"}
    except MemoryUnavailable as away:
        return None, (away.reason, away.next_step), {}


def _days(asked: Asked) -> tuple[dict[str, date], dict[str, str]]:
    """The days that were asked for, and what is wrong with those that are none."""
    days, wrong = {}, {}
    for name, text in (("since", asked.since), ("until", asked.until)):
        try:
            if text:
                days[name] = date.fromisoformat(text)
        except ValueError:
            wrong[name] = "Write a day such as 2026-05-04."
    return days, wrong
