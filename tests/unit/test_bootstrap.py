"""The set-up script, run from a copy in a temporary folder, so that everything it makes lands there."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "core" / "__main__.py"
# Stands for the installed hub: shows what it was handed, and ends with a code of its own.
HUB = "import sys\ndef app(prog_name):\n    print(prog_name, *sys.argv[1:])\n    sys.exit(7)\n"

# Stands for pytest: shows what it was handed.
PYTEST = "import sys\nprint('pytest', *sys.argv[1:])\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the files that set-up reads."""
    (tmp_path / "core").mkdir()
    shutil.copy(SCRIPT, tmp_path / "core" / "__main__.py")
    (tmp_path / "plugins" / "quickbooks").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "plugins" / "quickbooks" / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "core" / "requirements.lock").write_text("a==1\n")
    (tmp_path / "core" / "requirements-test.lock").write_text("a==1\nb==2\n")
    return tmp_path


@pytest.fixture
def bootstrap(root: Path) -> ModuleType:
    """The script as a module; the folder it stands in decides which checkout it serves."""
    spec = importlib.util.spec_from_file_location("bootstrap_in_copy", root / "core" / "__main__.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_venv(root: Path) -> Path:
    """A virtual environment without pip, with the stand-in for the hub; returns its folder."""
    venv = root / ".venv"
    command = [sys.executable, "-m", "venv", "--without-pip", str(venv)]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    hub = next(venv.glob("lib/python3*/site-packages")) / "ledgerport" / "cli"
    hub.mkdir(parents=True)
    (hub / "main.py").write_text(HUB)
    (hub.parents[1] / "pytest.py").write_text(PYTEST)
    return venv


def start(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "core"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root)


def test_a_python_of_years_ago_can_read_the_line_that_says_it_is_too_old() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 6))

    assert "needs Python 3.11 or newer" in ast.unparse(tree)


def test_set_up_imports_the_standard_library_only() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }

    assert imported <= sys.stdlib_module_names


def test_without_a_command_the_usage_is_shown_and_nothing_is_made(root: Path) -> None:
    done = start(root)

    assert (done.returncode, "python3 core demo" in done.stdout, (root / ".venv").exists()) == (2, True, False)


def test_help_is_no_failure(root: Path) -> None:
    assert start(root, "--help").returncode == 0


def test_a_ready_environment_gets_the_command_at_once_and_its_exit_code_comes_back(
    root: Path, bootstrap: ModuleType
) -> None:
    make_venv(root)
    bootstrap.STAMPS[False].write_text(bootstrap.stamp(False))

    done = start(root, "demo", "--once", "--items", "10")

    assert (done.returncode, done.stdout, done.stderr) == (7, "ledgerport demo --once --items 10\n", "")


def test_the_whole_suite_runs_in_several_processes_a_file_of_tests_in_one_of_them(
    root: Path, bootstrap: ModuleType
) -> None:
    make_venv(root)
    bootstrap.STAMPS[True].write_text(bootstrap.stamp(True))

    done = start(root, "test")

    assert done.stdout == "pytest -n 4 --dist loadfile --no-loadscope-reorder\n"


def test_tests_that_are_named_run_in_one_process_as_they_are_asked_for(root: Path, bootstrap: ModuleType) -> None:
    make_venv(root)
    bootstrap.STAMPS[True].write_text(bootstrap.stamp(True))

    done = start(root, "test", "-k", "payment")

    assert done.stdout == "pytest -k payment\n"


def test_an_environment_made_for_the_tests_serves_the_demo_too(root: Path, bootstrap: ModuleType) -> None:
    make_venv(root)
    bootstrap.STAMPS[True].write_text(bootstrap.stamp(True))

    assert (bootstrap.is_ready(False), bootstrap.is_ready(True)) == (True, True)


def test_an_environment_made_for_the_demo_does_not_serve_the_tests(root: Path, bootstrap: ModuleType) -> None:
    make_venv(root)
    bootstrap.STAMPS[False].write_text(bootstrap.stamp(False))

    assert (bootstrap.is_ready(False), bootstrap.is_ready(True)) == (True, False)


@pytest.mark.parametrize("name", ["core/requirements.lock", "pyproject.toml", "plugins/quickbooks/pyproject.toml"])
def test_a_changed_file_asks_for_a_new_set_up(root: Path, bootstrap: ModuleType, name: str) -> None:
    make_venv(root)
    bootstrap.STAMPS[False].write_text(bootstrap.stamp(False))

    (root / name).write_text("changed\n")

    assert not bootstrap.is_ready(False)


def test_a_plugin_that_became_a_distribution_asks_for_a_new_set_up(root: Path, bootstrap: ModuleType) -> None:
    before = bootstrap.stamp(False)

    (root / "plugins" / "xero").mkdir()
    (root / "plugins" / "xero" / "pyproject.toml").write_text("[project]\n")

    assert bootstrap.stamp(False) != before


def test_an_environment_that_was_left_half_made_is_neither_ready_nor_built_upon(
    root: Path, bootstrap: ModuleType
) -> None:
    make_venv(root)
    bootstrap.STAMPS[False].write_text(bootstrap.stamp(False))

    bootstrap.UNFINISHED.touch()

    assert (bootstrap.is_ready(False), bootstrap.is_usable()) == (False, False)


def test_an_environment_whose_python_is_gone_is_not_ready(root: Path, bootstrap: ModuleType) -> None:
    make_venv(root)
    bootstrap.STAMPS[False].write_text(bootstrap.stamp(False))

    bootstrap.PYTHON.unlink()

    assert (bootstrap.is_ready(False), bootstrap.is_usable()) == (False, False)


def test_a_failing_step_ends_with_its_last_words(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.SetUpFailed, match="no room on the disk"):
        bootstrap.run(sys.executable, "-c", "raise SystemExit('no room on the disk')")


def test_a_second_start_waits_for_the_first_and_says_so(root: Path, bootstrap: ModuleType) -> None:
    script = "import runpy; core = runpy.run_path(%r)\nwith core['only_one'](): print('inside', flush=True)"
    command = [sys.executable, "-c", script % str(root / "core" / "__main__.py")]
    with bootstrap.only_one():
        second = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert second.stderr and second.stdout
        waiting = second.stderr.readline()
        still_running = second.poll() is None
    inside, _ = second.communicate(timeout=30)

    assert (waiting.strip(), still_running, inside.strip()) == (
        "ledgerport: another start is preparing .venv; waiting for it",
        True,
        "inside",
    )
