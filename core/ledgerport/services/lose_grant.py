"""A grant is gone for certain: its connections need a person, its tokens go, one notice is opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, Grant
from ledgerport.db.repositories import connections, grants, notices


def lose_grant(session: Session, grant: Grant, *, label: str, now: datetime) -> str:
    """Mark a grant as lost within the caller's transaction, which holds its row; answers the reason in the user's
    words."""
    grants.forget_tokens(grant)
    grants.end_lease(grant)
    grant.lost_reason = f"Reconnect required. {label} no longer accepts our connection (since {now:%H:%M} UTC)."
    for connection in connections.of_grant(session, grant.id):
        connection.state = ConnectionState.NEEDS_RECONNECTION
        connection.state_since = now
        connection.reason = _sentence(session, connection, label, now)
        grant.lost_reason = connection.reason
        notices.open_once(
            session,
            tenant_id=grant.tenant_id,
            connection_id=connection.id,
            cause=notice_cause(grant.id),
            text=connection.reason,
            action="reconnect",
            now=now,
        )
    return grant.lost_reason


def notice_cause(grant_id: int) -> str:
    """The cause of the notice of a lost grant."""
    return f"grant:{grant_id}"


def _sentence(session: Session, connection: Connection, label: str, now: datetime) -> str:
    count = connections.open_task_count(session, connection.id)
    waiting = "1 change waits" if count == 1 else f"{count} changes wait"
    return (
        f'Reconnect required. {label} no longer accepts our connection to "{connection.company_name}" '
        f"(since {now:%H:%M} UTC). Nothing is lost: {waiting}."
    )
