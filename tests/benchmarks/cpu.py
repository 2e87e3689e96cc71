"""CPU of a piece of work."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def cpu_of(work: Callable[[], object]) -> float:
    """Seconds of CPU of all threads of this process while `work` runs."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began
