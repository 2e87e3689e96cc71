"""One's own account: the password, and letters about notices."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from ledgerport.services.context import Hub
from ledgerport.services.my_account import change_password, show_account, want_letters
from ledgerport.services.rejections import BadChoice
from ledgerport.services.sign_in import Visitor
from ledgerport.services.users import SHORTEST_PASSWORD
from ledgerport.web.access import SignedIn, TheHub, checked_form, own_place
from ledgerport.web.pages.sign_in import keep_signed_in
from ledgerport.web.render import go, page

router = APIRouter(prefix="/me")
_Password = Annotated[str, Form(max_length=4000)]


@router.get("")
def show(request: Request, visitor: SignedIn, hub: TheHub) -> Response:
    return _show(request, visitor, hub)


@router.post("/password", dependencies=[Depends(checked_form)])
def password(
    request: Request,
    visitor: SignedIn,
    hub: TheHub,
    current: _Password = "",
    password: _Password = "",
    again: _Password = "",
) -> Response:
    try:
        secret = change_password(hub, visitor, current=current, new=password, again=again)
    except BadChoice as wrong:
        return _show(request, visitor, hub, {wrong.field: f"{wrong.reason} {wrong.next_step}"})
    told = "Your password is set. Other browsers are signed out."
    return keep_signed_in(hub, go(request, "/me", told), secret)


@router.post("/letters", dependencies=[Depends(checked_form)])
def letters(
    request: Request, visitor: SignedIn, hub: TheHub, wanted: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    want_letters(hub, visitor, on=bool(wanted))
    return go(request, "/me", "You get an e-mail for each notice." if wanted else "You get no e-mail about notices.")


def _show(request: Request, visitor: Visitor, hub: Hub, errors: dict[str, str] | None = None) -> Response:
    return page(
        request,
        "me.html",
        title="Your account",
        status=422 if errors else 200,
        place=own_place(hub, visitor),
        its=show_account(hub, visitor),
        shortest=SHORTEST_PASSWORD,
        errors=errors or {},
    )
