"""The job of the memory: embeds what waits, and takes out what is to leave. Billing never hears of its failures.

Three steps a part, each of which can be killed: read and make texts; ask Voyage and keep each answer; bring it into the
index and note that. They work side by side: while one part is brought into the index, the next one is asked for, and
the texts of the one after that are made. Never more than one request is under way.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from ledgerport.db.repositories import memory_entries, memory_work
from ledgerport.db.repositories.memory_entries import Place
from ledgerport.db.repositories.memory_vectors import Space
from ledgerport.db.repositories.memory_work import Lost
from ledgerport.memory.errors import MemoryAway, MemoryBusy, MemoryFault, MemoryRefused
from ledgerport.memory.port import Memory
from ledgerport.services.context import Hub
from ledgerport.services.memory.compose import Composer
from ledgerport.services.memory.hold_back import give_back, hold_back
from ledgerport.services.memory.plan import Plan, plan
from ledgerport.services.memory.request import NotYet, Requests
from ledgerport.services.memory.store import store

JOB = "memory.embed"
# Documents read, asked for and stored together: with a line text or two each they make one request.
AT_ONCE = 480
_BUDGET = 240.0
_log = structlog.get_logger(__name__)


def embed_waiting(
    hub: Hub,
    tenant_id: int,
    *,
    budget_seconds: float = _BUDGET,
    progress: Callable[[int], None] | None = None,
    in_spite: bool = False,
) -> bool:
    """Work until nothing is due, something holds the memory back, or the time (of the hub's clock) is up; True for the
    last, and where more has come meanwhile.

    Where somebody else is at work, or the memory is off, nothing is done. `progress` is told how many documents were
    stored, part by part. `in_spite`: also when it is held back, because a person asked for it.
    """
    if hub.memory is None:
        return False
    with hub.database.everything() as session:
        fence = memory_work.take(session, tenant_id, None if in_spite else hub.clock.now())
    if fence is None:
        return False
    until = hub.clock.now() + timedelta(seconds=budget_seconds)
    try:
        with _Embedding(hub, hub.memory, tenant_id, fence, progress) as embedding:
            embedding.run(until)
    except Lost:
        return False
    except NotYet as pace:
        return give_back(hub, tenant_id, fence, held_until=pace.at, worked=False)
    except (MemoryAway, MemoryBusy, MemoryRefused) as fault:
        _log.info("memory.waits", tenant=tenant_id, error=type(fault).__name__, reason=fault.sentence)
        hold_back(hub, tenant_id, fence, fault)
        return False
    except BaseException:
        # A fault of ours: tried again, but not at once and for ever.
        hold_back(hub, tenant_id, fence, MemoryAway("The hub met a fault of its own; its log says which."))
        raise
    return give_back(hub, tenant_id, fence, worked=embedding.parts > 0)


class _Embedding:
    """One job's run: a thread that asks, a thread that brings into the index, and the caller's, which makes texts."""

    def __init__(
        self, hub: Hub, memory: Memory, tenant_id: int, fence: int, progress: Callable[[int], None] | None
    ) -> None:
        self._hub, self._memory, self._fence = hub, memory, fence
        self._space = Space(tenant_id=tenant_id, model=memory.embedder.model, dimension=memory.embedder.dimension)
        self._requests = Requests(hub, memory, self._space)
        self._composer = Composer()
        self._progress = progress
        self._asker = ThreadPoolExecutor(1, thread_name_prefix=f"memory-ask-{tenant_id}")
        self._indexer = ThreadPoolExecutor(1, thread_name_prefix=f"memory-{tenant_id}")
        self._asked: tuple[Future[dict[str, bytes]], Plan] | None = None
        self._under_way: tuple[Future[None], int] | None = None
        self._after: Place | None = None
        self.parts = 0

    def __enter__(self) -> _Embedding:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            # A request under way is waited for: its answer is paid, and kept.
            self._asker.shutdown()
            # What Voyage was paid for is stored even when the next request failed.
            self._settle()
        except MemoryFault:
            if kind is None:
                raise
        finally:
            self._indexer.shutdown()

    def run(self, until: datetime) -> None:
        """Part after part, until nothing is due or the time is up."""
        while self._hub.clock.now() < until:
            planned = self._plan()
            self._take_answers()
            if planned is None:
                break
            self._asked = (self._asker.submit(self._requests.make, planned.wanted, self._beat), planned)
        self._take_answers()

    def _plan(self) -> Plan | None:
        """The next part with its texts; None when nothing more is due."""
        now, tenant_id = self._hub.clock.now(), self._space.tenant_id
        under_way = self._asked[1].wanted.keys() if self._asked is not None else ()
        with self._hub.database.tenant(tenant_id, read=True) as session:
            entries = memory_entries.next_due(session, tenant_id, now, self._after, AT_ONCE)
            if not entries:
                return None
            made = plan(session, self._space, self._composer, entries, now, under_way=under_way)
        self._after = (entries[-1].due_at, entries[-1].id)
        return made

    def _take_answers(self) -> None:
        """Wait for what is asked for, and have it brought into the index. Raises what asking raised."""
        if self._asked is None:
            return
        (future, planned), self._asked = self._asked, None
        part = planned.part(future.result(), self._requests.refused)
        self._settle()
        self._under_way = (
            self._indexer.submit(store, self._hub, self._memory, self._space, self._fence, part),
            part.size,
        )

    def _beat(self) -> None:
        with self._hub.database.everything() as session:
            memory_work.hold(session, self._space.tenant_id, self._fence)

    def _settle(self) -> None:
        """Wait for the part under way. Raises what it raised."""
        if self._under_way is None:
            return
        (future, size), self._under_way = self._under_way, None
        future.result()
        self.parts += 1
        if self._progress is not None:
            self._progress(size)
