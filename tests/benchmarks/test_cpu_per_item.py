"""CPU per item of a whole drain, beside python-quickbooks' `batch_create` of the same items at the same sandbox.

The hub's figure holds everything a drain does (claims, frozen sends, links, history, commits); the client's only the
requests. Both send the same 3,629 items, 30 a request, each in a process of its own. They take turns, three times; the
medians are compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from statistics import median

import pytest
from tests.architecture.tracked_files import ROOT
from tests.benchmarks.figures import Finding
from tests.stage import Sandbox

from ledgerport.demo.plumbing import ITEMS

ROUNDS = 3


@pytest.mark.timeout(600)
def test_a_drain_needs_a_quarter_of_the_cpu_of_the_common_client(
    sandbox: Sandbox, found: Callable[[Finding], None]
) -> None:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        sandbox.control("reset", {})
        ours.append(_cpu("hub", sandbox))
        theirs.append(_cpu("client", sandbox))

    found(
        Finding(
            bench="CPU per item beside python-quickbooks",
            value=median(ours) / median(theirs),
            unit="x its CPU",
            target=0.25,
            figures={
                "items": ITEMS,
                "hub, microseconds of CPU per item (median)": median(ours) / ITEMS * 1e6,
                "python-quickbooks, microseconds of CPU per item (median)": median(theirs) / ITEMS * 1e6,
                "hub, s of CPU each time": ours,
                "python-quickbooks, s of CPU each time": theirs,
            },
        )
    )


def _cpu(side: str, sandbox: Sandbox) -> float:
    """Seconds of CPU that one side needed."""
    command = [sys.executable, "-m", f"tests.benchmarks.worker_{side}", sandbox.url]
    # The login library takes plain http when told to; a proxy has no business between this machine and itself.
    environment = {**os.environ, "OAUTHLIB_INSECURE_TRANSPORT": "1", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout.split()[-1])
