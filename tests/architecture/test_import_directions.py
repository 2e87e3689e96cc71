"""Who may import whom: the table stands in pyproject.toml, import-linter judges it."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from grimp import ImportGraph
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from tests.architecture.import_table import ImportTable

ROOT = Path(__file__).resolve().parents[2]


def judge(graph: ImportGraph, *rows: str) -> list[str]:
    contract = ImportTable("table", {"root_packages": ["house"]}, {"rows": list(rows)})
    broken: list[str] = contract.check(graph, verbose=False).metadata["broken"]
    return broken


def house(*imports: tuple[str, str]) -> ImportGraph:
    graph = ImportGraph()
    for module in ("house", "house.door", "house.service", "house.service.save", "house.data"):
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported, line_number=3, line_contents="import")
    return graph


def test_every_import_follows_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)

    status = lint_imports(config_filename="pyproject.toml", cache_dir=None, no_cache=True)

    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_every_distribution_stands_in_the_table() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    packages = {path.parent.name for path in [*ROOT.glob("core/*/__init__.py"), *ROOT.glob("plugins/*/*/__init__.py")]}

    assert packages == set(config["root_packages"])


def test_product_code_never_imports_the_tests() -> None:
    guilty = []
    for path in [*ROOT.glob("core/**/*.py"), *ROOT.glob("plugins/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            guilty += [
                f"{path.relative_to(ROOT)}: {name}" for name in names if name.split(".")[0] in ("tests", "conftest")
            ]

    assert guilty == []


def test_an_import_that_its_row_allows_is_kept() -> None:
    graph = house(("house.door", "house.service.save"), ("house.service", "house.service.save"))

    assert judge(graph, "house.door: house.service", "house.service: house.data", "house.data:") == []


def test_an_import_outside_its_row_is_named_with_its_line() -> None:
    graph = house(("house.door", "house.data"))

    broken = judge(graph, "house.door: house.service", "house.service: house.data", "house.data:")

    assert broken == ["house.door:3 imports house.data"]


def test_a_package_without_a_row_breaks_the_contract() -> None:
    broken = judge(house(), "house.door: house.service", "house.service:")

    assert broken == ["house.data stands in no row of the table"]
