"""A cassette says whether a provider or a sandbox spoke, and belongs to a test."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.tracked_files import ROOT


def cassettes() -> list[Path]:
    found = sorted((ROOT / "cassettes").glob("*/*/*.yaml"))
    assert found, "there are no cassettes"
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_cassette_begins_with_where_it_was_recorded() -> None:
    silent = [name_of(path) for path in cassettes() if not path.read_text().startswith("# Recorded ")]

    assert silent == []


def test_every_cassette_belongs_to_a_test() -> None:
    left_behind = []
    for path in cassettes():
        modules = list((ROOT / "tests").glob(f"*/{path.parent.name}.py"))
        test = path.stem.split("[")[0]
        if not any(f"def {test}(" in module.read_text() for module in modules):
            left_behind.append(name_of(path))

    assert left_behind == []
