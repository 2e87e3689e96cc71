"""All plugins of a process: those that loaded, and those in quarantine with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledgerport.host.provider import Provider
from ledgerport.plugin_files import PluginFiles


class UnknownProvider(Exception):
    """No loaded plugin has this slug.

    The message says what is there, or why the plugin is in quarantine.
    """


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """A plugin that was found and not loaded: its entry-point name, its distribution and version, and why.

    `files`: as they were when the process started; None where it has none of its own.
    """

    name: str
    distribution: str
    reason: str
    files: PluginFiles | None = None


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
