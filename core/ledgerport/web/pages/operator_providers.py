"""The plugins of this hub, for operators."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ledgerport.services.plugin_overview import plugin_overview
from ledgerport.web.access import Operating, TheHub
from ledgerport.web.render import page

router = APIRouter(prefix="/operator/providers")


@router.get("")
def index(request: Request, _visitor: Operating, hub: TheHub) -> Response:
    return page(request, "operator_providers.html", title="Providers", found=plugin_overview(hub))
