"""The plugin that is judged, as the hub finds it: its terms or why it is in quarantine, its files, its promises."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from ledgerport.conformance import Quality, read_quality
from ledgerport.host import GROUP, Host, Provider, find_plugins
from ledgerport.plugin_files import QUALITY, PluginFiles, plugin_files

_SANDBOXES = "ledgerport.sandboxes"


class NoSuchPlugin(LookupError):
    """No installed distribution has an entry point of this name. The message says what there is."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`provider` is None when the plugin did not load; `quarantine` then says why."""

    name: str
    host: Host
    provider: Provider | None
    quarantine: str
    distribution: str
    version: str
    files: PluginFiles | None
    quality: Quality | None
    has_sandbox: bool

    @property
    def plugin(self) -> Provider:
        """The loaded plugin. Raises AssertionError with the reason for one in quarantine."""
        assert self.provider is not None, f"The plugin {self.name} did not load: {self.quarantine}"
        return self.provider


def find_subject(name: str) -> Subject:
    """Find an installed plugin by its entry point. Raises NoSuchPlugin; ValueError for an unreadable quality.toml."""
    points = [point for point in entry_points(group=GROUP) if point.name == name]
    if not points:
        there = ", ".join(sorted({point.name for point in entry_points(group=GROUP)})) or "none"
        raise NoSuchPlugin(
            f"No plugin named {name!r} is installed. Installed: {there}. Install yours: pip install -e ."
        )
    host = find_plugins(allow=(name,))
    files = plugin_files(points[0])
    point: EntryPoint = points[0]
    return Subject(
        name=name,
        host=host,
        provider=next((each for each in host.providers), None),
        quarantine="; ".join(each.reason for each in host.quarantined),
        distribution=point.dist.name if point.dist else "",
        version=point.dist.version if point.dist else "",
        files=files,
        quality=_quality(files),
        has_sandbox=any(each.name == name for each in entry_points(group=_SANDBOXES)),
    )


def _quality(files: PluginFiles | None) -> Quality | None:
    path = files.find(QUALITY) if files is not None else None
    return read_quality(path.read_text(encoding="utf-8")) if path is not None else None
