"""Benches print what they found when all have run, and write it as JSON where asked (`--json FILE`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.figures import Finding, machine
from tests.benchmarks.sandbox_process import sandbox_process
from tests.stage import Sandbox

FOUND = pytest.StashKey[list[Finding]]()
BEFORE = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("benchmarks").addoption(
        "--json", metavar="FILE", type=Path, default=None, help="write what the benches found to FILE"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FOUND] = []
    config.stash[BEFORE] = machine()


@pytest.fixture
def found(pytestconfig: pytest.Config) -> Callable[[Finding], None]:
    """Note a finding, then hold it to its target: what was measured is shown also when it misses."""

    def note(finding: Finding) -> None:
        pytestconfig.stash[FOUND].append(finding)
        assert finding.reached, finding.lines()[0]

    return note


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A QuickBooks sandbox in a process of its own, so that its work is not counted as the hub's."""
    with sandbox_process("quickbooks") as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    findings = config.stash[FOUND]
    if not findings:
        return
    before, after = config.stash[BEFORE], machine()
    terminalreporter.section("benches", sep="=")
    terminalreporter.line(
        f"Python {before['python']}, {before['cores']} cores, {before['system']}; "
        f"load average {before['load_average']} before, {after['load_average']} after"
    )
    for finding in findings:
        for line in finding.lines():
            terminalreporter.line(line)
    target: Path | None = config.getoption("--json", default=None)
    if target is not None:
        report = {"machine": {**before, "load_average_after": after["load_average"]}}
        findings_json = [finding.as_json() for finding in findings]
        target.write_text(json.dumps({**report, "benches": findings_json}, indent=2) + "\n")
        terminalreporter.line(f"written to {target}")
