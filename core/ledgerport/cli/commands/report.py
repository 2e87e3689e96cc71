"""`ledgerport report`: our totals and the provider's, and every difference."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show, show_json
from ledgerport.services.show_report import compare_now, list_differences, show_report

_TOTALS = (
    *("kind", "month", "records_here", "records_there"),
    *("here", "there", "apart", "differences", "rounded", "only_there"),
)


def report(
    provider: ProviderArgument,
    tenant: TenantOption,
    year: Annotated[int | None, typer.Option(min=1900, max=9998, help="Only this year; without: all years.")] = None,
    months: Annotated[bool, typer.Option("--months", help="Every month too.")] = False,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="How many differences.")] = 50,
    compare: Annotated[
        bool, typer.Option("--compare", help="First ask for the provider's own lists to be read.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Compare our totals with the provider's. Nothing is sent."""
    with running_tenant(tenant) as (hub, tenant_id):
        if compare:
            compare_now(hub, tenant_id=tenant_id, provider=provider, by=f"cli:{getpass.getuser()}")
        found = show_report(hub, tenant_id=tenant_id, provider=provider, year=year)
        differences = list_differences(hub, tenant_id=tenant_id, provider=provider, year=year, limit=limit).rows
    if as_json:
        show_json({"report": found, "differences": differences})
        return
    if found.comparison is not None and found.comparison.state == "reading":
        say(f"{found.label} is being asked for its own lists, {found.comparison.read:,} records so far.")
    show(found.totals + (found.months if months else []), _TOTALS, as_json=False, empty="")
    say(found.verdict)
    for one in differences:
        say(f"  {one.sentence}")
