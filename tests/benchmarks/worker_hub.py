"""The hub's side of the CPU bench, in a process of its own: `python -m tests.benchmarks.worker_hub URL`.

Prints the seconds of CPU for a drain of the whole price book; loading it is not counted. In a process of its own,
because what a test runner has loaded would be walked by every garbage collection.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks.cpu import cpu_of
from tests.benchmarks.price_book import waiting_items
from tests.stage import Sandbox, drain_dry


def measure(sandbox: Sandbox, home: Path) -> float:
    with waiting_items(sandbox, home, limits=False) as waiting:
        cpu = cpu_of(lambda: drain_dry(waiting.hub, waiting.connection_id))
        waiting.assert_all_arrived(sandbox)
    return cpu


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ledgerport-bench-") as folder:
        print(measure(Sandbox(sys.argv[1]), Path(folder)))
