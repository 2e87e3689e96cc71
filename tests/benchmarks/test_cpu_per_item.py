"""CPU per item of a whole drain, beside python-quickbooks' `batch_create` of the same items at the same sandbox.

The hub's figure holds everything a drain does (claims, frozen sends, links, history, commits); the client's only the
requests. Both send the same 3,629 items, 30 a request. They take turns, three times; the medians are compared.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from quickbooks.batch import batch_create  # type: ignore[import-untyped]
from tests.benchmarks.figures import Finding
from tests.benchmarks.peer import copies_of_items, signed_in
from tests.benchmarks.price_book import waiting_items
from tests.stage import Sandbox, drain_dry

from ledgerport.demo.plumbing import ITEMS

ROUNDS = 3


@pytest.mark.timeout(600)
def test_a_drain_needs_a_quarter_of_the_cpu_of_the_common_client(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Callable[[Finding], None]
) -> None:
    # Intuit's login library takes plain http only when told to.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    ours, theirs = [], []
    for number in range(ROUNDS):
        sandbox.control("reset", {})
        ours.append(_drain(sandbox, tmp_path / f"hub-{number}"))
        theirs.append(_batch_create(sandbox))

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


def _drain(sandbox: Sandbox, home: Path) -> float:
    """Seconds of CPU of this process for a drain of the whole price book; loading it is not counted."""
    with waiting_items(sandbox, home, limits=False) as waiting:
        gc.collect()
        began = time.process_time()
        drain_dry(waiting.hub, waiting.connection_id)
        cpu = time.process_time() - began
        waiting.assert_all_arrived(sandbox)
    return cpu


def _batch_create(sandbox: Sandbox) -> float:
    """Seconds of CPU of this process for the same items, sent by the client into the books of another company."""
    client = signed_in(sandbox)
    items = copies_of_items(sandbox, client)
    assert len(items) == ITEMS
    gc.collect()
    began = time.process_time()
    answer = batch_create(items, qb=client)
    cpu = time.process_time() - began
    assert len(answer.successes) == ITEMS, [fault.Error for fault in answer.faults[:3]]
    return cpu
