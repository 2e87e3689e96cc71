"""Finds plugins by entry point and loads each inside a guard.

A plugin that cannot be imported, declares nonsense, or speaks another contract version is quarantined with its
reason, and everything else starts.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
import structlog

from ledgerport.contract import CONTRACT_VERSION, KeyTrust, Kind, ProviderTerms, hookspecs
from ledgerport.host.allowed import NotAllowed, check_hash, read_allowed
from ledgerport.host.answers import problem_of
from ledgerport.host.plugins import Host, Quarantined
from ledgerport.host.provider import Guard, Provider
from ledgerport.plugin_files import plugin_files

GROUP = "ledgerport.providers"
# Seconds that one plugin may take to be imported and to declare itself; the slowest of the house take a tenth.
_LOAD_SECONDS = 30.0
_PLAIN = Guard()
_log = structlog.get_logger(__name__)


class _Unfit(Exception):
    """We do not take the plugin; the message says why, in our words."""


def find_plugins(
    *,
    allow: Iterable[str] = (),
    hook_seconds: float = 150.0,
    found: Iterable[EntryPoint] | None = None,
    guard: Guard = _PLAIN,
    load_seconds: float = _LOAD_SECONDS,
) -> Host:
    """Load every allowed plugin, each inside a guard.

    An empty `allow` allows all; see `read_allowed` for what it takes, and for the ValueError of what it does not.
    """
    allowed = read_allowed(allow)
    providers: dict[str, Provider] = {}
    quarantined: list[Quarantined] = []
    for point in sorted(entry_points(group=GROUP) if found is None else found, key=lambda point: point.name):
        if allowed and point.name not in allowed:
            continue
        distribution = f"{point.dist.name} {point.dist.version}" if point.dist else "(unknown distribution)"
        files = None
        try:
            files = plugin_files(point)
            # Before anything of it runs.
            check_hash(allowed.get(point.name, frozenset()), files)
            plugin, terms = _load(point, load_seconds)
            provider = Provider(terms, plugin, distribution, hook_seconds, files=files, guard=guard)
            _check(provider)
            if provider.terms.slug in providers:
                taken = providers[provider.terms.slug].distribution
                raise _Unfit(f"the slug {provider.terms.slug!r} is taken by {taken}")
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises at import must not stop the others
            reason = str(error) if isinstance(error, _Unfit | NotAllowed) else f"{type(error).__name__}: {error}"
            quarantined.append(Quarantined(name=point.name, distribution=distribution, reason=reason, files=files))
        else:
            providers[provider.terms.slug] = provider
            for warning in provider.deprecations:
                _log.warning("plugin.deprecated", plugin=distribution, warning=str(warning))
    return Host(providers.values(), quarantined)


def _load(point: EntryPoint, seconds: float) -> tuple[object, ProviderTerms]:
    """The plugin and its terms, in a thread of its own: an import that never ends must not keep the hub from starting,
    and one that calls `sys.exit` must not end it."""
    told: list[tuple[object, ProviderTerms]] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            told.append(_introduce(point.load()))
        except BaseException as error:  # noqa: BLE001 - raised again below, where the guard is
            errors.append(error)

    thread = threading.Thread(target=work, name=f"load-{point.name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if told:
        return told[0]
    if not errors:
        raise _Unfit(f"it was not loaded in {seconds:g} s")
    if isinstance(errors[0], Exception):
        raise errors[0]
    raise _Unfit(f"it raised {type(errors[0]).__name__} when it was imported") from errors[0]


def _introduce(plugin: Any) -> tuple[object, ProviderTerms]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    manager.check_pending()
    terms = manager.hook.provider_terms()
    if not isinstance(terms, ProviderTerms):
        raise _Unfit(f"provider_terms() returned {type(terms).__name__}, not ProviderTerms")
    # Before the fields are looked at: those of another contract may be others.
    _check_contract(terms)
    wrong = problem_of("provider_terms", terms, {})
    if wrong:
        raise _Unfit(f"provider_terms() {wrong}")
    return plugin, terms


def _check_contract(terms: ProviderTerms) -> None:
    speaks = terms.contract
    if not (isinstance(speaks, tuple) and len(speaks) == 2 and all(type(each) is int for each in speaks)):
        raise _Unfit(f"its terms must say the contract versions it speaks as (lowest, highest), not {speaks!r}")
    lowest, highest = speaks
    if not lowest <= CONTRACT_VERSION <= highest:
        needs = f"contract {lowest}" if lowest == highest else f"contract {lowest} to {highest}"
        which = "a newer Ledgerport" if lowest > CONTRACT_VERSION else "a newer release of the plugin"
        raise _Unfit(f"it needs {needs}, this hub speaks {CONTRACT_VERSION}. Install {which}")


def _check(provider: Provider) -> None:
    """Terms and hooks must agree, or the engine would ask for what is not there."""
    terms = provider.terms
    # An API key is never renewed.
    needed = ("open_companies",) if terms.api_key is not None else ("refresh_token", "open_companies")
    missing = [hook for hook in needed if not provider.offers(hook)]
    for kind, its in terms.kinds.items():
        if its.push:
            if not provider.offers(f"push_{kind}"):
                missing.append(f"push_{kind}")
            if its.batch_size > 1 and not provider.offers(f"push_{kind}_batch"):
                missing.append(f"push_{kind}_batch")
    pays = Kind.PAYMENT in terms.kinds and terms.kinds[Kind.PAYMENT].push
    if pays and terms.idempotency.trust is not KeyTrust.REPEAT and not provider.offers("find_pushed"):
        missing.append("find_pushed")
    if missing:
        raise _Unfit(f"its terms promise what it does not offer: {', '.join(missing)}")
    meters = {limit.meter for limit in terms.limits}
    unknown = {its.batch_meter for its in terms.kinds.values()} - meters - {"request"}
    if unknown:
        raise _Unfit(f"its terms name meters without a limit: {', '.join(sorted(unknown))}")
    if terms.concurrency < 1:
        raise _Unfit(f"concurrency must be at least 1, not {terms.concurrency}")
