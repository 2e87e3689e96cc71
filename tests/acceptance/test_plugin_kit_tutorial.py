"""`core/docs/tutorial.md`, followed to the letter in an empty folder: every command and every change, in order."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.acceptance.authors_machine import AuthorsMachine

from ledgerport.conformance import Outcome, read_result

TUTORIAL = Path(__file__).resolve().parents[2] / "core" / "docs" / "tutorial.md"
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fence:
    language: str
    more: str
    text: str


def fences() -> list[Fence]:
    return [Fence(language, more.strip(), text) for language, more, text in _FENCE.findall(TUTORIAL.read_text())]


class Reader:
    """Does what the page says; `cd` counts for what follows."""

    def __init__(self, machine: AuthorsMachine) -> None:
        self.machine, self.within = machine, machine.folder

    def follow(self, fence: Fence) -> None:
        if fence.language == "diff":
            self._change(fence.text)
        elif fence.language == "console":
            for command, said in _commands(fence.text):
                self._type(command, said, fails=fence.more == "fails")

    def _type(self, command: str, said: list[str], *, fails: bool) -> None:
        if command.startswith("cd "):
            self.within /= command.removeprefix("cd ")
            assert self.within.is_dir()
            return
        ran = self.machine.run(command, within=self.within)
        assert (ran.returncode != 0) == fails, f"$ {command}\n{ran.stdout}"
        for line in said:
            pattern = ".*".join(re.escape(part.strip()) for part in line.split("..."))
            assert re.search(pattern, ran.stdout), f"$ {command}\nsaid nothing like {line!r}:\n{ran.stdout}"

    def _change(self, text: str) -> None:
        ran = subprocess.run(
            ["git", "apply", "--recount", "-"], cwd=self.within, input=text, text=True, capture_output=True, timeout=30
        )
        assert ran.returncode == 0, f"{ran.stderr}\n{text}"


def _commands(text: str) -> list[tuple[str, list[str]]]:
    """(command, lines that it says) in order."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def test_the_page_has_nothing_that_is_not_followed() -> None:
    assert {(fence.language, fence.more) for fence in fences()} == {
        ("text", ""),
        ("console", ""),
        ("console", "fails"),
        ("diff", ""),
    }
    assert [fence.language for fence in fences()].count("text") == 1, "what one needs beforehand"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_tutorial_ends_with_cashbox_connected_and_not_a_cent_apart(tmp_path: Path) -> None:
    reader = Reader(AuthorsMachine(tmp_path))

    for fence in fences():
        reader.follow(fence)

    result = read_result((reader.within / "conformance.json").read_text())
    assert result.whole
    assert {check.outcome for check in result.checks} <= {Outcome.PASSED, Outcome.NOT_ASKED}
