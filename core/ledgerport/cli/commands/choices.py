"""`ledgerport choices`: what may be turned on or off for a connection."""

from __future__ import annotations

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show
from ledgerport.services.change_choice import change_choice
from ledgerport.services.show_connections import show_connection

app = typer.Typer(help="What may be turned on or off for a connection.", no_args_is_help=True)


@app.command("list")
def index(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """List what a provider lets you choose, and how it stands."""
    with running_tenant(tenant) as (hub, tenant_id):
        found = show_connection(hub, tenant_id=tenant_id, provider=provider).choices
    show(found, ("name", "label", "on"), as_json=as_json, empty="There is nothing to choose.")


@app.command("on")
def turn_on(provider: ProviderArgument, name: str, tenant: TenantOption) -> None:
    """Turn a choice on."""
    _turn(provider, name, tenant, on=True)


@app.command("off")
def turn_off(provider: ProviderArgument, name: str, tenant: TenantOption) -> None:
    """Turn a choice off."""
    _turn(provider, name, tenant, on=False)


def _turn(provider: str, name: str, tenant: str, *, on: bool) -> None:
    with running_tenant(tenant) as (hub, tenant_id):
        change_choice(hub, tenant_id=tenant_id, provider=provider, name=name, on=on)
    say(f"{name} is {'on' if on else 'off'}.")
