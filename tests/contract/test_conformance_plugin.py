"""The suite as authors run it: as a pytest plugin without a test file, and as a test file of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledgerport.conformance import Outcome, Unasked, read_result
from ledgerport.contract import Kind
from ledgerport.host import find_plugins
from ledgerport.plugin_files import PluginFiles
from ledgerport.testing.checks import CATALOGUE, left_out
from ledgerport.testing.run import run_conformance
from ledgerport.testing.subject import NoSuchPlugin, find_subject

SUITE = ("-p", "ledgerport.testing.provider_contract")


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    # Other packages' pytest plugins take longer to import than all that is done here.
    its = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=its, capture_output=True, text=True, timeout=120)


def test_it_judges_a_plugin_without_a_test_file_and_writes_what_it_found(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path, *SUITE, "-v", "--provider", "xero", "--group", "terms", "--conformance-report", "found.json"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "xero[terms.addresses_are_https] PASSED" in done.stdout
    found = read_result((tmp_path / "found.json").read_text())
    files = find_plugins(allow=("xero",)).for_provider("xero").files
    assert isinstance(files, PluginFiles)
    assert (found.provider, found.distribution, found.sha256) == ("xero", "ledgerport-xero", files.sha256)
    assert {check.group for check in found.checks} == {"terms"}
    assert {check.outcome for check in found.checks} == {Outcome.PASSED}
    # Who leaves groups out has not been judged.
    assert not found.whole


def test_a_test_file_of_two_lines_is_enough_and_shows_every_check(tmp_path: Path) -> None:
    (tmp_path / "test_contract.py").write_text(
        "from ledgerport.testing.provider_contract import conformance\n"
        'test_contract = conformance("wave", groups=("connection",))\n'
    )

    done = run_pytest(tmp_path, "-v")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_contract.py::test_contract[connection.company_is_told] PASSED" in done.stdout


def test_what_is_not_asked_is_told_with_its_reason_and_is_no_skip(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, *SUITE, "--provider", "xero", "--group", "undeclared hooks")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "not asked: undeclared.kinds_are_left_alone: Xero takes every kind." in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--provider", "acme"), "No plugin named 'acme' is installed"),
        (("--provider", "xero", "--group", "moeny"), "There is no group moeny. There are: "),
    ],
)
def test_a_slip_on_the_command_line_is_named(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = run_pytest(tmp_path, *SUITE, *arguments)

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert says in done.stdout + done.stderr


def test_every_check_tells_its_author_what_to_change_and_why_in_sentences() -> None:
    checks = list(CATALOGUE)
    assert len(checks) >= 60
    for check in checks:
        assert check.change.endswith("."), check.name
        assert check.why.endswith("."), check.name
        told = check.advice("there are two")
        assert told.startswith(f"{check.name}: there are two")
        assert check.change in told
        assert check.why in told


def test_a_check_that_quality_toml_leaves_out_is_not_asked() -> None:
    why = left_out(CATALOGUE.checks[f"update.{Kind.PAYMENT}"], find_subject("xero"))
    assert why is not None
    assert why.unasked is Unasked.EXEMPT
    assert why.reason == "Xero changes no payment: it is deleted and entered again"


def test_one_check_can_be_run_in_this_process() -> None:
    found = run_conformance("freshbooks", names=("create.customer",))
    assert [(check.name, check.outcome) for check in found.checks] == [("create.customer", Outcome.PASSED)]


def test_a_plugin_that_is_not_there_is_named() -> None:
    with pytest.raises(NoSuchPlugin, match="acme"):
        run_conformance("acme")
