"""Templates to answers: one environment, the words and figures that all pages share, and toasts across a redirect."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from itsdangerous import BadData, URLSafeSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from ledgerport.contract import quantum
from ledgerport.services.context import Hub
from ledgerport.services.pause_connection import who
from ledgerport.services.show_notices import count_notices
from ledgerport.services.sign_in import Visitor, csrf_token
from ledgerport.web.access import Place, place_at

_TOAST = "ledgerport_toast"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, *, title: str, status: int = 200, **values: Any) -> Response:
    """A whole page. `title` is its h1 and, with the tenant's name, its title; `place` among `values` makes it a
    tenant's."""
    hub: Hub = request.app.state.hub
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    place: Place | None = values.pop("place", None)
    shared = {
        "title": title,
        "visitor": visitor,
        "place": place,
        "csrf": csrf_token(hub, visitor) if visitor is not None else "",
        "toasts": _toasts(request, hub),
        "now": hub.clock.now(),
        "path": request.url.path,
        "remembers": hub.memory is not None,
        "bell": count_notices(hub, tenant_id=place.tenant_id) if place is not None else 0,
    }
    answer = HTMLResponse(_TEMPLATES.get_template(template).render(**shared, **values), status_code=status)
    if shared["toasts"]:
        answer.delete_cookie(_TOAST)
    return answer


def fragment(request: Request, template: str, **values: Any) -> Response:
    """A piece that is loaded into its own place on a page."""
    hub: Hub = request.app.state.hub
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    csrf = csrf_token(hub, visitor) if visitor is not None else ""
    text = _TEMPLATES.get_template(template).render(csrf=csrf, visitor=visitor, now=hub.clock.now(), **values)
    return HTMLResponse(text)


def go(request: Request, address: str, toast: str = "", *, kind: str = "good") -> Response:
    """To another page of ours after a form, with a toast there. `kind`: good, info, warn or bad."""
    answer = RedirectResponse(address, status_code=303)
    if toast:
        hub: Hub = request.app.state.hub
        text = _serializer(hub).dumps([kind, toast[:600]])
        answer.set_cookie(_TOAST, text, max_age=60, httponly=True, samesite="lax", secure=is_https(hub))
    return answer


def problem_page(
    request: Request, status: int, title: str, words: str, next_step: str = "", detail: str = ""
) -> Response:
    """What is not as it should be, in a sentence, and what to do; the way around stays where it was."""
    place = place_at(request.app.state.hub, getattr(request.state, "visitor", None), request.url.path)
    told = {"words": words, "next_step": next_step, "detail": detail}
    return page(request, "problem.html", title=title, status=status, place=place, **told)


def is_https(hub: Hub) -> bool:
    """Whether browsers reach us over TLS, so that cookies may be kept to it."""
    return hub.public_url.startswith("https:")


def _toasts(request: Request, hub: Hub) -> list[tuple[str, str]]:
    kept = request.cookies.get(_TOAST, "")
    if not kept:
        return []
    try:
        kind, words = _serializer(hub).loads(kept)
    except (BadData, ValueError, TypeError):
        return []
    return [(str(kind), str(words))]


def _serializer(hub: Hub) -> URLSafeSerializer:
    return URLSafeSerializer(hub.session_secret.get_secret_value(), salt="ledgerport.toast")


# -- words and figures -------------------------------------------------------------------------------------------------


def money(amount: Decimal | None, currency: str) -> Markup:
    """`1,234.50 USD`; a dash where there is none."""
    if amount is None:
        return Markup('<span class="soft">-</span>')
    sign = "\N{MINUS SIGN}" if amount < 0 else ""
    text = f"{sign}{abs(amount.quantize(quantum(currency))):,}"
    return Markup('<span class="money">{}&nbsp;<span class="currency">{}</span></span>').format(text, currency)


def number(value: float | Decimal) -> str:
    """`3,629`."""
    return f"{value:,}"


def moment(at: datetime | None, now: datetime, otherwise: str = "never") -> Markup:
    """`3 min ago`, with the whole moment for who wants it; the script adds the reader's own time."""
    if at is None:
        return Markup('<span class="soft">{}</span>').format(otherwise)
    whole = at.astimezone(UTC).strftime("%d %b %Y %H:%M:%S UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(), whole, ago(at, now)
    )


def ago(at: datetime, now: datetime) -> str:
    """`3 min ago`, `in 2 h`, `14 Nov 2026`."""
    span = now - at
    past = span >= timedelta(0)
    seconds = abs(span.total_seconds())
    if seconds < 45:
        return "just now" if past else "in a moment"
    for most, unit, word in ((3600, 60, "min"), (86400, 3600, "h"), (7 * 86400, 86400, "d")):
        if seconds < most - unit / 2:
            count = max(1, round(seconds / unit))
            return f"{count} {word} ago" if past else f"in {count} {word}"
    return f"{at.astimezone(UTC):%d %b %Y}"


def day(on: date | None) -> str:
    """`4 May 2026`."""
    return f"{on.day} {on:%b %Y}" if on is not None else ""


def span(value: timedelta | float) -> str:
    """`6 s`, `6 min`, `2 h 6 min`."""
    seconds = round(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def query(**values: Any) -> str:
    """`?a=1&b=2`, without what is empty."""
    given = {key: value for key, value in values.items() if value not in ("", None, False)}
    return f"?{urlencode(given)}" if given else ""


def plural(count: int, one: str, many: str = "") -> str:
    """`1 item`, `3 items`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


_TEMPLATES.filters.update(money=money, number=number, moment=moment, day=day, span=span, plural=plural, who=who)
_TEMPLATES.globals.update(query=query, escape=escape)
