"""Notices as people see them: what is open, what is over, and what went out about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.db.models import Channel, Notice, User
from ledgerport.db.repositories import connections_read, notices, outbox
from ledgerport.services.context import Hub
from ledgerport.services.notices_stuck import reason_of
from ledgerport.services.paging import Paged, from_cursor, to_cursor
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import NotFound


@dataclass(frozen=True, kw_only=True)
class NoticeView:
    """Something a person should know; `action` names what helps.

    `provider` and `label` are empty where it is about none. `count` and `reason_code`: how many records are stuck, and
    why; 0 and empty where it is about none.
    """

    id: int
    provider: str
    label: str
    text: str
    action: str
    count: int
    reason_code: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """Something that went out, or should have. `to`: an e-mail address, or `Your app`; `due_at`: when it is tried
    (again), empty when it is over."""

    event: str
    channel: str
    to: str
    state: str
    tries: int
    created_at: datetime
    due_at: datetime | None
    last_error: str


def list_notices(hub: Hub, *, tenant_id: int) -> list[NoticeView]:
    """What is open for a person to see to, newest first."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return _views(session, hub, notices.all_open(session))


def list_past_notices(hub: Hub, *, tenant_id: int, cursor: str = "", limit: int = 50) -> Paged[NoticeView]:
    """What is over, newest first. Raises BadChoice."""
    after = from_cursor(cursor)
    with hub.database.tenant(tenant_id, read=True) as session:
        found = notices.closed_page(session, after=after, limit=limit + 1)
        rows = _views(session, hub, found[:limit])
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def show_notice(hub: Hub, *, tenant_id: int, notice_id: int) -> NoticeView:
    """One notice. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        found = notices.find(session, notice_id)
        if found is None:
            raise NotFound("There is no such notice.")
        return _views(session, hub, [found])[0]


def count_notices(hub: Hub, *, tenant_id: int) -> int:
    """How many are open."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return notices.count_open(session, tenant_id)


def list_deliveries(hub: Hub, *, tenant_id: int, limit: int = 20) -> list[DeliveryView]:
    """What went out last, newest first."""
    with hub.database.tenant(tenant_id, read=True) as session:
        rows = outbox.latest(session, tenant_id, limit)
        ids = {row.user_id for row in rows if row.user_id is not None}
        emails = {row.id: row.email for row in session.execute(select(User.id, User.email).where(User.id.in_(ids)))}
    return [
        DeliveryView(
            event=row.event,
            channel=str(row.channel),
            to=emails.get(row.user_id or 0, "") if row.channel == Channel.EMAIL else "Your app",
            state=str(row.state),
            tries=row.tries,
            created_at=row.created_at,
            due_at=row.due_at if row.finished_at is None else None,
            last_error=row.last_error,
        )
        for row in rows
    ]


def list_letter_readers(hub: Hub, *, tenant_id: int) -> list[str]:
    """The addresses that get a letter for each notice; none when this hub sends no letters."""
    if hub.mail is None:
        return []
    with hub.database.tenant(tenant_id, read=True) as session:
        return [user.email for user in outbox.readers_of(session, tenant_id)]


def _views(session: Session, hub: Hub, found: Sequence[Notice]) -> list[NoticeView]:
    ids = {notice.connection_id for notice in found if notice.connection_id is not None}
    providers = connections_read.providers(session, ids) if ids else {}
    views = []
    for notice in found:
        provider = providers.get(notice.connection_id or 0, "")
        views.append(
            NoticeView(
                id=notice.id,
                provider=provider,
                label=label_of(hub, provider) if provider else "",
                text=notice.text,
                action=notice.action,
                count=notice.count,
                reason_code=reason_of(notice.cause),
                opened_at=notice.opened_at,
                closed_at=notice.closed_at,
            )
        )
    return views
