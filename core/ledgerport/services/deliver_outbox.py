"""Delivering one row of the outbox: claim it, commit; hand it over outside any transaction; write what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from ledgerport.db.models import Channel, Notice, OutboxRow, OutState, Tenant, User
from ledgerport.db.repositories import notices, outbox
from ledgerport.services.context import Hub, MailServer
from ledgerport.services.deliver_email import Letter, NotDelivered, send_letter
from ledgerport.services.deliver_webhook import Event, send_event
from ledgerport.services.notice_words import gist
from ledgerport.services.webhook_secret import open_secret
from ledgerport.vault import VaultError

# Longer than a delivery may take.
_LEASE = timedelta(minutes=2)
# After each failure; the last one is repeated until the day is over.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 120, 240))
GIVE_UP_AFTER = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Handing:
    """What is to be done, read within the claim. `send` raises NotDelivered; `drop` says why nobody wants it."""

    send: Callable[[], None] = lambda: None
    drop: str = ""


def deliver(hub: Hub, row_id: int) -> str:
    """Deliver a row that waits; answers its state, empty when there was nothing to do."""
    with hub.database.everything() as session:
        row = outbox.claim(session, row_id, _LEASE)
        if row is None:
            return ""
        handing = _letter(session, hub, row) if row.channel == Channel.EMAIL else _event(session, hub, row)
    failed: NotDelivered | None = None
    if not handing.drop:
        try:
            handing.send()
        except NotDelivered as error:
            failed = error
            log.warning("outbox.not_delivered", row=row_id, channel=str(row.channel), reason=error.words)
    return _settle(hub, row_id, handing.drop, failed)


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many tries that failed."""
    return WAITS[min(max(tries, 1), len(WAITS)) - 1]


def _settle(hub: Hub, row_id: int, drop: str, failed: NotDelivered | None) -> str:
    now = hub.clock.now()
    with hub.database.everything() as session:
        row = session.get(OutboxRow, row_id, with_for_update=True)
        if row is None or row.state != OutState.WAITING:
            return ""
        row.lease_until = None
        row.tries += 0 if drop else 1
        again_at = now + wait_after(row.tries)
        if drop:
            row.state, row.finished_at, row.last_error = OutState.DROPPED, now, drop
        elif failed is None:
            row.state, row.finished_at, row.last_error = OutState.DELIVERED, now, ""
        elif failed.for_good or again_at > row.created_at + GIVE_UP_AFTER:
            row.state, row.finished_at, row.last_error = OutState.GIVEN_UP, now, failed.words
        else:
            row.due_at, row.last_error = again_at, failed.words
        if row.channel == Channel.WEBHOOK:
            _tell_of_webhook(session, row, now)
        return str(row.state)


def _tell_of_webhook(session: Session, row: OutboxRow, now: datetime) -> None:
    """A host app that takes nothing is a notice of its own, until it takes something."""
    if row.state == OutState.DELIVERED:
        notices.close(session, row.tenant_id, notices.WEBHOOK_CAUSE, now)
    elif row.state == OutState.GIVEN_UP and outbox.webhook_of(session, row.tenant_id, lock=True) is not None:
        notices.open_once(
            session,
            tenant_id=row.tenant_id,
            connection_id=None,
            cause=notices.WEBHOOK_CAUSE,
            text=f"Your app has not taken our events for a day. {row.last_error} Later events are still sent.",
            action="webhook",
            now=now,
        )


def _event(session: Session, hub: Hub, row: OutboxRow) -> _Handing:
    webhook = outbox.webhook_of(session, row.tenant_id)
    if webhook is None:
        return _Handing(drop="The webhook was removed.")
    tenant = session.get_one(Tenant, row.tenant_id)
    try:
        url, secret = webhook.url, open_secret(hub, webhook)
    except VaultError as error:
        return _Handing(send=_unable(str(error)))
    event = Event(uid=row.uid, name=row.event, tenant=tenant.slug, created_at=row.created_at, data=row.data)
    return _Handing(send=lambda: send_event(hub, url=url, secret=secret, event=event))


def _letter(session: Session, hub: Hub, row: OutboxRow) -> _Handing:
    server = hub.mail
    if server is None:
        return _Handing(drop="This hub sends no e-mail: no mail server is set.")
    user = session.get(User, row.user_id) if row.user_id is not None else None
    if user is None or user.disabled_at is not None or not user.notices_by_mail:
        return _Handing(drop="The person wants no e-mail any more.")
    notice = session.get(Notice, row.notice_id) if row.notice_id is not None else None
    if notice is None:
        return _Handing(drop="The notice is not there any more.")
    if row.event == notices.OPENED and notice.closed_at is not None:
        return _Handing(drop="It healed before the e-mail was sent.")
    if row.event == notices.CLOSED:
        first = outbox.letter_of(session, notice.id, user.id, notices.OPENED)
        if first is None or first.state != OutState.DELIVERED:
            return _Handing(drop="Nobody was told that it had opened.")
    letter = _written(hub, session.get_one(Tenant, row.tenant_id), notice, user, row)
    return _Handing(send=_sender(server, letter))


def _unable(words: str) -> Callable[[], None]:
    def send() -> None:
        raise NotDelivered(words)

    return send


def _sender(server: MailServer, letter: Letter) -> Callable[[], None]:
    return lambda: send_letter(server, letter)


def _written(hub: Hub, tenant: Tenant, notice: Notice, user: User, row: OutboxRow) -> Letter:
    solved = row.event == notices.CLOSED
    page = f"{hub.public_url}/t/{tenant.slug}/notices"
    told = "This is settled by now, there is nothing left to do:" if solved else "Something needs you:"
    text = (
        f"{tenant.name}\n\n{told}\n\n{notice.text}\n\n{page}\n\n--\n"
        f"You get this as an admin of {tenant.name}. To stop these e-mails: {hub.public_url}/me\n"
    )
    subject = f"{'Settled' if solved else 'Needs you'}: {gist(notice.text)[0].rstrip('.')} ({tenant.name})"
    return Letter(uid=row.uid, to=user.email, subject=subject, text=text, at=row.created_at)
