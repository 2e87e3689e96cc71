"""A process that fills a memory and kills itself with SIGKILL at a named point, threads and all.

As with drains, the product is not told: functions are wrapped from outside before the job starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.integration.killing.worker import Death, wrap
from tests.memory_stage import remembering, remembering_settings

from ledgerport.contract import ScaledClock
from ledgerport.db.repositories import memory_entries, memory_work
from ledgerport.memory.folder_index import FolderIndex
from ledgerport.memory.voyage import VoyageEmbedder
from ledgerport.services.memory import embed_waiting as job
from ledgerport.services.memory.backfill import start_backfill, work_backfill


@dataclass(frozen=True, kw_only=True)
class MemoryOrder:
    """Where to work and where to die. `skip`: how often the point is passed first."""

    home: str
    voyage: str
    database_url: str
    tenant: int
    point: str
    skip: int
    at: str


def arm(point: str, death: Death) -> None:
    """Make the process die at `point`. Raises KeyError for a point that nobody knows."""
    points: dict[str, Callable[[], None]] = {
        "lease taken": lambda: wrap(job._Embedding, "__enter__", "before", death),
        "texts made, Voyage not asked": lambda: wrap(VoyageEmbedder, "embed", "before", death),
        "Voyage answered, nothing kept": lambda: wrap(VoyageEmbedder, "embed", "after", death),
        "vectors written, not committed": lambda: wrap(memory_work, "count_paid", "after", death),
        "vectors kept": lambda: wrap(job._Embedding, "_beat", "before", death),
        "part handed over": lambda: wrap(job._Embedding, "_settle", "before", death),
        "lines in the index": lambda: wrap(FolderIndex, "put", "after", death),
        "all in the index, nothing noted": lambda: wrap(memory_work, "hold", "before", death),
        "noted, not committed": lambda: wrap(memory_entries, "mark_stored", "after", death),
        "part done": lambda: wrap(job, "store", "after", death),
        "before the lease is given back": lambda: wrap(job, "give_back", "before", death),
    }
    points[point]()


def work(order: MemoryOrder) -> None:
    """Backfill until the point is reached."""
    clock = ScaledClock(rate=1.0, at=datetime.fromisoformat(order.at))
    settings = remembering_settings(Path(order.home), order.voyage, order.database_url)
    arm(order.point, Death(order.skip))
    with remembering(settings, clock, own_process=True) as hub:
        start_backfill(hub, tenant_id=order.tenant)
        work_backfill(hub, tenant_id=order.tenant)
