"""The enemies as distributions in a folder on the path, found by their entry points like any third party's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.enemies import disguises
from tests.enemies.disguises import Hooks

from ledgerport.contract import Kind
from ledgerport.host import GROUP
from ledgerport.scaffold import Wish, write_plugin

HONEST = "honest"
_KINDS = tuple(map(str, Kind))


@dataclass(frozen=True)
class Enemy:
    """`slug`: its name everywhere. `disguise`: names a function of `disguises`. `caught_by`: checks it must fail."""

    slug: str
    disguise: str
    caught_by: tuple[str, ...]

    def __str__(self) -> str:
        return self.disguise


ENEMIES = (
    Enemy("importbomb", "raises_at_import", ("terms.plugin_loads",)),
    Enemy("misfit", "wrong_signature", ("terms.plugin_loads",)),
    Enemy("futurist", "wrong_contract", ("terms.plugin_loads",)),
    Enemy("babbler", "returns_nonsense", ("found.customer",)),
    Enemy("sleeper", "hangs", ("found.customer",)),
    Enemy("leaky", "leaks_tokens", ("secrets.whole_sync_logs_none",)),
    Enemy("twice", "pays_twice", ("create.payment",)),
    Enemy("eager", "repeats_in_the_dark", ("payment.bad_gateway_with_success_behind_is_not_doubled",)),
    Enemy("blind", "never_looks", ("payment.cut_after_is_not_doubled", "found.payment")),
    Enemy("gullible", "believes_the_gateway", ("payment.bad_gateway_with_success_behind_is_not_doubled",)),
    Enemy("sticky", "wrong_company", ("connection.two_tenants_keep_apart",)),
    Enemy("circler", "never_pages_on", ("paging.customers",)),
    Enemy("liar", "swallows_refusals", ("closed.invoice_of_a_closed_period_waits",)),
    Enemy("rounder", "rounds_money", ("create.payment",)),
    Enemy("pushy", "over_the_limit", ("limits.never_exceeded",)),
)


@contextmanager
def installed(folder: Path, slugs: Iterable[str] = ()) -> Iterator[None]:
    """The honest plugin and the enemies (those named) are installed as long as this lasts."""
    everybody = {HONEST: "nothing", **{enemy.slug: enemy.disguise for enemy in ENEMIES}}
    with installed_as(folder, {slug: everybody[slug] for slug in (set(slugs) or everybody)}):
        yield


@contextmanager
def installed_as(folder: Path, disguises_of: Mapping[str, str]) -> Iterator[None]:
    """Plugins by slug, each in the disguise that is named, are installed as long as this lasts."""
    folder.mkdir(exist_ok=True)
    for slug, disguise in sorted(disguises_of.items()):
        _install(folder, slug, disguise)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if _is_of(name, disguises_of.keys())]:
            del sys.modules[name]


def disguised(honest: ModuleType, disguise: str) -> ModuleType:
    """A plugin with the honest hooks but for those that the disguise puts in their places."""
    changed: Hooks = getattr(disguises, disguise)(honest)
    plugin = ModuleType(f"{honest.__name__}.{disguise}")
    for name, value in {**vars(honest), **changed}.items():
        if not name.startswith("__"):
            setattr(plugin, name, value)
    return plugin


def _install(folder: Path, slug: str, disguise: str) -> None:
    """Write the generated distribution, its disguise, and what an installer would note of them."""
    write_plugin(Wish.of(slug, kinds=_KINDS, label=f"{slug.title()} Books"), folder / "sources")
    root = folder / "sources" / f"ledgerport-{slug}"
    for package in (f"ledgerport_{slug}", f"ledgerport_{slug}_sandbox"):
        (root / package).rename(folder / package)
    (root / "quality.toml").rename(folder / f"ledgerport_{slug}" / "quality.toml")
    (folder / f"ledgerport_{slug}" / "plugin.py").write_text(
        f"from ledgerport_{slug} import hooks\nfrom tests.enemies.installed import disguised\n\n"
        f'PLUGIN = disguised(hooks, "{disguise}")\n'
    )
    about = folder / f"ledgerport_{slug}-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ledgerport-{slug}\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text(
        f"[{GROUP}]\n{slug} = ledgerport_{slug}.plugin:PLUGIN\n"
        f"[ledgerport.sandboxes]\n{slug} = ledgerport_{slug}_sandbox.app:create_app\n"
    )


def _is_of(module: str, slugs: Container[str]) -> bool:
    top = module.partition(".")[0].removesuffix("_sandbox")
    return top.removeprefix("ledgerport_") in slugs and top.startswith("ledgerport_")
