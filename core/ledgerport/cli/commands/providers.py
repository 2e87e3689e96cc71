"""`ledgerport providers`: which providers there are, and which a tenant may use."""

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
from ledgerport.services.switch_provider import list_plugins, list_providers, switch_provider
from ledgerport.services.tenants import find_tenant

app = typer.Typer(help="Which providers there are, and which a tenant may use.", no_args_is_help=True)


@app.command("list")
def index(
    tenant: Annotated[str | None, typer.Option("--tenant", help="As they stand for this tenant.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List providers: installed, turned off for a tenant, in quarantine with the reason."""
    with running_hub() as hub:
        found = list_plugins(hub) if tenant is None else list_providers(hub, tenant_id=find_tenant(hub, tenant).id)
    columns = ("provider", "label", "plugin", "state", "reason", "changed_at", "changed_by")
    show(found, columns, as_json=as_json, empty="No plugin is installed. Next: pip install ledgerport-quickbooks")


@app.command("enable")
def enable(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Turn a provider on for a tenant."""
    _switch(provider, tenant, enabled=True, as_json=as_json)


@app.command("disable")
def disable(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Turn a provider off for a tenant, at once: changes wait, nothing is lost."""
    _switch(provider, tenant, enabled=False, as_json=as_json)


def _switch(provider: str, tenant: str, *, enabled: bool, as_json: bool) -> None:
    with running_tenant(tenant) as (hub, tenant_id):
        view = switch_provider(
            hub, tenant_id=tenant_id, provider=provider, enabled=enabled, by=f"cli:{getpass.getuser()}"
        )
    if as_json:
        show_json(view)
    else:
        say(f"{view.label} is {view.state} for {tenant}.")
