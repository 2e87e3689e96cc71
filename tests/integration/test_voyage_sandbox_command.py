"""`ledgerport sandbox voyage`: served like a provider's sandbox, plain about what it is, and no provider."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stage import HTTP
from typer.testing import CliRunner

from ledgerport.cli.main import app
from ledgerport.demo.sandboxes import installed, services
from ledgerport_sandbox import load

COMMAND = [sys.executable, "-P", "-c", "from ledgerport.cli.main import app; app(prog_name='ledgerport')"]
SECONDS = 60


@pytest.fixture
def served(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "sandbox", "voyage"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait(SECONDS)


def test_it_says_where_it_is_and_that_its_vectors_are_lexical(served: subprocess.Popen[str]) -> None:
    assert served.stdout is not None
    first, second = served.stdout.readline(), served.stdout.readline()

    assert first.startswith("voyage sandbox on http://127.0.0.1:")
    assert "lexical" in second
    assert "no language model" in second
    wish = {"input": "hose bibb", "model": "voyage-3.5"}
    answer = HTTP.post(f"{first.split()[-1]}/v1/embeddings", json=wish, headers={"authorization": "Bearer pa-one"})
    assert answer.json()["usage"] == {"total_tokens": 2}
    served.send_signal(signal.SIGTERM)
    assert served.wait(SECONDS) == 0


def test_it_is_a_service_and_no_provider() -> None:
    assert services() == ["voyage"]
    assert "voyage" not in installed()
    assert load("voyage").provider == "voyage"


def test_a_demo_cannot_be_run_on_it() -> None:
    done = CliRunner().invoke(app, ["demo", "--once", "--provider", "voyage"])

    assert done.exit_code == 2
    assert "There is no sandbox for voyage" in " ".join(done.output.split())


def test_who_asks_for_a_sandbox_that_is_not_there_hears_of_it() -> None:
    done = CliRunner().invoke(app, ["sandbox", "nobodys"])

    assert done.exit_code == 2
    assert "voyage" in done.output
