"""Notices: open once per cause, closed when the cause is gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.db.models import Notice


def find_open(session: Session, tenant_id: int, cause: str) -> Notice | None:
    """The open notice of a cause."""
    return session.scalars(
        select(Notice).where(Notice.tenant_id == tenant_id, Notice.cause == cause, Notice.closed_at.is_(None))
    ).one_or_none()


def open_once(
    session: Session, *, tenant_id: int, connection_id: int | None, cause: str, text: str, action: str, now: datetime
) -> bool:
    """Open a notice unless its cause has one already; True when it was opened.

    The caller holds the row the cause names.
    """
    if find_open(session, tenant_id, cause) is not None:
        return False
    session.add(
        Notice(tenant_id=tenant_id, connection_id=connection_id, cause=cause, text=text, action=action, opened_at=now)
    )
    session.flush()
    return True


def close(session: Session, tenant_id: int, cause: str, now: datetime) -> bool:
    """Close the open notice of a cause; True when there was one."""
    notice = find_open(session, tenant_id, cause)
    if notice is not None:
        notice.closed_at = now
    return notice is not None
