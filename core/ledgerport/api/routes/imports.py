"""Imports of what is in the books already: read it, look through it, bring it over."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from ledgerport.api.dependencies import AskedOnce, Cursor, Limit, ProviderPath, Reader, TheHub, Writer
from ledgerport.contract import Kind
from ledgerport.services.imports.change_rows import MOST, RowChange, change_rows
from ledgerport.services.imports.show_imports import ImportRowView, ImportView, list_imports, list_rows, show_import
from ledgerport.services.imports.start_import import start_import
from ledgerport.services.imports.steer_import import apply_import, resume_import, stop_import
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Short

router = APIRouter(prefix="/connections/{provider}/imports", tags=["imports"])
ImportPath = Annotated[int, Path(ge=1, le=2**53)]
_RowId = Annotated[int, Field(ge=1, le=2**53)]


class Starting(BaseModel):
    """What to read. `anew`: an import that is open is closed as it is, and everything is read again."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["customer", "item"]
    anew: StrictBool = False


class ChangedRow(BaseModel):
    """What to change of one row; what is left out stays. `record`: the ref of yours that it is to be linked to; `ref`:
    what a new record is to be called, instead of a name of the hub's making.
    """

    model_config = ConfigDict(extra="forbid")

    id: _RowId
    type: Short | None = None
    choice: Literal["create", "link", "skip"] | None = None
    record: Short | None = None
    ref: Short | None = None


class ChangedRows(BaseModel):
    """Changes of several rows: all or none of them are made."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[list[ChangedRow], Field(min_length=1, max_length=MOST)]


@router.post(
    "", status_code=202, response_model=ImportView, summary="Read customers or items, or show the import that is open"
)
def start(provider: ProviderPath, asked: Starting, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    def act() -> ImportView:
        return start_import(
            hub,
            tenant_id=caller.tenant_id,
            provider=provider,
            kind=Kind(asked.kind),
            requested_by=caller.name,
            anew=asked.anew,
        )

    return once(202, ImportView, act)


@router.get("", summary="The latest imports, newest first")
def index(provider: ProviderPath, hub: TheHub, caller: Reader) -> list[ImportView]:
    return list_imports(hub, tenant_id=caller.tenant_id, provider=provider)


@router.get("/{import_id}", summary="Show one import as it stands now")
def get(provider: ProviderPath, import_id: ImportPath, hub: TheHub, caller: Reader) -> ImportView:
    return show_import(hub, tenant_id=caller.tenant_id, provider=provider, import_id=import_id)


@router.get("/{import_id}/rows", summary="What was read, with what is proposed for each")
def rows(
    provider: ProviderPath,
    import_id: ImportPath,
    hub: TheHub,
    caller: Reader,
    show: Annotated[Literal["create", "link", "ask", "skip", "failed", "here", ""], Query()] = "",
    search: Short = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Paged[ImportRowView]:
    return list_rows(
        hub,
        tenant_id=caller.tenant_id,
        provider=provider,
        import_id=import_id,
        show=show,
        search=search,
        cursor=cursor,
        limit=limit,
    )


@router.patch("/{import_id}/rows", summary="Choose types, and what to create, link or leave out")
def change(
    provider: ProviderPath, import_id: ImportPath, changed: ChangedRows, hub: TheHub, caller: Writer
) -> ImportView:
    changes = [RowChange(**row.model_dump()) for row in changed.rows]
    return change_rows(hub, tenant_id=caller.tenant_id, provider=provider, import_id=import_id, changes=changes)


@router.post("/{import_id}/apply", status_code=202, summary="Bring over what is chosen; nothing is sent")
def apply(provider: ProviderPath, import_id: ImportPath, hub: TheHub, caller: Writer) -> ImportView:
    return apply_import(hub, tenant_id=caller.tenant_id, provider=provider, import_id=import_id)


@router.post("/{import_id}/stop", summary="Stop; what is done stays")
def stop(provider: ProviderPath, import_id: ImportPath, hub: TheHub, caller: Writer) -> ImportView:
    return stop_import(hub, tenant_id=caller.tenant_id, provider=provider, import_id=import_id)


@router.post("/{import_id}/resume", status_code=202, summary="Go on where it was stopped")
def resume(provider: ProviderPath, import_id: ImportPath, hub: TheHub, caller: Writer) -> ImportView:
    return resume_import(hub, tenant_id=caller.tenant_id, provider=provider, import_id=import_id)
