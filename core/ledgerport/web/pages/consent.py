"""The addresses a browser visits to connect: ours that sends it to the provider, or asks for an API key itself, and the
one the provider sends it back to.

Nobody need be signed in here: the ticket says for whom, and a cookie binds it to the browser.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import SecretStr

from ledgerport.contract import ContractError
from ledgerport.services.begin_connect import ATTEMPT_LIFE, begin
from ledgerport.services.choice_ticket import choice_ticket, choose
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_ticket import read_ticket
from ledgerport.services.connect_with_key import connect_with_key, require_allowed, takes_key
from ledgerport.services.context import Hub
from ledgerport.services.finish_connect import CompanyChoice, Connected, finish
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.sign_in import NotSignedIn
from ledgerport.web.access import Place, TheHub, check_origin, own_place, place_at, visitor_of
from ledgerport.web.pages.consent_key import ask_for_key
from ledgerport.web.render import is_https, page

router = APIRouter()
COOKIE = "ledgerport_connect"
_NO_KEY = SecretStr("")
_Ticket = Annotated[str, Query(max_length=4000)]


@router.get("/connect/{provider}")
def connect(request: Request, hub: TheHub, provider: str, ticket: _Ticket = "") -> Response:
    """Send the browser of a ticket's holder to the provider's consent page, or ask for the key of a provider that has
    none; bound to that browser by a cookie."""
    browser = _browser(request) or secrets.token_urlsafe(32)
    try:
        leave = read_ticket(hub, ticket, provider)
        if takes_key(hub, provider):
            require_allowed(hub, leave)
            return _bound(hub, browser, ask_for_key(request, hub, _place(request, hub, leave.return_to), leave, ticket))
        address = begin(
            hub,
            tenant_id=leave.tenant_id,
            provider=provider,
            browser=browser,
            requested_by=leave.requested_by,
            return_to=leave.return_to,
            connection_id=leave.connection_id,
            first_sync_waits=leave.first_sync_waits,
        )
    except (Conflict, NotFound) as error:
        return _refused(request, hub, provider, error)
    return _bound(hub, browser, RedirectResponse(address, status_code=303))


@router.post("/connect/{provider}")
def connect_by_key(
    request: Request,
    hub: TheHub,
    provider: str,
    ticket: Annotated[str, Form(max_length=4000)] = "",
    key: Annotated[SecretStr, Form()] = _NO_KEY,
    field: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Connect with the key that was typed; what is wrong with it is said next to it, and it is never shown back."""
    check_origin(request, hub)
    back = ""
    try:
        leave = read_ticket(hub, ticket, provider)
        back = leave.return_to
        done = connect_with_key(
            hub,
            tenant_id=leave.tenant_id,
            provider=provider,
            key=key,
            field=field,
            company_id=None,
            connection_id=leave.connection_id,
            return_to=back,
            first_sync_waits=leave.first_sync_waits,
        )
    except BadChoice as wrong:
        place = _place(request, hub, back)
        return _private(ask_for_key(request, hub, place, leave, ticket, typed=field, key=key, wrong=wrong))
    except (Conflict, NotFound, ContractError) as error:
        if isinstance(error, ConnectRefused):
            error.return_to = back
        return _refused(request, hub, provider, error)
    return _choose(request, hub, done) if isinstance(done, CompanyChoice) else _done(request, hub, done)


def _bound(hub: Hub, browser: str, answer: Response) -> Response:
    answer.set_cookie(
        COOKIE,
        browser,
        max_age=int(ATTEMPT_LIFE.total_seconds()),
        path=f"{urlsplit(hub.public_url).path.rstrip('/')}/",
        secure=is_https(hub),
        httponly=True,
        samesite="lax",
    )
    return _private(answer)


@router.get("/oauth/{provider}/callback")
def callback(request: Request, hub: TheHub, provider: str) -> Response:
    """Complete the consent and take the browser back to where it came from, or say in words what became of it."""
    try:
        done = finish(hub, provider=provider, browser=_browser(request), query=dict(request.query_params))
    except (Conflict, NotFound, ContractError) as error:
        return _refused(request, hub, provider, error)
    return _choose(request, hub, done) if isinstance(done, CompanyChoice) else _done(request, hub, done)


@router.post("/oauth/{provider}/choose")
def choose_one(
    request: Request,
    hub: TheHub,
    provider: str,
    ticket: Annotated[str, Form(max_length=4000)] = "",
    company: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Connect the company that was chosen on the page after the consent."""
    try:
        done = choose(hub, provider=provider, browser=_browser(request), ticket=ticket, company_id=company)
    except (Conflict, NotFound, ContractError) as error:
        return _refused(request, hub, provider, error)
    return _done(request, hub, done)


def _browser(request: Request) -> str:
    value = request.cookies.get(COOKIE, "")
    return value if len(value) <= 200 else ""


def _done(request: Request, hub: Hub, done: Connected) -> Response:
    if done.return_to:
        # Checked against our own address before it was stored.
        return _private(RedirectResponse(done.return_to, status_code=303))
    place = _place(request, hub, "")
    return _private(page(request, "consent_done.html", title="Connected", place=place, done=done))


def _choose(request: Request, hub: Hub, choice: CompanyChoice) -> Response:
    return _private(
        page(
            request,
            "consent_choose.html",
            title="Which company?",
            place=_place(request, hub, choice.return_to),
            choice=choice,
            ticket=choice_ticket(hub, choice, _browser(request)),
            address=f"{urlsplit(hub.public_url).path.rstrip('/')}/oauth/{quote(choice.provider, safe='')}/choose",
        )
    )


def _refused(request: Request, hub: Hub, provider: str, error: Exception) -> Response:
    """What was not connected and why; who is signed in and came from a page of theirs may try again at once."""
    back = str(getattr(error, "return_to", ""))
    place = _place(request, hub, back)
    again = f"integrations/{provider}/connect"
    return _private(
        page(
            request,
            "consent_refused.html",
            title="Not connected",
            status=404 if isinstance(error, NotFound) else 400,
            place=place,
            words=str(error),
            next_step=str(getattr(error, "next_step", "")),
            detail=error.detail if isinstance(error, ContractError) else "",
            back=back,
            again=place.at(again) if place is not None and place.visitor.may_act and back else "",
        )
    )


def _place(request: Request, hub: Hub, back: str) -> Place | None:
    """Whose page the browser came from, where somebody is signed in who may see it: the frame around ours."""
    with suppress(NotSignedIn):
        visitor = visitor_of(request, hub)
        return place_at(hub, visitor, urlsplit(back).path) or own_place(hub, visitor)
    return None


def _private(answer: Response) -> Response:
    """The addresses carry codes and tickets: kept by no cache, told to nobody. Only who we are goes along: without that
    a browser does not say whose a form of ours is."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer
