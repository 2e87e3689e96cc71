"""`ledgerport record`: one record, how it stands in the books, and what was tried."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, TenantOption, running_tenant, show, show_json
from ledgerport.contract import Kind
from ledgerport.services.show_records import record_history, show_record

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
