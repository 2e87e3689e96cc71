"""Shows the plugins of this hub: which code each is, its grade, whether our app there is set up, who needs it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledgerport.conformance import Grade
from ledgerport.contract import CONTRACT_VERSION
from ledgerport.db.repositories import health_read
from ledgerport.plugin_files import PluginFiles
from ledgerport.services.context import Hub
from ledgerport.services.plugin_circuits import RestView, resting
from ledgerport.services.plugin_grades import grade_plugin
from ledgerport.services.provider_apps import check_apps


@dataclass(frozen=True, kw_only=True)
class PluginView:
    """`state`: `installed`, `quarantined` with a `reason`, or `missing`: there are connections, and no plugin for them.

    `plugin`: its distribution and version. `sha256`: of the code that was found when this process started, empty where
    it has no files of its own. `grade`: None for what did not load. `contract`: the lowest and highest version it
    speaks. `problem`: what our app at the provider still needs, empty when it is set up. `rest`: it failed too often of
    late in some process, and is not asked for a while.
    """

    provider: str
    label: str
    color: str
    plugin: str
    state: str
    contract: tuple[int, int] | None
    reason: str
    problem: str
    connections: int
    sha256: str = ""
    grade: Grade | None = None
    rest: RestView | None = None


@dataclass(frozen=True, kw_only=True)
class PluginsView:
    """Every plugin there is or should be, by slug. `contract`: the version that this hub speaks."""

    contract: int
    plugins: list[PluginView]


def plugin_overview(hub: Hub) -> PluginsView:
    """Look once; connections of all tenants are counted, disconnected ones are not."""
    with hub.database.everything(read=True) as session:
        counts = health_read.connections_by_provider(session)
    rests = {rest.provider: rest for rest in resting(hub)}
    problems = {check.provider: check.problem for check in check_apps(hub)}
    views = [
        PluginView(
            provider=provider.terms.slug,
            label=provider.terms.label,
            color=provider.terms.color,
            plugin=provider.distribution,
            state="installed",
            contract=provider.terms.contract,
            reason="",
            problem=problems.get(provider.terms.slug, ""),
            connections=counts.pop(provider.terms.slug, 0),
            sha256=_hash(provider.files),
            grade=grade_plugin(provider.terms.slug, provider.files),
            rest=rests.get(provider.terms.slug),
        )
        for provider in hub.host.providers
    ]
    views += [
        replace(
            _lame(plugin.name, plugin.distribution, "quarantined", plugin.reason, counts.pop(plugin.name, 0)),
            sha256=_hash(plugin.files),
        )
        for plugin in hub.host.quarantined
    ]
    views += [
        _lame(slug, "", "missing", "No plugin for it is installed, or the settings do not allow it.", count)
        for slug, count in counts.items()
    ]
    return PluginsView(contract=CONTRACT_VERSION, plugins=sorted(views, key=lambda view: view.provider))


def _hash(files: PluginFiles | None) -> str:
    return files.sha256 if files is not None else ""


def _lame(slug: str, plugin: str, state: str, reason: str, connections: int) -> PluginView:
    return PluginView(
        provider=slug,
        label=slug,
        color="",
        plugin=plugin,
        state=state,
        contract=None,
        reason=reason,
        problem="",
        connections=connections,
    )
