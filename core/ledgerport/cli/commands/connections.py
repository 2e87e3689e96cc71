"""`ledgerport connections`: how they stand, and pausing them."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from ledgerport.cli.running import (
    JsonFlag,
    ProviderArgument,
    TenantOption,
    running_hub,
    running_tenant,
    say,
    show,
    show_json,
)
from ledgerport.services.health_overview import health_overview
from ledgerport.services.pause_connection import pause_connection, resume_connection

app = typer.Typer(help="How connections stand, and pausing them.", no_args_is_help=True)
# More than any hub has; a terminal scrolls.
_ALL = 1_000_000


@app.command("list")
def index(
    attention: Annotated[bool, typer.Option("--attention", help="Only those that somebody must see to.")] = False,
    provider: Annotated[str, typer.Option("--provider", help="Only this provider's.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List the connections of all tenants, worst first."""
    with running_hub() as hub:
        rows = health_overview(hub, show="attention" if attention else "", provider=provider, limit=_ALL).rows
    columns = (
        *("tenant", "provider", "company_name", "state", "trouble", "waiting", "blocked", "failed"),
        *("oldest_waiting_at", "last_success_at", "held_until", "reason"),
    )
    show(rows, columns, as_json=as_json, empty="Nothing is connected.")


@app.command("pause")
def pause(
    provider: ProviderArgument,
    tenant: TenantOption,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever wonders later.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Send nothing over a connection until it is resumed: changes wait, nothing is lost."""
    with running_tenant(tenant) as (hub, tenant_id):
        view = pause_connection(hub, tenant_id=tenant_id, provider=provider, reason=reason, by=_by())
    if as_json:
        show_json(view)
    else:
        say(f'{view.label}, "{view.company_name}", is paused. Changes wait until it is resumed.')


@app.command("resume")
def resume(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Let a paused connection go on."""
    with running_tenant(tenant) as (hub, tenant_id):
        view = resume_connection(hub, tenant_id=tenant_id, provider=provider, by=_by())
    if as_json:
        show_json(view)
    else:
        say(f'{view.label}, "{view.company_name}", is active. What waited is sent.')


def _by() -> str:
    return f"cli:{getpass.getuser()}"
