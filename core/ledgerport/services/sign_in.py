"""Signing in to the console: by password, by a link that works once; and who a browser belongs to.

A browser keeps a random secret in a cookie, we keep its SHA-256. A session ends after twelve hours without a visit,
and after two weeks in any case.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ledgerport.db.models import Role, SignInLink, Tenant, User, UserSession
from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.users import HASHER

IDLE = timedelta(hours=12)
LIFE = timedelta(days=14)
LINK_LIFE = timedelta(hours=1)
# Wrong passwords in a row before a pause, and how long it is.
_FAILURES = 5
_PAUSE = timedelta(minutes=1)
_SEEN_EVERY = timedelta(minutes=1)
# Hashed once, so that an unknown e-mail takes as long as a wrong password.
_NOBODY = HASHER.hash(secrets.token_urlsafe(16))


class NotSignedIn(Exception):
    """This browser belongs to nobody, or no longer."""


class SignInRefused(Conflict):
    """E-mail or password are wrong, or too many were tried. Never says which."""


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who looks at a page. `tenant` is a slug, empty for operators."""

    user_id: int
    name: str
    email: str
    role: Role
    tenant_id: int | None
    tenant: str
    session: str

    @property
    def is_operator(self) -> bool:
        return self.role is Role.OPERATOR

    @property
    def may_act(self) -> bool:
        return self.role is not Role.VIEWER


def sign_in(hub: Hub, *, email: str, password: str) -> str:
    """The secret of a new session. Raises SignInRefused."""
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        user = session.scalars(select(User).where(User.email_key == email.casefold())).one_or_none()
    if user is not None and user.locked_until is not None and now < user.locked_until:
        raise SignInRefused("Too many wrong passwords.", "Wait a minute, then try again.")
    # Outside any transaction: a password's hash takes its time on purpose.
    good = _matches(user.password_hash if user is not None and user.password_hash else _NOBODY, password)
    if user is None or not good or user.disabled_at is not None:
        _count_failure(hub, user, now)
        raise SignInRefused("This e-mail and password do not belong together.", "Try again, or ask your operator.")
    with hub.database.everything() as session:
        row = session.get_one(User, user.id)
        row.failures, row.locked_until = 0, None
        return _open(session, row, now)


def make_link(hub: Hub, *, email: str) -> str:
    """An address that signs this person in, once, within an hour. Raises NotFound."""
    now = hub.clock.now()
    secret = secrets.token_urlsafe(32)
    with hub.database.everything() as session:
        user = session.scalars(select(User).where(User.email_key == email.casefold())).one_or_none()
        if user is None:
            raise NotFound(f"{email} may not open the console.")
        session.execute(delete(SignInLink).where(SignInLink.user_id == user.id, SignInLink.expires_at <= now))
        session.add(SignInLink(user_id=user.id, digest=_digest(secret), expires_at=now + LINK_LIFE))
    return f"{hub.public_url.rstrip('/')}/sign-in/{secret}"


def use_link(hub: Hub, secret: str) -> str:
    """The secret of a new session. Raises SignInRefused for a link that is used, old or not ours."""
    now = hub.clock.now()
    with hub.database.everything() as session:
        link = session.scalars(
            select(SignInLink).where(SignInLink.digest == _digest(secret)).with_for_update()
        ).one_or_none()
        user = session.get(User, link.user_id) if link is not None else None
        good = link is not None and link.used_at is None and now < link.expires_at
        if not good or link is None or user is None or user.disabled_at is not None:
            raise SignInRefused("This link was used already, or is too old.", "Sign in with your password.")
        link.used_at = now
        return _open(session, user, now, by_link=True)


def read_session(hub: Hub, secret: str) -> Visitor:
    """Who this browser belongs to. Raises NotSignedIn."""
    now = hub.clock.now()
    digest = _digest(secret)
    with hub.database.everything(read=True) as session:
        row = session.scalars(select(UserSession).where(UserSession.digest == digest)).one_or_none()
        user = session.get(User, row.user_id) if row is not None else None
        if (
            row is None
            or user is None
            or user.disabled_at is not None
            or now >= min(row.expires_at, row.seen_at + IDLE)
        ):
            raise NotSignedIn
        tenant = session.get(Tenant, user.tenant_id) if user.tenant_id is not None else None
        visitor = Visitor(
            user_id=user.id,
            name=user.name,
            email=user.email,
            role=Role(user.role),
            tenant_id=user.tenant_id,
            tenant=tenant.slug if tenant is not None else "",
            session=digest,
        )
        stale = now - row.seen_at >= _SEEN_EVERY
    if stale:
        with hub.database.everything() as session:
            again = session.scalars(select(UserSession).where(UserSession.digest == digest)).one_or_none()
            if again is not None:
                again.seen_at = now
    return visitor


def sign_out(hub: Hub, secret: str) -> None:
    """End a session; one that is not there has ended."""
    with hub.database.everything() as session:
        session.execute(delete(UserSession).where(UserSession.digest == _digest(secret)))


def csrf_token(hub: Hub, visitor: Visitor) -> str:
    """What a form of this session carries, and no other site can know."""
    key = hub.session_secret.get_secret_value().encode()
    return hmac.new(key, f"csrf:{visitor.session}".encode(), hashlib.sha256).hexdigest()


def _open(session: Session, user: User, now: datetime, *, by_link: bool = False) -> str:
    secret = secrets.token_urlsafe(32)
    session.execute(delete(UserSession).where(UserSession.user_id == user.id, UserSession.expires_at <= now))
    session.add(
        UserSession(
            user_id=user.id,
            digest=_digest(secret),
            created_at=now,
            seen_at=now,
            expires_at=now + LIFE,
            by_link=by_link,
        )
    )
    return secret


def _matches(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _count_failure(hub: Hub, user: User | None, now: datetime) -> None:
    if user is None:
        return
    with hub.database.everything() as session:
        row = session.get_one(User, user.id)
        row.failures += 1
        if row.failures % _FAILURES == 0:
            row.locked_until = now + _PAUSE


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
