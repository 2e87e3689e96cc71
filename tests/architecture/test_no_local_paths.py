"""The project must not know the machine it was written on, nor where packages come from."""

from __future__ import annotations

import re

import pytest
from tests.architecture.tracked_files import ROOT, tracked_files

# Put together from parts, so that this file does not find itself.
HOSTS = ["files." + "pythonhosted", "registry." + "npmjs", "deb." + "debian.org", "pypi." + "org/simple"]
FOLDERS = ["work", "farm", "root", "home/[a-z]+", "Users/[A-Za-z]+"]
SHAPE = re.compile(rf"(?<![\w.])/(?:{'|'.join(FOLDERS)})/|{'|'.join(re.escape(host) for host in HOSTS)}")


def test_no_tracked_file_names_a_machine_path_or_a_registry_host() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in tracked_files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if (match := SHAPE.search(line))
    ]

    assert found == []


@pytest.mark.parametrize("line", ["see /" + "root/notes", "cd /" + "work/main", "https://" + HOSTS[0] + ".org/x"])
def test_the_search_finds_a_planted_place(line: str) -> None:
    assert SHAPE.search(line)


@pytest.mark.parametrize("line", ["../shared/data", "plugins/quickbooks/", "https://example.com/network/x"])
def test_the_search_passes_relative_paths(line: str) -> None:
    assert not SHAPE.search(line)
