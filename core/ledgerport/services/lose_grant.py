"""A grant, or one company of it, is gone for certain: its connections need a person, one notice is opened."""

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
        grant.lost_reason = _ask_for_a_person(session, connection, label, "", notice_cause(grant.id), now)
    return grant.lost_reason


def lose_company(session: Session, connection_id: int, *, label: str, why: str, now: datetime) -> None:
    """Mark one connection as lost within the caller's transaction; its grant, and others that live by it, stay.

    `why`: the plugin's sentence.
    """
    connection = connections.find(session, connection_id, lock=True)
    if connection is not None and connection.state == ConnectionState.ACTIVE:
        _ask_for_a_person(session, connection, label, why, company_cause(connection_id), now)


def notice_cause(grant_id: int) -> str:
    """The cause of the notice of a lost grant."""
    return f"grant:{grant_id}"


def company_cause(connection_id: int) -> str:
    """The cause of the notice of a company that a good grant does not reach any more."""
    return f"company:{connection_id}"


def _ask_for_a_person(session: Session, connection: Connection, label: str, why: str, cause: str, now: datetime) -> str:
    count = connections.open_task_count(session, connection.id)
    waiting = ": 1 change waits" if count == 1 else f": {count:,} changes wait" if count else ""
    connection.state, connection.state_since = ConnectionState.NEEDS_RECONNECTION, now
    connection.reason = " ".join(
        part
        for part in (
            f'Reconnect required. {label} no longer accepts our connection to "{connection.company_name}"'
            f" (since {now:%H:%M} UTC).",
            why,
            f"Nothing is lost{waiting}.",
        )
        if part
    )
    notices.open_once(
        session,
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        cause=cause,
        text=connection.reason,
        action="reconnect",
        now=now,
    )
    return connection.reason
