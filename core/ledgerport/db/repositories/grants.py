"""Grants: finding them, and the lease that lets one process at a time trade a refresh token."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.db.models import Grant
from ledgerport.db.session import database_now


def find(session: Session, grant_id: int, *, lock: bool = False) -> Grant | None:
    """A grant; `lock` holds its row until the transaction ends (on SQLite every writing transaction holds the whole
    file)."""
    query = select(Grant).where(Grant.id == grant_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def is_leased(session: Session, grant: Grant) -> bool:
    """Whether somebody is trading the refresh token now, by database time."""
    return grant.lease_until is not None and grant.lease_until > database_now(session)


def take_lease(session: Session, grant: Grant, *, owner: str, span: timedelta) -> int:
    """Make `owner` the one who may trade, for `span` of database time; answers the fence that its write must show.

    The row must be locked and its lease free.
    """
    grant.fence += 1
    grant.lease_owner = owner
    grant.lease_until = database_now(session) + span
    return grant.fence


def extend_lease(session: Session, grant: Grant, *, fence: int, span: timedelta) -> bool:
    """Begin `span` anew for the holder of `fence`; False when somebody else has the lease."""
    if grant.fence != fence or grant.lease_until is None:
        return False
    grant.lease_until = database_now(session) + span
    return True


def end_lease(grant: Grant) -> None:
    """Give the lease back: empty, where one that ran out keeps its moment, so that waiters can tell the two apart."""
    grant.lease_owner = ""
    grant.lease_until = None


def forget_tokens(grant: Grant) -> None:
    """Clear every token of a grant."""
    grant.access_cipher = None
    grant.refresh_cipher = None
    grant.previous_cipher = None
    grant.previous_generation = None
    grant.previous_until = None


def forget_previous(grant: Grant, now: datetime) -> None:
    """Clear the previous refresh token when its time is over."""
    if grant.previous_until is not None and grant.previous_until <= now:
        grant.previous_cipher = None
        grant.previous_generation = None
        grant.previous_until = None
