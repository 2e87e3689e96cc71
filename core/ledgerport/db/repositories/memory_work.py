"""Who works on a tenant's memory: one job at a time, by database time, with a fence that each of its writes checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from ledgerport.db.models import EntryState, MemoryEntry, MemoryWork, Tenant
from ledgerport.db.repositories.memory_rows import put_many
from ledgerport.db.repositories.records import table_of
from ledgerport.db.session import database_now

WORK = table_of(MemoryWork)
# Longer than one request to Voyage and one write of the index; every step lengthens it.
LEASE = timedelta(seconds=60)
OPEN = (EntryState.WAITING, EntryState.REMOVING)


class Lost(Exception):
    """Another job works on this memory now: write nothing."""


def find(session: Session, tenant_id: int) -> MemoryWork | None:
    """What is known of the work on a tenant's memory."""
    return session.scalars(
        select(MemoryWork).where(MemoryWork.tenant_id == tenant_id).execution_options(populate_existing=True)
    ).one_or_none()


def make(session: Session, tenant_id: int) -> None:
    """The tenant's row, where there is none yet."""
    row: dict[str, Any] = {"tenant_id": tenant_id, "fence": 0, "attempts": 0, "reason": "", "needs_person": False}
    row |= {"requested_by": "", "documents": 0, "texts": 0, "tokens": 0, "paid_tokens": 0}
    put_many(session, WORK, [row], key=("tenant_id",))


def take(session: Session, tenant_id: int, now: datetime | None) -> int | None:
    """The fence of a lease that is ours now; None where somebody works, or where nobody is to before later than
    `now` (None: whatever holds it back).
    """
    make(session, tenant_id)
    moment = database_now(session)
    free = [WORK.c.tenant_id == tenant_id, or_(WORK.c.lease_until.is_(None), WORK.c.lease_until < moment)]
    if now is not None:
        free.append(or_(WORK.c.held_until.is_(None), WORK.c.held_until <= now))
    taken = session.execute(
        update(WORK).where(*free).values(fence=WORK.c.fence + 1, lease_until=moment + LEASE).returning(WORK.c.fence)
    )
    return taken.scalar_one_or_none()


def hold(session: Session, tenant_id: int, fence: int) -> None:
    """Keep everybody else off until the transaction ends, and lengthen the lease. Raises Lost."""
    still = session.execute(
        update(WORK)
        .where(WORK.c.tenant_id == tenant_id, WORK.c.fence == fence)
        .values(lease_until=database_now(session) + LEASE)
        .returning(WORK.c.fence)
    )
    if still.scalar_one_or_none() is None:
        raise Lost


def give_back(session: Session, tenant_id: int, fence: int, **values: Any) -> bool:
    """End a lease, and note when and why it goes on. False when it is not ours any more."""
    ended = session.execute(
        update(WORK)
        .where(WORK.c.tenant_id == tenant_id, WORK.c.fence == fence)
        .values(lease_until=None, **values)
        .returning(WORK.c.fence)
    )
    return ended.scalar_one_or_none() is not None


def count_paid(session: Session, tenant_id: int, tokens: int) -> None:
    """Tokens paid while a backfill is under way are its own."""
    session.execute(
        update(WORK)
        .where(WORK.c.tenant_id == tenant_id, WORK.c.backfill_at.is_not(None), WORK.c.finished_at.is_(None))
        .values(paid_tokens=WORK.c.paid_tokens + tokens)
    )


def due_tenants(session: Session, now: datetime) -> Sequence[int]:
    """Tenants with something to embed or to take out that nobody is at and nothing holds back."""
    entry = exists().where(MemoryEntry.tenant_id == Tenant.id, MemoryEntry.state.in_(OPEN), MemoryEntry.due_at <= now)
    busy = exists().where(
        MemoryWork.tenant_id == Tenant.id,
        or_(MemoryWork.lease_until >= database_now(session), MemoryWork.held_until > now),
    )
    return session.scalars(select(Tenant.id).where(entry, ~busy).order_by(Tenant.id)).all()
