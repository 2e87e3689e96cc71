"""`ledgerport providers`: which providers there are, and which a tenant may use."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
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
from ledgerport.services.plugin_overview import PluginView, plugin_overview
from ledgerport.services.rejections import NotFound
from ledgerport.services.switch_provider import list_providers, switch_provider
from ledgerport.services.tenants import find_tenant

app = typer.Typer(help="Which providers there are, and which a tenant may use.", no_args_is_help=True)
_NONE = "No plugin is installed. Next: pip install ledgerport-quickbooks"


@dataclass(frozen=True)
class _Line:
    """A plugin as one row of a table."""

    provider: str
    plugin: str
    state: str
    grade: str
    safe_for_money: bool | None


@app.command("list")
def index(
    tenant: Annotated[str | None, typer.Option("--tenant", help="As they stand for this tenant.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List providers: installed with their grade, in quarantine with the reason, turned off for a tenant."""
    with running_hub() as hub:
        if tenant is not None:
            found = list_providers(hub, tenant_id=find_tenant(hub, tenant).id)
            for_tenant = ("provider", "label", "plugin", "state", "reason", "changed_at", "changed_by")
            show(found, for_tenant, as_json=as_json, empty=_NONE)
            return
        plugins = plugin_overview(hub).plugins
    if as_json:
        show_json(plugins)
        return
    columns = ("provider", "plugin", "state", "grade", "safe_for_money")
    show([_line(plugin) for plugin in plugins], columns, as_json=False, empty=_NONE)
    _list("What they need:", [f"{each.provider}: {_needs(each)}" for each in plugins if _needs(each)])
    pinned = [_pinned(plugin) for plugin in plugins if plugin.sha256]
    _list("Which code each is, as LEDGERPORT_PLUGINS_ALLOW takes it:", pinned)


@app.command("show")
def one(provider: ProviderArgument, as_json: JsonFlag = False) -> None:
    """Show one plugin: which code it is, its grade and what keeps it from a better one."""
    with running_hub() as hub:
        found = next((each for each in plugin_overview(hub).plugins if each.provider == provider), None)
        if found is None:
            raise NotFound(f"There is no plugin named {provider!r}. Next: ledgerport providers list")
    if as_json:
        show_json(found)
        return
    say(f"{found.label} ({found.plugin or 'no plugin'}), {found.state}")
    if _needs(found):
        say(_needs(found))
    if found.sha256:
        say(f"Its code: {_pinned(found)}")
    if found.grade is not None:
        counted = f", {found.grade.passed} of {found.grade.asked} checks passed" if found.grade.asked else ""
        say(f"Its grade: {found.grade.level}{counted}")
        _list("What keeps it from a better one:", found.grade.reasons)
        say(f"Safe for money: {'yes' if found.grade.safe_for_money else 'no'}")
        _list("Why not:", found.grade.risks)


@app.command("enable")
def enable(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Turn a provider on for a tenant."""
    _switch(provider, tenant, enabled=True, as_json=as_json)


@app.command("disable")
def disable(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Turn a provider off for a tenant, at once: changes wait, nothing is lost."""
    _switch(provider, tenant, enabled=False, as_json=as_json)


def _line(plugin: PluginView) -> _Line:
    return _Line(
        provider=plugin.provider,
        plugin=plugin.plugin,
        state="resting" if plugin.rest is not None else plugin.state,
        grade=plugin.grade.level if plugin.grade is not None else "",
        safe_for_money=plugin.grade.safe_for_money if plugin.grade is not None else None,
    )


def _needs(plugin: PluginView) -> str:
    """Why it did not load, why it rests, or what it needs before it can be used."""
    return plugin.reason or (plugin.rest.words if plugin.rest is not None else "") or plugin.problem


def _pinned(plugin: PluginView) -> str:
    return f"{plugin.provider}@sha256:{plugin.sha256}"


def _list(head: str, lines: Sequence[str]) -> None:
    for line in [head, *(f"  {line}" for line in lines)] if lines else []:
        say(line)


def _switch(provider: str, tenant: str, *, enabled: bool, as_json: bool) -> None:
    with running_tenant(tenant) as (hub, tenant_id):
        view = switch_provider(
            hub, tenant_id=tenant_id, provider=provider, enabled=enabled, by=f"cli:{getpass.getuser()}"
        )
    if as_json:
        show_json(view)
    else:
        say(f"{view.label} is {view.state} for {tenant}.")
