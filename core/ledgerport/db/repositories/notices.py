"""Notices: open once per cause, closed when the cause is gone; both go out with the transaction that does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, Notice, Task, TaskState
from ledgerport.db.repositories import outbox

OPENED, CLOSED = "notice.opened", "notice.closed"
# The host app does not take what we send: it cannot be told of it that way.
WEBHOOK_CAUSE = "webhook"


def find_open(session: Session, tenant_id: int, cause: str) -> Notice | None:
    """The open notice of a cause."""
    return session.scalars(
        select(Notice).where(Notice.tenant_id == tenant_id, Notice.cause == cause, Notice.closed_at.is_(None))
    ).one_or_none()


def open_once(
    session: Session,
    *,
    tenant_id: int,
    connection_id: int | None,
    cause: str,
    text: str,
    action: str,
    now: datetime,
    count: int = 0,
) -> bool:
    """Open a notice unless its cause has one already; True when it was opened.

    The caller holds the row the cause names. `count`: how many records it is about; one that is open learns the new
    count and text and tells nobody again.
    """
    found = find_open(session, tenant_id, cause)
    if found is not None:
        if count:
            found.count, found.text, found.action, found.counted_at = count, text, action, now
        return False
    notice = Notice(
        tenant_id=tenant_id,
        connection_id=connection_id,
        cause=cause,
        text=text,
        action=action,
        count=count,
        counted_at=now if count else None,
        opened_at=now,
    )
    session.add(notice)
    session.flush()
    _tell(session, notice, OPENED, now)
    return True


def close(session: Session, tenant_id: int, cause: str, now: datetime) -> bool:
    """Close the open notice of a cause; True when there was one."""
    notice = find_open(session, tenant_id, cause)
    if notice is not None:
        notice.closed_at = now
        session.flush()
        _tell(session, notice, CLOSED, now)
    return notice is not None


def count_open(session: Session, tenant_id: int) -> int:
    """How many notices a person should see to."""
    query = select(func.count()).select_from(Notice).where(Notice.tenant_id == tenant_id, Notice.closed_at.is_(None))
    return session.scalar(query) or 0


def all_open(session: Session) -> Sequence[Notice]:
    """What a person should know now, newest first."""
    query = select(Notice).where(Notice.closed_at.is_(None))
    return session.scalars(query.order_by(Notice.opened_at.desc(), Notice.id.desc())).all()


def find(session: Session, notice_id: int) -> Notice | None:
    """A notice of the session's tenant."""
    return session.scalars(select(Notice).where(Notice.id == notice_id)).one_or_none()


def closed_page(session: Session, *, after: int | None, limit: int) -> Sequence[Notice]:
    """Notices that are over, newest first."""
    query = select(Notice).where(Notice.closed_at.is_not(None))
    if after is not None:
        query = query.where(Notice.id < after)
    return session.scalars(query.order_by(Notice.id.desc()).limit(limit)).all()


def open_with_prefix(session: Session, prefix: str, connection_ids: Collection[int] | None = None) -> Sequence[Notice]:
    """Open notices whose cause begins so; of some connections, or of all."""
    query = select(Notice).where(Notice.cause.startswith(prefix, autoescape=True), Notice.closed_at.is_(None))
    if connection_ids is not None:
        query = query.where(Notice.connection_id.in_(connection_ids))
    return session.scalars(query.order_by(Notice.id)).all()


def is_tried_again(session: Session, connection_id: int, since: datetime) -> bool:
    """Whether a task that was there at `since` was taken up again afterwards and is not settled yet."""
    pending = select(Task.id).where(
        Task.connection_id == connection_id,
        or_(Task.state == TaskState.WAITING, Task.state == TaskState.SENDING),
        Task.created_at <= since,
        Task.updated_at >= since,
    )
    return session.scalars(pending.limit(1)).first() is not None


def _tell(session: Session, notice: Notice, event: str, now: datetime) -> None:
    data = _told(session, notice)
    outbox.tell_people(session, notice, event, data, now)
    if notice.cause != WEBHOOK_CAUSE:
        outbox.tell_host(session, notice.tenant_id, event, [data], now)


def _told(session: Session, notice: Notice) -> dict[str, Any]:
    connection = session.get(Connection, notice.connection_id) if notice.connection_id is not None else None
    return {
        "notice": notice.id,
        "provider": connection.provider if connection is not None else None,
        "text": notice.text,
        "action": notice.action,
        "count": notice.count,
        "opened_at": notice.opened_at.isoformat(),
        "closed_at": notice.closed_at.isoformat() if notice.closed_at is not None else None,
    }
