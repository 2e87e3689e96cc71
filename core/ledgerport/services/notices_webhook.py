"""Where a tenant's host app is told of notices and runs: set, shown, tried out, removed."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import SecretStr

from ledgerport.db.models import Channel, Tenant, Webhook
from ledgerport.db.repositories import notices, outbox
from ledgerport.services.context import Hub
from ledgerport.services.deliver_email import NotDelivered
from ledgerport.services.deliver_webhook import Event, send_event
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.webhook_secret import make_secret, open_secret, seal_secret
from ledgerport.vault import VaultError

EVENTS = ("notice.opened", "notice.closed", "run.finished")
SHORTEST_SECRET = 16
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class WebhookView:
    """Where the host app is told. `secret` is shown once, when it was made here."""

    url: str
    events: list[str]
    changed_at: datetime
    changed_by: str
    secret: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What became of a test event."""

    delivered: bool
    words: str


def set_webhook(hub: Hub, *, tenant_id: int, url: str, secret: str = "", by: str = "") -> WebhookView:
    """Send events there from now on. Without a secret the one there is stays, else one is made. Raises BadChoice."""
    url = _checked(hub, url.strip())
    if secret and not SHORTEST_SECRET <= len(secret) <= _LONGEST:
        raise BadChoice(
            "secret",
            "This secret cannot be used.",
            f"Use {SHORTEST_SECRET} to {_LONGEST} characters, or leave it empty and we make one.",
        )
    made: SecretStr | None = None
    with hub.database.tenant(tenant_id) as session:
        # One row a tenant: whoever changes it waits here for whoever was first.
        session.get_one(Tenant, tenant_id, with_for_update=True)
        row = outbox.webhook_of(session, tenant_id, lock=True)
        if row is None:
            row = Webhook(tenant_id=tenant_id, url=url, changed_at=hub.clock.now(), changed_by="")
            session.add(row)
            session.flush()
        row.url, row.changed_at, row.changed_by = url, hub.clock.now(), by[:200]
        if secret:
            seal_secret(hub, row, SecretStr(secret))
        elif row.secret_cipher is None:
            made = make_secret()
            seal_secret(hub, row, made)
        return _view(row, made)


def new_secret(hub: Hub, *, tenant_id: int, by: str = "") -> WebhookView:
    """Sign with a new secret from now on; shown once. Raises NotFound."""
    with hub.database.tenant(tenant_id) as session:
        row = _row(outbox.webhook_of(session, tenant_id, lock=True))
        made = make_secret()
        seal_secret(hub, row, made)
        row.changed_at, row.changed_by = hub.clock.now(), by[:200]
        return _view(row, made)


def show_webhook(hub: Hub, *, tenant_id: int) -> WebhookView:
    """Where events go. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return _view(_row(outbox.webhook_of(session, tenant_id)))


def remove_webhook(hub: Hub, *, tenant_id: int) -> None:
    """Tell the host app nothing any more. Raises NotFound."""
    with hub.database.tenant(tenant_id) as session:
        session.delete(_row(outbox.webhook_of(session, tenant_id, lock=True)))
        now = hub.clock.now()
        outbox.drop_waiting(session, tenant_id, Channel.WEBHOOK, "The webhook was removed.", now)
        notices.close(session, tenant_id, notices.WEBHOOK_CAUSE, now)


def try_webhook(hub: Hub, *, tenant_id: int) -> Tried:
    """Send a test event now, once. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        row = _row(outbox.webhook_of(session, tenant_id))
        url = row.url
        try:
            secret = open_secret(hub, row)
        except VaultError as error:
            return Tried(delivered=False, words=str(error))
        slug = session.get_one(Tenant, tenant_id).slug
    event = Event(
        uid=f"evt_{secrets.token_hex(16)}",
        name="test",
        tenant=slug,
        created_at=hub.clock.now(),
        data={"text": "A test event. Nothing has happened."},
    )
    try:
        send_event(hub, url=url, secret=secret, event=event)
    except NotDelivered as error:
        return Tried(delivered=False, words=error.words)
    return Tried(delivered=True, words="Your app took the test event.")


def _checked(hub: Hub, url: str) -> str:
    """An address that events may be sent to. Raises BadChoice."""
    help_words = "Give one such as https://app.example.com/hooks/ledgerport."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadChoice("url", "This is no address.", help_words) from error
    if not host or len(url) > 1000 or any(character <= " " or character == "\x7f" for character in url):
        raise BadChoice("url", "This is no address.", help_words)
    if parts.username or parts.password or parts.fragment:
        raise BadChoice("url", "An address here has no user, password or #fragment.", help_words)
    # A hub that serves others must not be sent round the services of its own machine.
    local = _is_loopback(host) and _is_loopback(urlsplit(hub.public_url).hostname or "")
    if _is_loopback(host) and not local:
        raise BadChoice("url", "This address is on the hub's own machine.", help_words)
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise BadChoice("url", "Events are sent over https only.", help_words)
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _row(found: Webhook | None) -> Webhook:
    if found is None:
        raise NotFound("No webhook is set.")
    return found


def _view(row: Webhook, made: SecretStr | None = None) -> WebhookView:
    return WebhookView(
        url=row.url,
        events=list(EVENTS),
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        secret=made.get_secret_value() if made is not None else None,
    )
