"""`ledgerport runs`: sync history."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, TenantOption, running_tenant, show
from ledgerport.services.show_runs import list_runs


def runs(
    tenant: TenantOption,
    provider: Annotated[str, typer.Option(help="Only this provider.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List runs, newest first."""
    with running_tenant(tenant) as (hub, tenant_id):
        page = list_runs(hub, tenant_id=tenant_id, provider=provider, limit=limit)
    columns = (
        *("id", "provider", "trigger", "state", "total", "left"),
        *("created", "updated", "unchanged", "skipped", "failed", "started_at", "finished_at"),
    )
    show(page.rows, columns, as_json=as_json, empty="No runs yet.")
