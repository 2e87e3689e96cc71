"""Lets the memory have all past documents: started by a person who has seen the estimate, done by the memory's job.

Nothing of it is lost when a process ends: what was started is rows, and what was paid for is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledgerport.db.models import EntryReason, MemoryWork
from ledgerport.db.repositories import memory_candidates, memory_entries, memory_marks, memory_work
from ledgerport.memory.port import Memory
from ledgerport.services.context import Hub
from ledgerport.services.memory.embed_waiting import JOB, embed_waiting
from ledgerport.services.memory.estimate_backfill import Estimate, estimate_backfill, outdated, space_of
from ledgerport.services.memory.hold_back import finish_backfill
from ledgerport.services.memory.unavailable import memory_of

# Marked in one transaction: billing waits for no longer than that takes.
_AT_ONCE = 2_000
# Seconds of the machine: how often somebody else's work is looked at, and how long nothing may move meanwhile.
_LOOK, _PATIENCE = 0.5, 60.0


@dataclass(frozen=True, kw_only=True)
class BackfillView:
    """The last backfill. `waiting` of its `documents` are still to be done, `failed` were refused one by one.

    `texts`, `tokens` and `dollars` were estimated, `paid_tokens` and `paid_dollars` are what it has cost so far.
    `reason`: why nothing moves just now, until `held_until`; `needs_person`: that does not pass by itself.
    """

    documents: int
    waiting: int
    failed: int
    texts: int
    tokens: int
    dollars: Decimal
    paid_tokens: int
    paid_dollars: Decimal
    requested_by: str
    started_at: datetime
    finished_at: datetime | None
    reason: str
    needs_person: bool
    held_until: datetime | None

    @property
    def done(self) -> int:
        """Documents that it has dealt with."""
        return max(0, self.documents - self.waiting)


def start_backfill(hub: Hub, *, tenant_id: int, estimate: Estimate | None = None, by: str = "") -> BackfillView:
    """Mark every sent document that the memory lacks or has an older text of. Started again, it goes on where it was.

    `estimate` is what the person agreed to; without one it is made here, which reads every such document. Raises
    Conflict where the memory is off.
    """
    memory = memory_of(hub)
    told = estimate or estimate_backfill(hub, tenant_id=tenant_id)
    now = hub.clock.now()
    with hub.database.tenant(tenant_id) as session:
        wanted = [
            (kind, record_id)
            for kind, ids in outdated(session, space_of(memory, tenant_id)).items()
            for record_id in ids
        ]
        _begin(session, tenant_id, told, len(wanted), by, now)
        memory_candidates.let_go_of_others(session, tenant_id, now)
    for start in range(0, len(wanted), _AT_ONCE):
        part = dict.fromkeys(wanted[start : start + _AT_ONCE], EntryReason.BACKFILL)
        with hub.database.tenant(tenant_id) as session:
            memory_marks.want(session, tenant_id, part, now=now, due_at=now)
    with hub.database.tenant(tenant_id) as session:
        work = memory_work.find(session, tenant_id)
        assert work is not None
        # A job that came in between may have found nothing left to do.
        work.finished_at = None
        session.flush()
        finish_backfill(session, tenant_id, now)
        view = _view(session, memory, work)
    hub.queue.add(JOB, tenant_id)
    return view


def show_backfill(hub: Hub, *, tenant_id: int) -> BackfillView | None:
    """How the last backfill goes; None where there was none. Raises Conflict where the memory is off."""
    memory = memory_of(hub)
    with hub.database.tenant(tenant_id, read=True) as session:
        work = memory_work.find(session, tenant_id)
        return _view(session, memory, work) if work is not None and work.backfill_at is not None else None


def work_backfill(hub: Hub, *, tenant_id: int, progress: Callable[[BackfillView], None] | None = None) -> BackfillView:
    """Work on a started backfill in this process, or watch another one do it, until it is over or nothing moves.

    The view's `reason` says why it did not end; whatever waits goes on as soon as a hub runs, or with the next call.
    """
    in_spite, moved_at, before = True, time.monotonic(), -1
    while True:
        more = embed_waiting(hub, tenant_id, in_spite=in_spite, progress=lambda _: _tell(hub, tenant_id, progress))
        in_spite = False
        view = show_backfill(hub, tenant_id=tenant_id)
        assert view is not None
        if progress is not None:
            progress(view)
        if view.waiting != before:
            before, moved_at = view.waiting, time.monotonic()
        if not view.waiting or view.needs_person or time.monotonic() > moved_at + _PATIENCE:
            return view
        if not more:
            # An event that nobody sets: a timed wait.
            threading.Event().wait(_LOOK)


def _tell(hub: Hub, tenant_id: int, progress: Callable[[BackfillView], None] | None) -> None:
    view = show_backfill(hub, tenant_id=tenant_id)
    if progress is not None and view is not None:
        progress(view)


def _begin(session: Session, tenant_id: int, told: Estimate, documents: int, by: str, now: datetime) -> None:
    """A backfill that is under way keeps what it was estimated at and has cost, and grows by what is new."""
    memory_work.make(session, tenant_id)
    work = memory_work.find(session, tenant_id)
    assert work is not None
    under_way = work.backfill_at is not None and work.finished_at is None
    if under_way:
        # What was estimated for the rest is in both figures.
        work.documents += max(0, documents - memory_entries.count_of_backfill(session, tenant_id))
    else:
        work.documents, work.texts, work.tokens, work.paid_tokens = documents, told.texts, told.tokens, 0
        work.backfill_at, work.requested_by = now, by[:200]
    work.finished_at = None
    # A person asked for it: what held it back is tried again at once.
    work.held_until, work.attempts, work.reason, work.needs_person = None, 0, "", False
    session.flush()


def _view(session: Session, memory: Memory, work: MemoryWork) -> BackfillView:
    assert work.backfill_at is not None
    waits = work.finished_at is None
    return BackfillView(
        documents=work.documents,
        waiting=memory_entries.count_of_backfill(session, work.tenant_id),
        failed=memory_entries.count_of_backfill(session, work.tenant_id, failed=True),
        texts=work.texts,
        tokens=work.tokens,
        dollars=memory.dollars(work.tokens),
        paid_tokens=work.paid_tokens,
        paid_dollars=memory.dollars(work.paid_tokens),
        requested_by=work.requested_by,
        started_at=work.backfill_at,
        finished_at=work.finished_at,
        reason=work.reason if waits else "",
        needs_person=work.needs_person and waits,
        held_until=work.held_until if waits else None,
    )
