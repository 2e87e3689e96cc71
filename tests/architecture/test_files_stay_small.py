"""A file that outgrows a screenful of screens has two purposes."""

from __future__ import annotations

from tests.architecture.tracked_files import ROOT, tracked_files

MOST_LINES = 400
SOURCES = {".py", ".html", ".css", ".js"}


def test_no_source_file_reaches_four_hundred_lines() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in tracked_files()
        # A migration is one step of a schema, written out once and never edited again.
        if path.suffix in SOURCES and path.parent.name != "versions"
    }

    assert {name: count for name, count in lines.items() if count >= MOST_LINES} == {}


def test_the_set_up_script_stays_under_two_hundred_lines() -> None:
    assert len((ROOT / "core" / "__main__.py").read_text().splitlines()) < 200
