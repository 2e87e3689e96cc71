"""Imports: the lease of the job that works on one, and which are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, Import, ImportRow, ImportState, Tenant
from ledgerport.db.session import database_now

# Longer than one answer of a provider takes; it is lengthened with every page. A killed job's work goes on after it.
LEASE = timedelta(seconds=75)
_WORKING = (ImportState.READING, ImportState.IMPORTING)


class Lost(Exception):
    """Another job has the import now, or a person stopped it: write nothing."""


def take(session: Session, import_id: int) -> Import | None:
    """Take the lease of an import that is to be worked on; None where somebody has it or there is nothing to do."""
    now = database_now(session)
    taken = session.execute(
        update(Import)
        .where(
            Import.id == import_id,
            Import.state.in_(_WORKING),
            or_(Import.lease_until.is_(None), Import.lease_until < now),
        )
        .values(lease_until=now + LEASE, fence=Import.fence + 1)
        .execution_options(synchronize_session=False)
    )
    return session.get(Import, import_id) if taken.rowcount else None  # type: ignore[attr-defined]


def held(session: Session, import_id: int, fence: int, state: ImportState) -> Import:
    """The import, locked, while it is still ours and in this state; its lease is lengthened. Raises Lost."""
    row = find(session, import_id, lock=True)
    if row is None or row.fence != fence or row.state != state:
        raise Lost
    row.lease_until = database_now(session) + LEASE
    return row


def give_back(session: Session, import_id: int, fence: int, **values: Any) -> None:
    """End a lease that is still ours, and note when and why it goes on (`due_at`, `reason`, `tries`)."""
    session.execute(
        update(Import)
        .where(Import.id == import_id, Import.fence == fence)
        .values(lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )


def find(session: Session, import_id: int, *, lock: bool = False) -> Import | None:
    """An import of the session's tenant."""
    query = select(Import).where(Import.id == import_id).execution_options(populate_existing=lock)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def unfinished(session: Session, connection_id: int, kind: Kind) -> Import | None:
    """The open import of a kind."""
    query = select(Import).where(
        Import.connection_id == connection_id, Import.kind == kind, Import.state != ImportState.DONE
    )
    return session.scalars(query.with_for_update()).one_or_none()


def newest(session: Session, connection_id: int, *, kind: Kind | None = None, limit: int = 50) -> Sequence[Import]:
    """Imports of a connection, newest first."""
    query = select(Import).where(Import.connection_id == connection_id).order_by(Import.id.desc()).limit(limit)
    return session.scalars(query if kind is None else query.where(Import.kind == kind)).all()


def forget_rows(session: Session, connection_id: int, kind: Kind) -> None:
    """Drop the rows of imports that are done: they are somebody's addresses, and of no more use."""
    done = select(Import.id).where(
        Import.connection_id == connection_id, Import.kind == kind, Import.state == ImportState.DONE
    )
    session.execute(delete(ImportRow).where(ImportRow.import_id.in_(done)).execution_options(synchronize_session=False))


def hand_out(session: Session, now: datetime, again_at: datetime) -> list[int]:
    """Imports due at `now` (the hub's clock) that no job holds; each is due again at `again_at`, should its message
    get lost."""
    told = session.execute(
        update(Import)
        .where(*_due(now, database_now(session)))
        .values(due_at=again_at)
        .returning(Import.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(told.scalars())


def any_due(session: Session, now: datetime) -> bool:
    """Whether `hand_out` would find any: a read, for most looks find none."""
    return session.scalar(select(Import.id).where(*_due(now, database_now(session))).limit(1)) is not None


def lock_books(session: Session, tenant_id: int, connection_id: int) -> Connection | None:
    """The connection, held until the transaction ends: no drain claims or records meanwhile, and no other import of
    the tenant creates the same people."""
    session.scalars(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True)).one()
    return session.scalars(select(Connection).where(Connection.id == connection_id).with_for_update()).one_or_none()


def state_counts(session: Session, import_id: int) -> dict[tuple[str, str], int]:
    """How many rows there are by (state, choice)."""
    told = session.execute(
        select(ImportRow.state, ImportRow.choice, func.count().label("rows"))
        .where(ImportRow.import_id == import_id)
        .group_by(ImportRow.state, ImportRow.choice)
    )
    return {(str(row.state), str(row.choice)): row.rows for row in told}


def _due(now: datetime, database: datetime) -> tuple[Any, ...]:
    return (
        Import.state.in_(_WORKING),
        Import.due_at <= now,
        or_(Import.lease_until.is_(None), Import.lease_until < database),
    )
