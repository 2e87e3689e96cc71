"""python-quickbooks' side of the CPU bench, in a process of its own: `python -m tests.benchmarks.worker_client URL`.

Prints the seconds of CPU for `batch_create` of the items that the hub sent before, into the books of another company.
Intuit's login library takes plain http only with OAUTHLIB_INSECURE_TRANSPORT=1 in the environment.
"""

from __future__ import annotations

import sys
from typing import Any

from quickbooks.batch import batch_create  # type: ignore[import-untyped]
from tests.benchmarks.cpu import cpu_of
from tests.benchmarks.peer import copies_of_items, signed_in
from tests.stage import Sandbox

from ledgerport.demo.plumbing import ITEMS


def measure(sandbox: Sandbox) -> float:
    client = signed_in(sandbox)
    items = copies_of_items(sandbox, client)
    assert len(items) == ITEMS
    answers: list[Any] = []
    cpu = cpu_of(lambda: answers.append(batch_create(items, qb=client)))
    assert len(answers[0].successes) == ITEMS, [fault.Error for fault in answers[0].faults[:3]]
    return cpu


if __name__ == "__main__":
    print(measure(Sandbox(sys.argv[1])))
