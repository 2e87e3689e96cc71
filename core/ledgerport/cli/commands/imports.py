"""`ledgerport imports`: customers and items that are in the books already."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show, show_json
from ledgerport.contract import Kind
from ledgerport.services.imports.progress_words import import_progress
from ledgerport.services.imports.show_imports import ImportView, list_imports, list_rows, show_import
from ledgerport.services.imports.start_import import start_import
from ledgerport.services.imports.steer_import import apply_import, resume_import, stop_import

app = typer.Typer(help="Customers and items that are in the books already.", no_args_is_help=True)
_Id = Annotated[int, typer.Argument(metavar="IMPORT", help="Its number, as `imports list` shows it.", min=1)]


class Importable(StrEnum):
    """What can be read."""

    CUSTOMER = "customer"
    ITEM = "item"


@app.command("start")
def start(
    provider: ProviderArgument,
    kind: Annotated[Importable, typer.Argument(help="customer or item.")],
    tenant: TenantOption,
    anew: Annotated[bool, typer.Option("--anew", help="Close the import that is open, and read again.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read customers or items from the books; a running hub does it. Nothing is saved before `apply`."""
    by = f"cli:{getpass.getuser()}"
    with running_tenant(tenant) as (hub, tenant_id):
        started = start_import(
            hub, tenant_id=tenant_id, provider=provider, kind=Kind(kind.value), requested_by=by, anew=anew
        )
    _tell(started, as_json=as_json)


@app.command("list")
def index(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """List imports, newest first."""
    with running_tenant(tenant) as (hub, tenant_id):
        found = list_imports(hub, tenant_id=tenant_id, provider=provider)
    columns = ("id", "kind", "state", "listed", "known", "created", "linked", "failed", "created_at", "reason")
    show(found, columns, as_json=as_json, empty="Nothing was imported yet.")


@app.command("show")
def rows(
    provider: ProviderArgument,
    import_id: _Id,
    tenant: TenantOption,
    only: Annotated[str, typer.Option("--only", help="create, link, ask, skip, failed or here.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many rows.")] = 50,
    cursor: Annotated[str, typer.Option(help="The `next` of the page before.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Show how far an import is, and its rows with what is proposed for each."""
    with running_tenant(tenant) as (hub, tenant_id):
        shown = show_import(hub, tenant_id=tenant_id, provider=provider, import_id=import_id)
        page = list_rows(
            hub, tenant_id=tenant_id, provider=provider, import_id=import_id, show=only, cursor=cursor, limit=limit
        )
    if as_json:
        show_json({"import": shown, "rows": page.rows, "next": page.next})
        return
    _tell(shown, as_json=False)
    columns = ("id", "name", "email", "type", "type_reason", "choice", "link_to", "state", "ref", "told")
    show(page.rows, columns, as_json=False, empty="There are no such rows.")


@app.command("apply")
def apply(provider: ProviderArgument, import_id: _Id, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Bring over every row that is to be created or linked; a running hub does it."""
    with running_tenant(tenant) as (hub, tenant_id):
        _tell(apply_import(hub, tenant_id=tenant_id, provider=provider, import_id=import_id), as_json=as_json)


@app.command("stop")
def stop(provider: ProviderArgument, import_id: _Id, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Stop an import; what is done stays."""
    with running_tenant(tenant) as (hub, tenant_id):
        _tell(stop_import(hub, tenant_id=tenant_id, provider=provider, import_id=import_id), as_json=as_json)


@app.command("resume")
def resume(provider: ProviderArgument, import_id: _Id, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Go on where it was stopped."""
    with running_tenant(tenant) as (hub, tenant_id):
        _tell(resume_import(hub, tenant_id=tenant_id, provider=provider, import_id=import_id), as_json=as_json)


def _tell(shown: ImportView, *, as_json: bool) -> None:
    if as_json:
        show_json(shown)
        return
    proposed = f" {shown.to_create:,} to create, {shown.to_link:,} to link, {shown.to_ask:,} to ask about."
    say(f"Import {shown.id} ({shown.state}): {import_progress(shown).words}.{proposed}")
