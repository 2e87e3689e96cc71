"""Pausing a connection, asked on a page of its own, and resuming it. By a tenant's admin or an operator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from ledgerport.services.pause_connection import LONGEST_REASON, pause_connection, resume_connection
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_connections import show_connection
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.pages.integrations import ProviderPath
from ledgerport.web.render import go, page

router = APIRouter(prefix="/t/{tenant}/integrations/{provider}")
Back = Annotated[str, Form(max_length=20)]


@router.get("/pause")
def ask(request: Request, place: Looking, hub: TheHub, provider: ProviderPath, back: str = "") -> Response:
    return _ask(request, place, hub, provider, _back(place, provider, back), back)


@router.post("/pause")
def pause(
    request: Request,
    place: Acting,
    hub: TheHub,
    provider: ProviderPath,
    reason: Annotated[str, Form(max_length=4000)] = "",
    back: Back = "",
) -> Response:
    there = _back(place, provider, back)
    try:
        view = pause_connection(hub, tenant_id=place.tenant_id, provider=provider, reason=reason, by=place.by)
    except BadChoice as wrong:
        error = f"{wrong.reason} {wrong.next_step}"
        return _ask(request, place, hub, provider, there, back, reason=reason, error=error)
    return go(request, there, f'{view.label}, "{view.company_name}", is paused. Changes wait until it is resumed.')


@router.post("/resume")
def resume(request: Request, place: Acting, hub: TheHub, provider: ProviderPath, back: Back = "") -> Response:
    view = resume_connection(hub, tenant_id=place.tenant_id, provider=provider, by=place.by)
    told = f'{view.label}, "{view.company_name}", is active again. What waited is being sent.'
    return go(request, _back(place, provider, back), told)


def _ask(
    request: Request,
    place: Place,
    hub: TheHub,
    provider: str,
    there: str,
    back: str,
    *,
    reason: str = "",
    error: str = "",
) -> Response:
    connection = show_connection(hub, tenant_id=place.tenant_id, provider=provider)
    return page(
        request,
        "pause.html",
        title=f"Pause {connection.label}",
        status=422 if error else 200,
        place=place,
        connection=connection,
        at=place.at(f"integrations/{provider}"),
        there=there,
        back=back,
        reason=reason,
        error=error,
        longest=LONGEST_REASON,
    )


def _back(place: Place, provider: str, back: str) -> str:
    """Where the click came from."""
    if place.visitor.is_operator and back == "operator":
        return "/operator"
    if place.visitor.is_operator and back == "tenant":
        return f"/operator/tenants/{place.slug}"
    return place.at(f"integrations/{provider}")
