"""The results that the built-in plugins ship: which are stale, and how they are made anew.

`.venv/bin/python -m tests.architecture.plugin_results` runs the conformance suite for each stale one and writes its
conformance.json, then the README's table, which shows the grades. `--all` runs it for every one.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.architecture import provider_table

from ledgerport.conformance import read_result
from ledgerport.host import GROUP
from ledgerport.plugin_files import CONFORMANCE, plugin_files
from ledgerport.services.judge_plugin import judge_plugin
from ledgerport.testing import groups as _groups  # noqa: F401 - fills the catalogue
from ledgerport.testing.checks import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ".venv/bin/python -m tests.architecture.plugin_results"


def built_in() -> list[str]:
    """The plugins of this repository, by slug."""
    return sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))


def stale(slug: str) -> str:
    """Why the result that a plugin ships says nothing about the plugin as it is here; empty when it does."""
    (point,) = entry_points(group=GROUP, name=slug)
    files = plugin_files(point)
    path = files.find(CONFORMANCE) if files is not None else None
    if files is None or path is None:
        return f"it ships no {CONFORMANCE}"
    result = read_result(path.read_text(encoding="utf-8"))
    if result.sha256 != files.sha256:
        return f"its code changed: {result.sha256[:12]} was judged, {files.sha256[:12]} is here"
    names = {check.name for check in result.checks}
    if names != CATALOGUE.checks.keys():
        return f"the suite changed: {', '.join(sorted(names ^ CATALOGUE.checks.keys())[:5])}"
    return ""


def main(arguments: list[str]) -> int:
    """The exit code: 1 when a check failed anywhere; what failed has been printed by then."""
    chosen = [slug for slug in built_in() if "--all" in arguments or stale(slug)]
    failed = [slug for slug in chosen if judge_plugin(slug, write=True).failed]
    provider_table.main()
    print(f"Judged: {', '.join(chosen) or 'none, all results stand'}. With failures: {', '.join(failed) or 'none'}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
