"""The operator's first page: the health of every connection, worst first, and what moves the work."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ledgerport.services.health_overview import ATTENTION, HealthPage, HealthView, Trouble, health_overview
from ledgerport.services.plugin_overview import plugin_overview
from ledgerport.services.queue_depth import QueueView, queue_depth
from ledgerport.web.access import Operating, TheHub
from ledgerport.web.render import page, plural, query

router = APIRouter(prefix="/operator")
_SORTS = (("worst", "Worst first"), ("waiting", "Longest waiting"), ("success", "Oldest success"), ("tenant", "Tenant"))
_WORDS = {
    Trouble.NEEDS_RECONNECTION: ("warn", "Reconnect required"),
    Trouble.NO_PLUGIN: ("bad", "No plugin"),
    Trouble.STUCK: ("bad", "Work does not move"),
    Trouble.FAILED: ("bad", "Failed"),
    Trouble.BLOCKED: ("warn", "Needs a person"),
    Trouble.PAUSED: ("warn", "Paused"),
    Trouble.HELD: ("wait", "Held by a limit"),
    Trouble.PENDING: ("wait", "Not finished"),
    Trouble.TURNED_OFF: ("wait", "Turned off"),
    Trouble.NONE: ("good", "Good"),
}
_SPANS = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86400.0: "day"}


@router.get("")
def index(
    request: Request,
    _visitor: Operating,
    hub: TheHub,
    show: Annotated[str, Query(max_length=40)] = "",
    provider: Annotated[str, Query(max_length=60)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    sort: Annotated[str, Query(max_length=20)] = "worst",
    offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:
    found = health_overview(hub, show=show, provider=provider, search=q.strip(), sort=sort, offset=offset)
    at = {"show": show, "provider": provider, "q": q.strip(), "sort": "" if sort == "worst" else sort}
    plugins = [(each.provider, each.label) for each in plugin_overview(hub).plugins]
    return page(
        request,
        "operator.html",
        title="Health",
        found=found,
        badges=_WORDS,
        limit_words=limit_words,
        shows=_shows(found, at),
        sorts=[(_address(at, sort="" if key == "worst" else key), word, key == sort) for key, word in _SORTS],
        providers=[(_address(at, provider=""), "All providers", not provider)]
        + [(_address(at, provider=slug), label, slug == provider) for slug, label in plugins],
        at=at,
        attention=sum(found.counts[trouble] for trouble in ATTENTION),
        connections=sum(found.counts.values()),
        queue=queue_depth(hub),
        queue_words=queue_words,
        scheduler_words=scheduler_words,
        first=_address(at) if offset else "",
        next=_address(at, offset=str(found.next)) if found.next is not None else "",
    )


def _address(at: dict[str, str], **changed: str) -> str:
    return f"/operator{query(**{**at, **changed})}"


def _shows(found: HealthPage, at: dict[str, str]) -> list[tuple[str, str, bool]]:
    """Filters: everything, what calls for somebody, and each trouble there is."""
    attention = sum(found.counts[trouble] for trouble in ATTENTION)
    chips = [
        (_address(at, show=""), f"All {sum(found.counts.values()):,}", not at["show"]),
        (_address(at, show="attention"), f"Need attention {attention:,}", at["show"] == "attention"),
    ]
    for trouble, (_, word) in _WORDS.items():
        if found.counts[trouble] or at["show"] == trouble:
            chips.append((_address(at, show=trouble), f"{word} {found.counts[trouble]:,}", at["show"] == trouble))
    return chips


def limit_words(view: HealthView) -> str:
    """`7 of 40 batch calls a minute`: the limit that is used most; empty where it is not known."""
    most = view.fullest
    if most is None:
        return ""
    meter = "" if most.meter == "request" else f"{most.meter} "
    span = _SPANS.get(most.seconds, f"{most.seconds:g} s")
    return f"{most.used:,} of {most.count:,} {meter}calls a {span}{' (all companies)' if most.scope == 'app' else ''}"


def queue_words(queue: QueueView) -> str:
    """`3 waiting, 1 given up`."""
    if queue.waiting is None:
        return "The broker does not answer"
    parts = [f"{queue.waiting:,} waiting"]
    parts += [f"{queue.later:,} put off"] if queue.later else []
    parts += [f"{queue.given_up:,} given up"] if queue.given_up else []
    return ", ".join(parts)


def scheduler_words(queue: QueueView) -> str:
    """When the scheduler was last heard of."""
    if queue.last_tick_seconds is None:
        return "None is running"
    seconds = queue.last_tick_seconds
    told = f"{seconds:.0f} s ago" if seconds < 120 else f"{plural(int(seconds // 60), 'minute')} ago"
    return f"Last heard of {told}"
