"""The outbox: events are written in the transaction in which they happen, and delivered afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from ledgerport.db.models import Channel, Notice, OutboxRow, OutState, Role, User, Webhook
from ledgerport.db.session import database_now

# More than this are handed out in the next look.
_AT_ONCE = 200
_FINISHED = (OutState.DELIVERED, OutState.DROPPED, OutState.GIVEN_UP)


def tell_host(session: Session, tenant_id: int, event: str, told: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Events for the tenant's host app, when it wants to be told."""
    events = list(told)
    if not events or webhook_of(session, tenant_id) is None:
        return
    rows = [_row(tenant_id, Channel.WEBHOOK, event, data, now) for data in events]
    session.execute(insert(OutboxRow), rows)


def tell_people(session: Session, notice: Notice, event: str, data: Mapping[str, Any], now: datetime) -> None:
    """A letter to each admin of the tenant who wants letters."""
    admins = session.scalars(select(User.id).where(*_wants_letters(notice.tenant_id)).order_by(User.id)).all()
    rows = [
        _row(notice.tenant_id, Channel.EMAIL, event, data, now, user_id=user_id, notice_id=notice.id)
        for user_id in admins
    ]
    if rows:
        session.execute(insert(OutboxRow), rows)


def readers_of(session: Session, tenant_id: int) -> Sequence[User]:
    """Who gets letters about a tenant's notices."""
    return session.scalars(select(User).where(*_wants_letters(tenant_id)).order_by(User.id)).all()


def webhook_of(session: Session, tenant_id: int, *, lock: bool = False) -> Webhook | None:
    """Where the tenant's host app wants to be told."""
    query = select(Webhook).where(Webhook.tenant_id == tenant_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def due(session: Session, now: datetime) -> Sequence[int]:
    """What may be delivered now, longest waiting first."""
    query = select(OutboxRow.id).where(OutboxRow.state == OutState.WAITING, OutboxRow.due_at <= now)
    return session.scalars(query.order_by(OutboxRow.due_at, OutboxRow.id).limit(_AT_ONCE)).all()


def hand_out(session: Session, row_ids: Sequence[int], until: datetime) -> None:
    """Do not name these again before `until`, whatever becomes of their messages."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.id.in_(row_ids), OutboxRow.state == OutState.WAITING)
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )


def claim(session: Session, row_id: int, span: timedelta) -> OutboxRow | None:
    """Take a row to deliver it, by database time; None when it is over, or somebody else is at it."""
    now = database_now(session)
    taken = session.execute(
        update(OutboxRow)
        .where(
            OutboxRow.id == row_id,
            OutboxRow.state == OutState.WAITING,
            or_(OutboxRow.lease_until.is_(None), OutboxRow.lease_until < now),
        )
        .values(lease_until=now + span)
        .execution_options(synchronize_session=False)
    )
    return session.get(OutboxRow, row_id) if taken.rowcount else None  # type: ignore[attr-defined]


def letter_of(session: Session, notice_id: int, user_id: int, event: str) -> OutboxRow | None:
    """The letter about a notice to a person."""
    return session.scalars(
        select(OutboxRow).where(
            OutboxRow.notice_id == notice_id, OutboxRow.user_id == user_id, OutboxRow.event == event
        )
    ).first()


def latest(session: Session, tenant_id: int, limit: int) -> Sequence[OutboxRow]:
    """What went out last, or should have, newest first."""
    query = select(OutboxRow).where(OutboxRow.tenant_id == tenant_id).order_by(OutboxRow.id.desc()).limit(limit)
    return session.scalars(query).all()


def forget_finished(session: Session, before: datetime) -> None:
    """Drop rows that were over before a moment."""
    session.execute(
        delete(OutboxRow)
        .where(OutboxRow.state.in_(_FINISHED), OutboxRow.finished_at < before)
        .execution_options(synchronize_session=False)
    )


def drop_waiting(session: Session, tenant_id: int, channel: Channel, why: str, now: datetime) -> None:
    """Nobody wants these any more."""
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.tenant_id == tenant_id, OutboxRow.channel == channel, OutboxRow.state == OutState.WAITING)
        .values(state=OutState.DROPPED, finished_at=now, last_error=why)
        .execution_options(synchronize_session=False)
    )


def _wants_letters(tenant_id: int) -> tuple[Any, ...]:
    return (
        User.tenant_id == tenant_id,
        User.role == Role.ADMIN,
        User.disabled_at.is_(None),
        User.notices_by_mail.is_(True),
    )


def _row(
    tenant_id: int, channel: Channel, event: str, data: Mapping[str, Any], now: datetime, **more: Any
) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "uid": f"evt_{secrets.token_hex(16)}",
        "channel": channel.value,
        "event": event,
        "data": dict(data),
        "state": OutState.WAITING.value,
        "due_at": now,
        "created_at": now,
        "tries": 0,
        "last_error": "",
        **more,
    }
