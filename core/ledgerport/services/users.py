"""People who may open the console. For operators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledgerport.db.models import Role, Tenant, User, UserSession
from ledgerport.services.context import Hub
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.tenants import find_tenant

HASHER = PasswordHasher()
SHORTEST_PASSWORD = 12
_EMAIL = re.compile(r"[^@\s]{1,100}@[^@\s]{1,99}")


@dataclass(frozen=True, kw_only=True)
class UserView:
    """A person as operators see them; `tenant` is a slug, empty for operators."""

    id: int
    email: str
    name: str
    role: str
    tenant: str
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None


def create_user(
    hub: Hub, *, email: str, name: str, role: str, tenant: str | None = None, password: str = ""
) -> UserView:
    """Add a person; without a password they sign in by a link first. Raises BadChoice, NotFound, Conflict."""
    if not _EMAIL.fullmatch(email):
        raise BadChoice("email", f'"{email[:100]}" is no e-mail address.', "Give one such as ann@example.com.")
    try:
        chosen = Role(role)
    except ValueError as error:
        raise BadChoice("role", f'There is no role "{role}".', f"Use one of {', '.join(Role)}.") from error
    if (chosen is Role.OPERATOR) != (tenant is None):
        raise BadChoice("tenant", "Operators belong to no tenant, everybody else to one.", "Give a tenant or leave it.")
    if password:
        check_password(password)
    tenant_id = find_tenant(hub, tenant).id if tenant is not None else None
    user = User(
        tenant_id=tenant_id,
        email=email,
        email_key=email.casefold(),
        name=name or email.partition("@")[0],
        role=chosen,
        password_hash=HASHER.hash(password) if password else "",
        created_at=hub.clock.now(),
    )
    try:
        with hub.database.everything() as session:
            session.add(user)
            session.flush()
            return _view(session, user)
    except IntegrityError as error:
        raise Conflict(f"{email} may open the console already.", "Change that person instead.") from error


def list_users(hub: Hub, *, tenant: str | None = None) -> list[UserView]:
    """Everybody, or the people of one tenant. Raises NotFound."""
    query = select(User).order_by(User.id)
    if tenant is not None:
        query = query.where(User.tenant_id == find_tenant(hub, tenant).id)
    with hub.database.everything(read=True) as session:
        return [_view(session, user) for user in session.scalars(query)]


def find_user(hub: Hub, user_id: int) -> UserView | None:
    """One person."""
    with hub.database.everything(read=True) as session:
        user = session.get(User, user_id)
        return _view(session, user) if user is not None else None


def set_password(hub: Hub, *, email: str, password: str) -> None:
    """Give somebody a new password; browsers that are signed in as them are signed out. Raises NotFound, BadChoice."""
    check_password(password)
    hashed = HASHER.hash(password)
    with hub.database.everything() as session:
        user = _find(session, email)
        user.password_hash, user.failures, user.locked_until = hashed, 0, None
        session.execute(delete(UserSession).where(UserSession.user_id == user.id))


def switch_user(hub: Hub, *, email: str, on: bool) -> None:
    """Let somebody in again, or keep them out, at once. Raises NotFound."""
    with hub.database.everything() as session:
        user = _find(session, email)
        user.disabled_at = None if on else user.disabled_at or hub.clock.now()
        if not on:
            session.execute(delete(UserSession).where(UserSession.user_id == user.id))


def check_password(password: str) -> None:
    """Raises BadChoice for one that is too easy."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadChoice("password", "This password is too short.", f"Use at least {SHORTEST_PASSWORD} characters.")
    if len(password) > 1000:
        raise BadChoice("password", "This password is too long.", "Use at most 1,000 characters.")


def _find(session: Session, email: str) -> User:
    user = session.scalars(select(User).where(User.email_key == email.casefold())).one_or_none()
    if user is None:
        raise NotFound(f"{email} may not open the console.")
    return user


def _view(session: Session, user: User) -> UserView:
    tenant = session.get(Tenant, user.tenant_id) if user.tenant_id is not None else None
    return UserView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=str(user.role),
        tenant=tenant.slug if tenant is not None else "",
        has_password=bool(user.password_hash),
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )
