"""Finds plugins by entry point, guards them, addresses exactly one.

A plugin that cannot be imported, declares nonsense, or speaks another contract version is quarantined with its
reason, and everything else starts. Hooks are never broadcast: a token or a customer must not reach another provider's
code.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from ledgerport.contract import CONTRACT_VERSION, Broken, ContractError, KeyTrust, Kind, ProviderTerms, hookspecs

GROUP = "ledgerport.providers"
# Hooks that read what a provider pushed or what it declares need no time limit of their own: they touch no network.
_PURE = frozenset({"provider_terms", "read_webhook"})


class UnknownProvider(Exception):
    """No loaded plugin has this slug.

    The message says what is there, or why the plugin is in quarantine.
    """


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """A plugin that was found and not loaded: its entry-point name, its distribution and version, and why."""

    name: str
    distribution: str
    reason: str


class Provider:
    """One plugin, addressed alone."""

    def __init__(self, terms: ProviderTerms, plugin: object, distribution: str, hook_seconds: float) -> None:
        self.terms = terms
        self.distribution = distribution
        self._seconds = hook_seconds
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._manager.register(plugin)
        self._manager.check_pending()
        self._offered = frozenset(caller.name for caller in self._manager.get_hookcallers(plugin) or ())
        self._pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix=f"hook-{terms.slug}")

    def offers(self, hook: str) -> bool:
        """Whether the plugin implements a hook."""
        return hook in self._offered

    def ask(self, hook: str, /, **arguments: Any) -> Any:
        """Call one hook of this plugin.

        Raises the contract's errors as they come; anything else the plugin raises, a hook it does not offer, and a
        call that outlives the time limit become Broken.
        """
        if hook not in self._offered:
            raise Broken(f"The plugin of {self.terms.label} does not offer {hook}.")
        caller = getattr(self._manager.hook, hook)
        if hook in _PURE:
            return _guarded(self.terms.label, hook, caller, arguments)
        future = self._pool.submit(_guarded, self.terms.label, hook, caller, arguments)
        try:
            return future.result(timeout=self._seconds)
        except FutureTimeout as error:
            raise Broken(
                f"The plugin of {self.terms.label} did not return from {hook} in {self._seconds:g} s."
            ) from error


def _guarded(label: str, hook: str, caller: Any, arguments: dict[str, Any]) -> Any:
    try:
        return caller(**arguments)
    except ContractError:
        raise
    except Exception as error:
        # Only the type is repeated: a message may hold what the plugin was given.
        raise Broken(f"The plugin of {label} failed in {hook}.", detail=type(error).__name__) from error


class Host:
    """All plugins of this process."""

    def __init__(self, providers: Iterable[Provider], quarantined: Iterable[Quarantined] = ()) -> None:
        self._providers = {provider.terms.slug: provider for provider in providers}
        self.quarantined = tuple(quarantined)

    def for_provider(self, slug: str) -> Provider:
        """The one plugin for a provider.

        Raises UnknownProvider.
        """
        provider = self._providers.get(slug)
        if provider is not None:
            return provider
        for plugin in self.quarantined:
            if plugin.name == slug:
                raise UnknownProvider(f"The plugin {slug} {plugin.distribution} did not load: {plugin.reason}")
        there = ", ".join(sorted(self._providers)) or "none"
        raise UnknownProvider(f"There is no provider named {slug!r}. Installed: {there}.")

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All loaded plugins, by slug."""
        return tuple(self._providers[slug] for slug in sorted(self._providers))


def find_plugins(
    *, allow: Iterable[str] = (), hook_seconds: float = 150.0, found: Iterable[EntryPoint] | None = None
) -> Host:
    """Load every allowed plugin, each inside a guard.

    An empty `allow` allows all.
    """
    allowed = frozenset(allow)
    providers: dict[str, Provider] = {}
    quarantined: list[Quarantined] = []
    for point in sorted(entry_points(group=GROUP) if found is None else found, key=lambda point: point.name):
        if allowed and point.name not in allowed:
            continue
        distribution = f"{point.dist.name} {point.dist.version}" if point.dist else "(unknown distribution)"
        try:
            provider = _load(point, distribution, hook_seconds)
            if provider.terms.slug in providers:
                raise ValueError(
                    f"the slug {provider.terms.slug!r} is taken by {providers[provider.terms.slug].distribution}"
                )
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises at import must not stop the others
            quarantined.append(
                Quarantined(name=point.name, distribution=distribution, reason=f"{type(error).__name__}: {error}")
            )
        else:
            providers[provider.terms.slug] = provider
    return Host(providers.values(), quarantined)


def _load(point: EntryPoint, distribution: str, hook_seconds: float) -> Provider:
    plugin = point.load()
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    manager.check_pending()
    terms = manager.hook.provider_terms()
    if not isinstance(terms, ProviderTerms):
        raise TypeError(f"provider_terms() returned {type(terms).__name__}, not ProviderTerms")
    lowest, highest = terms.contract
    if not lowest <= CONTRACT_VERSION <= highest:
        raise ValueError(f"it needs contract {lowest} to {highest}, this hub speaks {CONTRACT_VERSION}")
    provider = Provider(terms, plugin, distribution, hook_seconds)
    _check(provider)
    return provider


def _check(provider: Provider) -> None:
    """Terms and hooks must agree, or the engine would ask for what is not there."""
    terms = provider.terms
    missing = [hook for hook in ("refresh_token", "open_companies") if not provider.offers(hook)]
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
        raise ValueError(f"its terms promise what it does not offer: {', '.join(missing)}")
    meters = {limit.meter for limit in terms.limits}
    unknown = {its.batch_meter for its in terms.kinds.values()} - meters - {"request"}
    if unknown:
        raise ValueError(f"its terms name meters without a limit: {', '.join(sorted(unknown))}")
    if terms.concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, not {terms.concurrency}")
