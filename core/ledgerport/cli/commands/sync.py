"""`ledgerport sync`: send now what is not in the books yet."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from ledgerport.cli.running import NOT_DONE, JsonFlag, TenantOption, running_tenant, show
from ledgerport.services.show_connections import list_connections
from ledgerport.services.sync_connection import sync_connection
from ledgerport.services.sync_invoice import sync_invoice

_INVOICE_COLUMNS = ("provider", "action", "run_id", "total", "problem")
_RUN_COLUMNS = ("provider", "run_id", "state", "total")


def sync(
    tenant: TenantOption,
    provider: Annotated[str | None, typer.Option(help="Only this provider; without: all that are connected.")] = None,
    invoice: Annotated[
        str | None, typer.Option(metavar="REF", help="Only this invoice, with its payments, customer and items.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Start a sync; workers carry it out. Follow it with `ledgerport runs`."""
    by = f"cli:{getpass.getuser()}"
    with running_tenant(tenant) as (hub, tenant_id):
        if invoice is not None:
            synced = sync_invoice(hub, tenant_id=tenant_id, ref=invoice, requested_by=by)
            shown = [each for each in synced if provider in (None, each.provider)]
            nobody = f"There is no connection to {provider} that takes invoices."
            show(shown, _INVOICE_COLUMNS, as_json=as_json, empty=nobody)
            if any(each.problem for each in shown) or not shown:
                raise typer.Exit(NOT_DONE)
            return
        slugs = (
            [each.provider for each in list_connections(hub, tenant_id=tenant_id)] if provider is None else [provider]
        )
        runs = [sync_connection(hub, tenant_id=tenant_id, provider=slug, requested_by=by) for slug in slugs]
    show(
        runs,
        _RUN_COLUMNS,
        as_json=as_json,
        empty=f"Nothing is connected. Next: ledgerport connect PROVIDER --tenant {tenant}",
    )
