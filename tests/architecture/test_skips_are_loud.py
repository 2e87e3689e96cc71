"""What the whole suite leans on: a test that cannot run here says so, and CI calls it a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPS_ITSELF = 'import pytest\ndef test_x():\n    pytest.skip("no such server")\n'
SKIPS_AS_A_MODULE = 'import pytest\npytest.skip("no such server", allow_module_level=True)\n'
NEEDS_SHARED = "def test_x(shared):\n    assert shared\ndef test_y():\n    assert True\n"
FAILS_AS_EXPECTED = "import pytest\n@pytest.mark.xfail\ndef test_x():\n    assert False\n"


# As one process, and as a worker that reports to another (`core/__main__.py` runs the whole suite so).
PROCESSES = pytest.mark.parametrize("processes", [0, 1], ids=["one process", "a worker"])


def suite(folder: Path, source: str, processes: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of its own over one test file, with the conftest of this suite."""
    (folder / "test_sample.py").write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:schemathesis",
        "-n",
        str(processes),
    ]
    command += ["--rootdir", str(folder), "-c", str(ROOT / "pyproject.toml"), str(folder / "test_sample.py")]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEDGERPORT_")}
    return subprocess.run(
        command, cwd=ROOT, env={**inherited, **environment}, capture_output=True, text=True, timeout=60
    )


@PROCESSES
def test_a_skip_is_counted_with_its_reason(tmp_path: Path, processes: int) -> None:
    done = suite(tmp_path, SKIPS_ITSELF, processes)

    assert done.returncode == pytest.ExitCode.OK
    assert "NOT TESTED HERE" in done.stdout
    assert "1 tests did not run: no such server" in done.stdout


@PROCESSES
@pytest.mark.parametrize("source", [SKIPS_ITSELF, SKIPS_AS_A_MODULE])
def test_a_skip_is_a_failure_where_skips_are_forbidden(tmp_path: Path, source: str, processes: int) -> None:
    done = suite(tmp_path, source, processes, LEDGERPORT_NO_SKIPS="1")

    assert done.returncode in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    assert "LEDGERPORT_NO_SKIPS=1 forbids that: Skipped: no such server" in done.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    assert suite(tmp_path, FAILS_AS_EXPECTED, LEDGERPORT_NO_SKIPS="1").returncode == pytest.ExitCode.OK


@PROCESSES
def test_without_shared_data_its_tests_are_skipped_aloud(tmp_path: Path, processes: int) -> None:
    done = suite(tmp_path, NEEDS_SHARED, processes, LEDGERPORT_SHARED=str(tmp_path / "absent"))

    assert done.returncode == pytest.ExitCode.OK
    assert "1 tests did not run: no shared data" in done.stdout


@PROCESSES
def test_where_skips_are_forbidden_tests_of_absent_shared_data_leave_the_run_aloud(
    tmp_path: Path, processes: int
) -> None:
    done = suite(tmp_path, NEEDS_SHARED, processes, LEDGERPORT_SHARED=str(tmp_path / "absent"), LEDGERPORT_NO_SKIPS="1")

    assert done.returncode == pytest.ExitCode.OK
    # A worker's own summary is not shown, so only the process that ran the tests names what it deselected.
    assert ("1 passed in" if processes else "1 passed, 1 deselected") in done.stdout
    assert "1 tests did not run: no shared data" in done.stdout
