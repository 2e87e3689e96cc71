"""Whether this process can work."""

from __future__ import annotations

from fastapi import APIRouter

from ledgerport.api.dependencies import TheHub
from ledgerport.services.check_health import check_health

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Whether this process can work")
def healthz(hub: TheHub) -> dict[str, str]:
    check_health(hub)
    return {"status": "ok"}
