"""People who open the console: who they are, how they are signed in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.db.models.base import Base, Id, Moment, Short, UtcDateTime


class Role(StrEnum):
    """What somebody may do: an operator everything for every tenant; of one tenant an admin acts, a viewer looks."""

    OPERATOR = "operator"
    ADMIN = "admin"
    VIEWER = "viewer"


class User(Base):
    """A person. `tenant_id` is empty for operators. `password_hash` is empty where nobody set a password yet.

    `email_key` is the e-mail without case. `failures`: wrong passwords in a row; none is looked at before
    `locked_until`. `notices_by_mail`: whether an admin wants a letter for each notice.
    """

    __tablename__ = "users"

    id: Mapped[Id]
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True)
    email: Mapped[Short]
    email_key: Mapped[Short] = mapped_column(unique=True)
    name: Mapped[Short]
    role: Mapped[Role] = mapped_column(String(20))
    password_hash: Mapped[Short] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Moment]
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    notices_by_mail: Mapped[bool] = mapped_column(default=True)


class UserSession(Base):
    """A browser that is signed in. Only the SHA-256 of its secret is kept.

    `by_link`: by an address that works once, so that the person may not know their password.
    """

    __tablename__ = "user_sessions"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    digest: Mapped[Short] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    by_link: Mapped[bool] = mapped_column(default=False)


class SignInLink(Base):
    """An address that signs one person in, once."""

    __tablename__ = "sign_in_links"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    digest: Mapped[Short] = mapped_column(unique=True)
    expires_at: Mapped[Moment]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
