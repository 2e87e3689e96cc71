"""The two addresses a browser visits to connect: ours that sends it to the provider, and the one the provider sends it
back to."""

from __future__ import annotations

import secrets
from html import escape
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ledgerport.contract import ContractError
from ledgerport.services.begin_connect import ATTEMPT_LIFE, begin
from ledgerport.services.connect_ticket import read_ticket
from ledgerport.services.context import Hub
from ledgerport.services.finish_connect import CompanyChoice, Connected, finish
from ledgerport.services.rejections import Conflict, NotFound

router = APIRouter(include_in_schema=False)
COOKIE = "ledgerport_connect"


@router.get("/connect/{provider}")
def connect(request: Request, provider: str, ticket: Annotated[str, Query(max_length=4000)] = "") -> Response:
    """Send the browser of a ticket's holder to the provider's consent page, bound to that browser by a cookie."""
    hub = _hub(request)
    browser = _browser(request) or secrets.token_urlsafe(32)
    try:
        leave = read_ticket(hub, ticket, provider)
        address = begin(
            hub,
            tenant_id=leave.tenant_id,
            provider=provider,
            browser=browser,
            requested_by=leave.requested_by,
            return_to=leave.return_to,
            connection_id=leave.connection_id,
        )
    except (Conflict, NotFound) as error:
        return _refused(error)
    answer = RedirectResponse(address, status_code=303)
    answer.set_cookie(
        COOKIE,
        browser,
        max_age=int(ATTEMPT_LIFE.total_seconds()),
        path=f"{urlsplit(hub.public_url).path.rstrip('/')}/",
        secure=hub.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return _private(answer)


@router.get("/oauth/{provider}/callback")
def callback(request: Request, provider: str) -> Response:
    """Complete the consent and take the browser back to where it came from, or say in words what became of it."""
    hub = _hub(request)
    try:
        done = finish(hub, provider=provider, browser=_browser(request), query=dict(request.query_params))
    except (Conflict, NotFound, ContractError) as error:
        return _refused(error)
    if isinstance(done, CompanyChoice):
        return _choose(done)
    if done.return_to:
        # Checked against our own address before it was stored.
        return _private(RedirectResponse(done.return_to, status_code=303))
    return _connected(done)


def _hub(request: Request) -> Hub:
    hub: Hub = request.app.state.hub
    return hub


def _browser(request: Request) -> str:
    value = request.cookies.get(COOKIE, "")
    return value if len(value) <= 200 else ""


def _connected(done: Connected) -> Response:
    words = f'{done.label} is connected to "{done.company_name}".'
    return _page(200, "Connected", [words, done.problem or "The first sync has begun. You can close this page."])


def _choose(choice: CompanyChoice) -> Response:
    names = [f"{company.name} ({company.id})" for company in choice.companies]
    return _page(200, "Which company?", [f"This sign-in at {choice.label} reaches several companies:", *names])


def _refused(error: Exception) -> Response:
    words = [str(error), str(getattr(error, "next_step", ""))]
    back = str(getattr(error, "return_to", ""))
    status = 404 if isinstance(error, NotFound) else 400
    return _page(status, "Not connected", words, back)


def _page(status: int, title: str, sentences: list[str], back: str = "") -> Response:
    body = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)
    link = f'<p><a href="{escape(back)}">Go back</a></p>' if back else ""
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - Ledgerport</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>'
        ":root{color-scheme:light dark}"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:35rem;margin:3rem auto;padding:0 1rem}"
        "h1{font-size:1.25rem;font-weight:600}"
        f"</style></head><body><main><h1>{escape(title)}</h1>{body}{link}</main></body></html>"
    )
    return _private(HTMLResponse(page, status_code=status))


def _private(answer: Response) -> Response:
    """The addresses carry codes and tickets: kept by no cache, told to nobody."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
