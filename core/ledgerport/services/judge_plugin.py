"""Has the conformance suite judge a plugin: in a process of its own, because it needs pytest and a hub of its own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from ledgerport.conformance import Outcome, Result, read_result
from ledgerport.host import GROUP
from ledgerport.plugin_files import CONFORMANCE, QUALITY, plugin_files
from ledgerport.services.rejections import Conflict, NotFound

# Longer than any run was seen to take; a plugin that hangs is given up by the suite itself long before.
_SECONDS = 1800
SANDBOX = "sandbox"
# pytest: all passed, some failed. Anything else is no verdict.
_VERDICTS = (0, 1)


@dataclass(frozen=True, kw_only=True)
class GroupCount:
    """How the checks of one group came out."""

    group: str
    passed: int
    failed: int
    not_asked: int


@dataclass(frozen=True, kw_only=True)
class Judged:
    """`result` as it is written to conformance.json; `written`: where it was kept, None when that was not asked."""

    result: Result
    written: Path | None

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(check.outcome is Outcome.FAILED for check in self.result.checks)

    @property
    def groups(self) -> list[GroupCount]:
        """In the order of the result."""
        counts: dict[str, Counter[Outcome]] = {}
        for check in self.result.checks:
            counts.setdefault(check.group, Counter())[check.outcome] += 1
        return [
            GroupCount(
                group=group,
                passed=its[Outcome.PASSED],
                failed=its[Outcome.FAILED],
                not_asked=its[Outcome.NOT_ASKED],
            )
            for group, its in counts.items()
        ]


def judge_plugin(
    provider: str,
    *,
    groups: Sequence[str] = (),
    against: str = SANDBOX,
    cassettes: Path | None = None,
    write: bool = False,
    quiet: bool = False,
) -> Judged:
    """Run the suite; what it says as it goes comes out on standard output, unless `quiet`.

    `against`: `sandbox`; `live`, a company by the access in the environment, recorded in the folder `cassettes` where
    one is named; or `cassettes`, that recording. `write` keeps the result beside the plugin's quality.toml, which is
    what its grade is read from. Raises NotFound for a plugin that is not installed, Conflict for what cannot be done,
    with what to do instead.
    """
    if importlib.util.find_spec("pytest") is None:
        raise Conflict("The conformance suite needs pytest.", "Next: pip install 'ledgerport[testing]'")
    points = {point.name: point for point in entry_points(group=GROUP)}
    if provider not in points:
        there = ", ".join(sorted(points)) or "none"
        raise NotFound(f"There is no plugin named {provider!r}. Installed: {there}. In its folder: pip install -e .")
    if against == "cassettes" and cassettes is None:
        raise Conflict("Cassettes are replayed from a folder.", "Name it with --cassettes.")
    place = None
    if write:
        if against != SANDBOX:
            raise Conflict("Grades come from runs against the sandbox.", "Leave out --against, or --write.")
        if groups:
            raise Conflict("A result over some groups only gives no grade.", "Leave out --group, or --write.")
        files = plugin_files(points[provider])
        quality = files.find(QUALITY) if files is not None else None
        if quality is None:
            raise Conflict(f"The plugin {provider} has no {QUALITY}.", "Install it from its folder: pip install -e .")
        place = quality.with_name(CONFORMANCE)
    more = [f"--group={group}" for group in groups] + [f"--against={against}"]
    more += [f"--cassettes={cassettes.absolute()}"] if cassettes is not None else []
    text = _run(provider, more, quiet=quiet)
    if place is not None:
        place.write_text(text, encoding="utf-8")
    return Judged(result=read_result(text), written=place)


def _run(provider: str, options: Sequence[str], *, quiet: bool) -> str:
    """The report's text."""
    with tempfile.TemporaryDirectory(prefix="ledgerport-judged-") as name:
        folder = Path(name)
        report = folder / CONFORMANCE
        # The caller's own pytest settings have no say in the verdict.
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(folder / "pytest.ini")]
        command += ["-p", "ledgerport.testing.provider_contract", "--provider", provider]
        command += ["--conformance-report", str(report), *options]
        ran = subprocess.run(  # noqa: S603 - our own interpreter and words that were checked
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            env={**os.environ, "PYTEST_ADDOPTS": ""},
            timeout=_SECONDS,
        )
        if ran.returncode not in _VERDICTS or not report.is_file():
            said = (ran.stdout or b"").decode("utf-8", "replace").strip().splitlines()[-1:]
            raise Conflict(f"The suite came to no verdict on {provider}.", " ".join(said) or "See what it says above.")
        return report.read_text(encoding="utf-8")
