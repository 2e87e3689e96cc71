"""Consents under way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ledgerport.db.models import ConnectAttempt, Connection, Grant


def by_state(session: Session, state_digest: str) -> ConnectAttempt | None:
    """The attempt that a callback belongs to, locked; its tenant is not known before.

    For a session over all tenants.
    """
    return session.scalars(
        select(ConnectAttempt).where(ConnectAttempt.state_digest == state_digest).with_for_update()
    ).one_or_none()


def forget_old(session: Session, tenant_id: int, before: datetime) -> None:
    """Delete the tenant's attempts that ended before a moment, and grants of that age that no company was chosen
    for."""
    session.execute(
        delete(ConnectAttempt).where(ConnectAttempt.tenant_id == tenant_id, ConnectAttempt.expires_at < before)
    )
    used = select(Connection.grant_id).where(Connection.tenant_id == tenant_id, Connection.grant_id.is_not(None))
    session.execute(
        delete(Grant)
        .where(Grant.tenant_id == tenant_id, Grant.created_at < before, Grant.id.not_in(used))
        .execution_options(synchronize_session=False)
    )
