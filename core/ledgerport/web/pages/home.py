"""Where somebody lands who is signed in."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from ledgerport.web.access import Looking, SignedIn

router = APIRouter()


@router.get("/")
def index(visitor: SignedIn) -> Response:
    return RedirectResponse("/operator" if visitor.is_operator else f"/t/{visitor.tenant}", status_code=303)


@router.get("/t/{tenant}")
def tenant(place: Looking) -> Response:
    return RedirectResponse(place.at("integrations"), status_code=303)
