"""`ledgerport record`: one record, how it stands in the books, and what was tried."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from ledgerport.cli.running import NOT_DONE, JsonFlag, TenantOption, running_tenant, show, show_json
from ledgerport.contract import Kind
from ledgerport.services.show_records import record_history, show_record
from ledgerport.services.sync_record import sync_record

app = typer.Typer(help="One record and what became of it.", no_args_is_help=True)
_Ref = Annotated[str, typer.Argument(help="The host app's ref of the record.")]


@app.command("history")
def history(
    kind: Kind,
    ref: _Ref,
    tenant: TenantOption,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Every try to bring the record over, newest first."""
    with running_tenant(tenant) as (hub, tenant_id):
        page = record_history(hub, tenant_id=tenant_id, kind=kind, ref=ref, limit=limit)
    columns = ("at", "provider", "op", "verdict", "reason", "detail", "trace_id")
    show(page.rows, columns, as_json=as_json, empty=f"Nothing was tried for {kind} {ref} yet.")


@app.command("show")
def one(kind: Kind, ref: _Ref, tenant: TenantOption) -> None:
    """The record and how it stands at each provider, as JSON."""
    with running_tenant(tenant) as (hub, tenant_id):
        show_json(show_record(hub, tenant_id=tenant_id, kind=kind, ref=ref))


@app.command("sync")
def sync(
    kind: Kind,
    ref: _Ref,
    tenant: TenantOption,
    provider: Annotated[str, typer.Option(help="Only there; without: everywhere that takes it.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Send the record now, also when it is in the books already; workers carry it out."""
    by = f"cli:{getpass.getuser()}"
    with running_tenant(tenant) as (hub, tenant_id):
        synced = sync_record(hub, tenant_id=tenant_id, kind=kind, ref=ref, provider=provider, requested_by=by)
    show(synced, ("provider", "action", "run_id", "total", "problem"), as_json=as_json, empty="Nothing is connected.")
    if any(each.problem for each in synced):
        raise typer.Exit(NOT_DONE)
