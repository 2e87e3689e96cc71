"""Refreshing ahead of need: before access tokens end, before idle grants die, and a warning before the hard end."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

from ledgerport.contract import LoginNeeded, TryLater
from ledgerport.db.models import ConnectionState, Grant
from ledgerport.db.repositories import connections, grants, notices
from ledgerport.db.repositories import due_grants as due
from ledgerport.host import UnknownProvider
from ledgerport.services.context import Hub
from ledgerport.services.refresh_token import renew_token

# Access tokens of active connections are renewed when less than this is left (of shorter lives, a third), each a
# little earlier or later.
AHEAD = timedelta(minutes=10)
# Refresh tokens that nobody uses are renewed when less than this is left (of shorter lives, a third).
IDLE = timedelta(days=30)
# How long before the end that no refresh can move a person is told.
WARN = timedelta(days=30)
# A grant is handed out at most this often, whatever becomes of the message.
AGAIN = timedelta(minutes=1)


def due_grants(hub: Hub) -> list[tuple[int, int]]:
    """(tenant, grant) pairs that need upkeep now, for the job `tokens.refresh`. Each is handed out at most once a
    minute."""
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        rows = due.candidates(session, now, ahead=AHEAD, idle=IDLE, warn=WARN)
        active = due.in_work(session, [row.id for row in rows]) if rows else frozenset()
    wanted = [row for row in rows if _refresh_is_due(row, now, row.id in active) or _needs_care(row, now)]
    if not wanted:
        return []
    with hub.database.everything() as session:
        return [(row.tenant_id, row.id) for row in wanted if due.hand_out(session, row.id, now, AGAIN)]


def refresh_due(hub: Hub, grant_id: int) -> str:
    """Do what a grant needs: forget what is kept too long, warn of its end, renew its tokens.

    Answers why the tokens could not be renewed, else nothing. A lost grant shows at its connection; anything else is
    tried again in a minute.
    """
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        row = session.get(Grant, grant_id)
        active = due.in_work(session, [grant_id])
    if row is None or row.lost_reason:
        return ""
    _care(hub, row, now)
    if not _refresh_is_due(row, now, row.id in active):
        return ""
    try:
        renew_token(hub, tenant_id=row.tenant_id, grant_id=row.id, generation=row.generation)
    except (LoginNeeded, TryLater) as error:
        return error.reason
    return ""


def end_cause(grant_id: int) -> str:
    """The cause of the notice that a grant will end."""
    return f"grant-ends:{grant_id}"


def _refresh_is_due(row: Grant, now: datetime, active: bool) -> bool:
    """`active`: somebody works with it, so the access token matters; otherwise only the refresh token must not die."""
    began = row.refreshed_at or row.created_at
    if row.refresh_cipher is None or row.access_expires_at is None:
        return False
    if active and _near(row.access_expires_at, began, now, AHEAD, row):
        return True
    return _near(row.refresh_expires_at, began, now, IDLE, row)


def _near(ends: datetime | None, began: datetime, now: datetime, ahead: timedelta, row: Grant) -> bool:
    """Whether less than `ahead` (at most a third of the life) is left, moved by up to a third of it so that grants do
    not come all at once."""
    if ends is None:
        return False
    span = min(ahead, (ends - began) / 3)
    jitter = zlib.crc32(f"{row.id}:{row.generation}".encode()) / 2**32
    return now >= ends - span * (1 - jitter / 3)


def _needs_care(row: Grant, now: datetime) -> bool:
    previous_is_old = row.previous_until is not None and row.previous_until <= now
    return previous_is_old or (row.hard_expires_at is not None and row.hard_expires_at - WARN <= now)


def _care(hub: Hub, row: Grant, now: datetime) -> None:
    if not _needs_care(row, now):
        return
    with hub.database.tenant(row.tenant_id) as session:
        held = grants.find(session, row.id, lock=True)
        if held is None:
            return
        grants.forget_previous(held, now)
        if held.hard_expires_at is None or held.hard_expires_at - WARN > now:
            return
        for connection in connections.of_grant(session, held.id):
            if connection.state == ConnectionState.NEEDS_RECONNECTION:
                continue
            notices.open_once(
                session,
                tenant_id=held.tenant_id,
                connection_id=connection.id,
                cause=end_cause(held.id),
                text=(
                    f'{_label(hub, held.provider)} ends our access to "{connection.company_name}" on '
                    f"{held.hard_expires_at:%d %b %Y}, whatever we do. Reconnect before then and nothing stops."
                ),
                action="reconnect",
                now=now,
            )


def _label(hub: Hub, provider: str) -> str:
    try:
        return hub.host.for_provider(provider).terms.label
    except UnknownProvider:
        return provider
