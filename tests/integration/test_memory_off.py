"""Switched off, the memory costs nothing: nothing of it is loaded, nothing is marked, and nothing leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAY = """
import json, sys
from pathlib import Path
from tests.integration.memory_day import live
print(json.dumps(live(Path(sys.argv[1]))))
"""
# Ours, and what they bring along and nothing else here does.
HEAVY = {"chromadb", "voyageai", "numpy", "requests", "langchain_core", "onnxruntime", "tokenizers", "PIL", "aiohttp"}


def day(home: Path, **environment: str) -> dict[str, Any]:
    """What the process of such a day told."""
    usual = {name: value for name, value in os.environ.items() if name != "RAG_BILLING_EMBED_ENABLED"}
    done = subprocess.run(
        [sys.executable, "-c", DAY, str(home)],
        capture_output=True,
        text=True,
        timeout=150,
        env={**usual, "PYTHONPATH": str(ROOT), **environment},
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert (told["pushed"]["invoices"], told["pushed"]["payments"]) == (1, 1)
    return told


@pytest.mark.parametrize("flag", [{}, {"RAG_BILLING_EMBED_ENABLED": "false"}], ids=["not set", "false"])
def test_switched_off_a_day_of_billing_loads_marks_and_calls_nothing(tmp_path: Path, flag: dict[str, str]) -> None:
    told = day(tmp_path, **flag)

    assert told["memory"] is False
    assert told["marked"] == 0
    assert HEAVY.intersection(told["modules"]) == set()
    assert told["called"] == [told["sandbox"]]
    assert not (tmp_path / "memory").exists()


def test_switched_on_the_same_day_marks_what_was_sent_and_waits_for_nobody(tmp_path: Path) -> None:
    told = day(
        tmp_path,
        RAG_BILLING_EMBED_ENABLED="true",
        LEDGERPORT_MEMORY__API_KEY="pa-1",
        # Nobody is there.
        LEDGERPORT_MEMORY__ADDRESS="http://127.0.0.1:9/v1",
    )

    assert told["memory"] is True
    assert told["marked"] == 1
    # Marking needs neither library, and the job that does has not run.
    assert HEAVY.intersection(told["modules"]) == set()
    assert told["called"] == [told["sandbox"]]
