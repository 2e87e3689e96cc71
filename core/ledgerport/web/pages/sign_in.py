"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_ticket import check_return
from ledgerport.services.context import Hub
from ledgerport.services.sign_in import LIFE, SignInRefused, sign_in, sign_out, use_link
from ledgerport.web.access import COOKIE, TheHub, check_origin, checked_form
from ledgerport.web.render import is_https, page

router = APIRouter()
_Next = Annotated[str, Query(alias="next", max_length=2000)]


@router.get("/sign-in")
def form(request: Request, hub: TheHub, go_to: _Next = "", ended: bool = False) -> Response:
    told = "You were signed out. Sign in, then send the form again." if ended else ""
    return page(request, "sign_in.html", title="Sign in", go_to=_ours(hub, go_to), error="", email="", told=told)


@router.post("/sign-in")
def enter(
    request: Request,
    hub: TheHub,
    email: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    go_to: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    check_origin(request, hub)
    go_to = _ours(hub, go_to)
    try:
        secret = sign_in(hub, email=email.strip(), password=password)
    except SignInRefused as refused:
        error = f"{refused.reason} {refused.next_step}"
        return page(
            request, "sign_in.html", title="Sign in", status=401, go_to=go_to, error=error, email=email, told=""
        )
    return _enter(hub, secret, go_to)


@router.get("/sign-in/{secret}")
def link(request: Request, secret: str) -> Response:
    """The link's page asks for a click: a mail program that looks at links must not use them up."""
    return page(request, "sign_in_link.html", title="Sign in", secret=secret, error="")


@router.post("/sign-in/{secret}")
def enter_by_link(request: Request, hub: TheHub, secret: str) -> Response:
    check_origin(request, hub)
    try:
        return _enter(hub, use_link(hub, secret), "")
    except SignInRefused as refused:
        error = f"{refused.reason} {refused.next_step}"
        return page(request, "sign_in.html", title="Sign in", status=401, go_to="", error=error, email="", told="")


@router.post("/sign-out", dependencies=[Depends(checked_form)])
def leave(request: Request, hub: TheHub) -> Response:
    sign_out(hub, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def _enter(hub: Hub, secret: str, go_to: str) -> Response:
    return keep_signed_in(hub, RedirectResponse(go_to or "/", status_code=303), secret)


def keep_signed_in(hub: Hub, answer: Response, secret: str) -> Response:
    """Give a browser the secret of its session along with an answer."""
    seconds = int(LIFE.total_seconds())
    answer.set_cookie(COOKIE, secret, max_age=seconds, httponly=True, samesite="lax", secure=is_https(hub))
    return answer


def _ours(hub: Hub, address: str) -> str:
    """An address to go on to, when it is one of ours."""
    try:
        check_return(hub, address)
    except ConnectRefused:
        return ""
    return address
