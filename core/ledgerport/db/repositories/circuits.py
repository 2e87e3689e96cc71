"""Open circuits of plugins, a row for each process that has one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from ledgerport.db.models import PluginCircuit


def keep(
    session: Session,
    *,
    provider: str,
    whose: str,
    owner: str,
    failures: int,
    why: str,
    opened_at: datetime,
    until: datetime,
) -> None:
    """Write the circuit as it stands now."""
    found = session.scalars(_of(provider, whose, owner)).one_or_none()
    if found is None:
        found = PluginCircuit(provider=provider, whose=whose, owner=owner, opened_at=opened_at)
        session.add(found)
    found.failures, found.why, found.opened_at, found.until = failures, why, opened_at, until


def drop(session: Session, *, provider: str, whose: str, owner: str) -> None:
    """It closed."""
    for row in session.scalars(_of(provider, whose, owner)):
        session.delete(row)


def open_since(session: Session, moment: datetime) -> Sequence[PluginCircuit]:
    """Those whose rest ends after a moment, by provider; the whole plugin's first."""
    query = select(PluginCircuit).where(PluginCircuit.until > moment)
    return session.scalars(query.order_by(PluginCircuit.provider, PluginCircuit.whose, PluginCircuit.id)).all()


def forget(session: Session, moment: datetime) -> None:
    """Those whose rest ended before a moment: their process is gone, or nobody has asked since."""
    session.execute(delete(PluginCircuit).where(PluginCircuit.until <= moment))


def _of(provider: str, whose: str, owner: str) -> Select[PluginCircuit]:
    return select(PluginCircuit).where(
        PluginCircuit.provider == provider, PluginCircuit.whose == whose, PluginCircuit.owner == owner
    )
