"""What follows a job's end: when it goes on, who is told that it waits, and that it does no longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ledgerport.db.repositories import memory_entries, memory_work, notices
from ledgerport.memory.errors import MemoryAway, MemoryBusy, MemoryFault, MemoryRefused
from ledgerport.services.context import Hub

CAUSE = "memory"
# Pauses grow with every failure in a row, to the longest; a pause that Voyage names is kept as it is.
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(minutes=15)
_SHORTEST = timedelta(seconds=1)
# Looked at again in case a person has put it right; `memory backfill` and `memory rebuild` look at once.
_PERSON = timedelta(minutes=15)
# Another process has the folder: it does the work, or it ends.
_BUSY = timedelta(seconds=30)


def give_back(hub: Hub, tenant_id: int, fence: int, *, held_until: datetime | None = None, worked: bool = True) -> bool:
    """End a job that met no failure; True when there is more to do at once."""
    now = hub.clock.now()
    with hub.database.tenant(tenant_id) as session:
        healed = {"attempts": 0, "reason": "", "needs_person": False} if worked else {}
        if not memory_work.give_back(session, tenant_id, fence, held_until=held_until, **healed):
            return False
        if worked:
            notices.close(session, tenant_id, CAUSE, now)
        finish_backfill(session, tenant_id, now)
        return held_until is None and memory_entries.any_due(session, tenant_id, now)


def hold_back(hub: Hub, tenant_id: int, fence: int, fault: MemoryFault) -> None:
    """End a job that failed: note why, when it goes on, and tell a person where only a person can help."""
    now = hub.clock.now()
    with hub.database.tenant(tenant_id) as session:
        work = memory_work.find(session, tenant_id)
        attempts = work.attempts + 1 if work is not None else 1
        ours = memory_work.give_back(
            session,
            tenant_id,
            fence,
            held_until=now + _pause(fault, attempts),
            attempts=attempts,
            reason=fault.sentence,
            needs_person=isinstance(fault, MemoryRefused),
        )
        if ours and isinstance(fault, MemoryRefused):
            notices.open_once(
                session,
                tenant_id=tenant_id,
                connection_id=None,
                cause=CAUSE,
                text=f"Past prices are not being remembered. {fault.sentence} Billing goes on, and nothing is lost.",
                action="",
                now=now,
            )


def finish_backfill(session: Session, tenant_id: int, now: datetime) -> None:
    """Note that a backfill is over once none of its documents waits."""
    work = memory_work.find(session, tenant_id)
    if work is None or work.backfill_at is None or work.finished_at is not None:
        return
    if not memory_entries.any_of_backfill(session, tenant_id):
        work.finished_at = now
        session.flush()


def _pause(fault: MemoryFault, attempts: int) -> timedelta:
    if isinstance(fault, MemoryRefused):
        return _PERSON
    if isinstance(fault, MemoryBusy):
        return _BUSY
    if isinstance(fault, MemoryAway) and fault.after is not None:
        return max(fault.after, _SHORTEST)
    # Doubled no further than needed: the shift stays small however often it fails.
    return min(_FIRST * (1 << min(attempts - 1, 10)), _LONGEST)
