"""Says at the end of a run how well questions found their lines."""

from __future__ import annotations

import pytest

FIGURES = "evaluation"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        str(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == FIGURES
    ]
    if lines:
        terminalreporter.section("how well questions find their lines (lexical vectors)")
        for line in sorted(lines):
            terminalreporter.line(line)
