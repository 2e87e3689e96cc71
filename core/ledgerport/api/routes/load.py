"""Bulk load: NDJSON, thousands of records a request, any kinds, in order."""

from __future__ import annotations

from fastapi import APIRouter, Response

from ledgerport.api.dependencies import TheHub, TheUpload, Writer
from ledgerport.services.bulk_load import Loaded, bulk_load, lines_of

router = APIRouter(tags=["load"])
_BODY = {
    "required": True,
    "description": "One record a line, each with `kind` and `ref`, in the shapes that PUT takes.",
    "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
}


@router.post(
    "/load",
    response_model=Loaded,
    openapi_extra={"requestBody": _BODY},
    summary="Load records; bad rows are named and never stop the rest",
)
def load(hub: TheHub, caller: Writer, upload: TheUpload) -> Response:
    return upload.once(200, Loaded, lambda: bulk_load(hub, tenant_id=caller.tenant_id, lines=lines_of(upload.file)))
