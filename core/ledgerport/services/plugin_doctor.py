"""Looks a plugin over and puts down what somebody far away needs to find out what ails it.

No secret, no name, no address, no record: a bundle is made to be handed to the plugin's author.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from pydantic_core import to_jsonable_python

from ledgerport.conformance import Grade, Level, read_result
from ledgerport.contract import CONTRACT_VERSION, hookspecs
from ledgerport.db.models import ConnectionState, TaskState
from ledgerport.host import Provider, Quarantined
from ledgerport.plugin_files import CONFORMANCE, PluginFiles
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.doctor_clean import Cleaner
from ledgerport.services.doctor_connections import tell_connections
from ledgerport.services.plugin_circuits import resting
from ledgerport.services.plugin_grades import grade_plugin
from ledgerport.services.plugin_overview import PluginView, plugin_overview
from ledgerport.services.provider_apps import setting_name
from ledgerport.services.rejections import NotFound

_LIBRARIES = ("ledgerport", "pluggy", "httpx", "pydantic", "sqlalchemy", "alembic", "dramatiq", "redis")
_APP_FIELDS = ("client_id", "client_secret", "webhook_secret", "address", "api_address")


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found. `sections`: a file of the bundle each, by name, as values of JSON.

    `findings`: sentences, what is wrong and what to do; empty when nothing shows.
    """

    provider: str
    made_at: datetime
    findings: Sequence[str]
    sections: Mapping[str, Any]


def diagnose(hub: Hub, *, provider: str) -> Diagnosis:
    """Look at a plugin that is installed, in quarantine, or missed by connections. Raises NotFound for any other."""
    views = {view.provider: view for view in plugin_overview(hub).plugins}
    if provider not in views:
        there = ", ".join(views) or "none"
        raise NotFound(f"There is no plugin {provider!r}, and no connection that needs one. There are: {there}.")
    view = views[provider]
    plugin = next((each for each in hub.host.providers if each.terms.slug == provider), None)
    found: Provider | Quarantined | None = plugin
    if found is None:
        found = next((each for each in hub.host.quarantined if each.name == provider), None)
    files = found.files if found is not None else None
    grade = grade_plugin(provider, files)
    sections = {
        "plugin": _plugin(view, files, plugin),
        "settings": _settings(hub, view),
        "breaker": _breaker(hub, provider),
        "conformance": _conformance(grade, files),
        **tell_connections(hub, provider),
    }
    if plugin is not None:
        sections |= {"terms": plugin.terms, "hooks": _hooks(plugin)}
    cleaner = Cleaner(hub)
    return Diagnosis(
        provider=provider,
        made_at=hub.clock.now(),
        findings=cleaner.clean(_findings(view, grade, sections)),
        sections=cleaner.clean(to_jsonable_python(sections)),
    )


def _plugin(view: PluginView, files: PluginFiles | None, plugin: Provider | None) -> dict[str, Any]:
    """What is installed here, and what it runs on."""
    return {
        "state": view.state,
        "reason": view.reason,
        "distribution": view.plugin,
        "sha256": files.sha256 if files is not None else "",
        "editable": files is not None and files.sources is not None,
        "contract": {"plugin": view.contract, "hub": CONTRACT_VERSION},
        "deprecated": [str(warning) for warning in plugin.deprecations] if plugin is not None else [],
        "versions": {name: version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _settings(hub: Hub, view: PluginView) -> dict[str, Any]:
    """Which settings are set, and no value of any."""
    app = hub.apps.get(view.provider)
    return {
        "problem": view.problem,
        "app": {setting_name(view.provider, name): _is_set(app, name) for name in _APP_FIELDS},
        "mail": _set(hub.mail is not None),
        "memory": _set(hub.memory is not None),
        "database": hub.database.engine.dialect.name,
        "queue": type(hub.queue).__name__,
        "limiter": type(hub.limiter).__name__,
    }


def _is_set(app: ProviderApp | None, name: str) -> str:
    value = getattr(app, name, "")
    return _set(bool(value if isinstance(value, str) else value.get_secret_value()))


def _set(is_set: bool) -> str:
    return "set" if is_set else "not set"


def _hooks(plugin: Provider) -> dict[str, str]:
    """Every hook there is, and whether the plugin offers it."""
    names = [name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")]
    return {name: "offered" if plugin.offers(name) else "not offered" for name in names}


def _breaker(hub: Hub, provider: str) -> dict[str, Any]:
    """What rests in any process of the hub, and for how many companies; which ones is left out."""
    return {"resting": [rest for rest in resting(hub) if rest.provider == provider]}


def _conformance(grade: Grade, files: PluginFiles | None) -> dict[str, Any]:
    """The grade, and of the suite's result what did not pass."""
    told: dict[str, Any] = {"grade": grade}
    path = files.find(CONFORMANCE) if files is not None else None
    # A result that cannot be read, or is of other code, is a reason of the grade already.
    if path is not None and grade.asked:
        result = read_result(path.read_text(encoding="utf-8"))
        told["not_passed"] = [check for check in result.checks if check.reason]
    return told


def _findings(view: PluginView, grade: Grade, sections: Mapping[str, Any]) -> list[str]:
    """What is wrong, the worst first, each with what to do."""
    found = []
    connections = sections["connections"]
    if view.state == "quarantined":
        found.append(
            f"It is in quarantine: {view.reason.rstrip('.')}. Mend it or install another version, then start the hub "
            "again."
        )
    elif view.state == "missing":
        found.append(f"Nothing is installed for {view.connections} connections. {view.reason}")
    if view.problem:
        found.append(view.problem)
    found += sections["plugin"]["deprecated"]
    found += [
        f"It failed {rest.failures} times in a row, so it rests until {rest.until:%H:%M:%S} UTC: {rest.why}."
        for rest in sections["breaker"]["resting"]
    ]
    lost = connections["by_state"][ConnectionState.NEEDS_RECONNECTION.value]
    if lost:
        found.append(f"{_many(lost, 'connection needs', 'connections need')} a person to sign in again.")
    for state, words in ((TaskState.FAILED, "failed: see attempts.json"), (TaskState.BLOCKED, "wait for a person")):
        count = sum(row["tasks"] for row in connections["open_work"] if row["state"] == state.value)
        if count:
            found.append(f"{_many(count, 'record', 'records')} {words}.")
    if grade.level in (Level.NOT_GRADED, Level.BELOW):
        found.append(f"It is {grade.level}. {grade.reasons[0]}")
    if grade.level is not Level.NOT_GRADED and not grade.safe_for_money:
        found.append(f"It is not safe for money. {grade.risks[0]}")
    return found


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
