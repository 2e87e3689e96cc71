"""Which code an installed plugin is: the same for an editable install and a wheel, another for any change of it."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, PathDistribution, entry_points
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from ledgerport.host import find_plugins
from ledgerport.plugin_files import CONFORMANCE, QUALITY, PluginFiles, plugin_files

CODE = {"acme_books/__init__.py": "", "acme_books/hooks.py": "HOOKS = 1\n"}
ROOT = Path(__file__).resolve().parents[2]
POINTS = "[ledgerport.providers]\nacme = acme_books.hooks\n[ledgerport.sandboxes]\nacme = acme_sandbox.app:make\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # Python remembers what lay in a folder.
    importlib.invalidate_caches()


def installed(site: Path, *recorded: str, editable: Path | None = None) -> EntryPoint:
    """The metadata of a distribution in `site`; its entry point."""
    info = site / "ledgerport_acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ledgerport-acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in recorded))
    if editable is not None:
        told = {"url": editable.as_uri(), "dir_info": {"editable": True}}
        (info / "direct_url.json").write_text(json.dumps(told))
    return point_of(PathDistribution(info))


def point_of(dist: Distribution) -> EntryPoint:
    (point,) = (each for each in dist.entry_points if each.group == "ledgerport.providers")
    return point


def looked_at(point: EntryPoint) -> PluginFiles:
    found = plugin_files(point)
    assert found is not None
    return found


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EntryPoint]:
    """Installed in `tmp_path` as by a wheel."""
    write(tmp_path, {**CODE, "acme_sandbox/app.py": "make = print\n"})
    monkeypatch.syspath_prepend(str(tmp_path))
    yield installed(tmp_path, "acme_books/__init__.py", "acme_books/hooks.py", "acme_sandbox/app.py")
    for name in [name for name in sys.modules if name.startswith("acme_")]:
        del sys.modules[name]


def test_a_wheel_of_a_plugin_is_the_same_code_as_its_editable_install_and_brings_what_tells_of_its_quality(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (point,) = entry_points(group="ledgerport.providers", name="wave")
    editable = looked_at(point)
    (wheel,) = WheelBuilder(str(ROOT / "plugins" / "wave")).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    for name in [name for name in sys.modules if name.startswith("ledgerport_wave")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (info,) = (tmp_path / "site").glob("*.dist-info")
    apart = looked_at(point_of(PathDistribution(info)))

    assert apart.sha256 == editable.sha256
    assert (apart.sources, editable.sources) == (None, ROOT / "plugins" / "wave")
    assert apart.package == tmp_path / "site" / "ledgerport_wave"
    for name in (QUALITY, CONFORMANCE):
        shipped, source = apart.find(name), editable.find(name)
        assert shipped is not None
        assert source == ROOT / "plugins" / "wave" / name
        assert shipped.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"acme_books/hooks.py": "HOOKS = 2\n"},
        {"acme_books/added.py": ""},
        {"acme_sandbox/app.py": "make = repr\n"},
        {"acme_helper.py": "HELP = 1\n"},
    ],
    ids=["changed", "added", "sandbox", "helper beside"],
)
def test_any_change_of_the_code_is_other_code(acme: EntryPoint, tmp_path: Path, change: dict[str, str]) -> None:
    (tmp_path / "ledgerport_acme-1.0.dist-info" / "RECORD").write_text("acme_helper.py,,\nacme_books/hooks.py,,\n")
    before = looked_at(acme).sha256
    write(tmp_path, change)
    assert looked_at(acme).sha256 != before


def test_a_file_moved_as_it_is_is_other_code(acme: EntryPoint, tmp_path: Path) -> None:
    before = looked_at(acme).sha256
    (tmp_path / "acme_books" / "hooks.py").rename(tmp_path / "acme_books" / "other.py")
    assert looked_at(acme).sha256 != before


def test_what_comes_by_itself_or_only_tells_of_the_code_is_none_of_it(acme: EntryPoint, tmp_path: Path) -> None:
    before = looked_at(acme).sha256
    books = tmp_path / "acme_books"
    (books / "__pycache__").mkdir()
    for name in ("__pycache__/hooks.cpython-311.pyc", "old.pyc", ".notes", QUALITY, CONFORMANCE):
        (books / name).write_text("x")
    after = looked_at(acme)
    assert after.sha256 == before
    assert after.find(QUALITY) == books / QUALITY


def test_nothing_of_the_plugin_is_imported_to_look_at_it(acme: EntryPoint, tmp_path: Path) -> None:
    write(tmp_path, {"acme_books/__init__.py": "raise RuntimeError('imported')\n"})
    assert len(looked_at(acme).sha256) == 64


def test_a_file_of_somebody_else_beside_an_installed_package_is_not_the_plugins(
    acme: EntryPoint, tmp_path: Path
) -> None:
    (tmp_path / QUALITY).write_text("x")
    assert looked_at(acme).find(QUALITY) is None


def test_an_editable_install_is_hashed_where_its_sources_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "my plugin"
    write(sources / "src", CODE)
    (sources / QUALITY).write_text("x")
    monkeypatch.syspath_prepend(str(sources / "src"))
    site = tmp_path / "site"
    write(site, {"__editable___acme_finder.py": "x"})
    found = looked_at(installed(site, "__editable___acme_finder.py", "_acme.pth", editable=sources))
    assert (found.sources, found.find(QUALITY)) == (sources, sources / QUALITY)
    (site / "__editable___acme_finder.py").unlink()
    assert looked_at(point_of(PathDistribution(next(site.glob("*.dist-info"))))).sha256 == found.sha256


def test_a_plugin_in_quarantine_still_tells_which_code_it_is(acme: EntryPoint) -> None:
    host = find_plugins(found=[acme])
    (quarantined,) = host.quarantined
    assert quarantined.files == looked_at(acme)


def test_an_entry_point_without_a_distribution_or_without_code_has_no_files(acme: EntryPoint, tmp_path: Path) -> None:
    assert plugin_files(EntryPoint(name="acme", value="acme_books.hooks", group="ledgerport.providers")) is None
    shutil.rmtree(tmp_path / "acme_books")
    importlib.invalidate_caches()
    assert plugin_files(acme) is None
