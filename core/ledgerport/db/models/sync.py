"""What still has to happen, what was sent, what became of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.contract import Kind
from ledgerport.db.models.base import Amount, Base, Id, Long, Moment, Short, TenantOwned, UtcDateTime

_OPEN = text("state IN ('waiting', 'blocked', 'failed')")
_WAITING = text("state = 'waiting'")
_SENDING = text("state = 'sending'")
_PENDING = text("state IN ('waiting', 'sending')")
_GONE = text("gone")
_STUCK = text("state IN ('blocked', 'failed')")


class Op(StrEnum):
    """What is to be done: bring the record over, void it there, or delete it there."""

    PUSH = "push"
    VOID = "void"
    DELETE = "delete"


class TaskState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    BLOCKED = "blocked"
    FAILED = "failed"
    DONE = "done"


class Priority(IntEnum):
    """A person's click goes ahead of automatic work, automatic work ahead of a backfill."""

    BACKFILL = 10
    AUTOMATIC = 50
    CLICK = 100


class Link(TenantOwned, Base):
    """Record and remote object, one to one in both directions.

    For payments the record is the allocation.
    """

    __tablename__ = "links"
    __table_args__ = (
        UniqueConstraint("connection_id", "kind", "record_id"),
        UniqueConstraint("connection_id", "kind", "remote_id"),
        Index("ix_links_gone", "connection_id", "kind", "record_id", sqlite_where=_GONE, postgresql_where=_GONE),
    )

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(String(20))
    record_id: Mapped[int]
    remote_id: Mapped[Short]
    remote_version: Mapped[Short] = mapped_column(default="")
    fingerprint: Mapped[Short] = mapped_column(default="")
    origin: Mapped[Short]
    remote_total: Mapped[Decimal | None] = mapped_column(Amount())
    variance: Mapped[Decimal | None] = mapped_column(Amount())
    gone: Mapped[bool] = mapped_column(default=False)
    synced_at: Mapped[Moment]


class NameClaim(TenantOwned, Base):
    """The name a record has, or is about to have, at the provider: taken before it is sent, so that two never
    collide. `kind` is a record's kind, or `item_code` for the short code beside an item's name."""

    __tablename__ = "name_claims"
    __table_args__ = (
        UniqueConstraint("connection_id", "kind", "name_key"),
        UniqueConstraint("connection_id", "kind", "record_id"),
    )

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[int]
    name: Mapped[Long]
    name_key: Mapped[Long]
    source: Mapped[Long] = mapped_column(default="")


class Task(TenantOwned, Base):
    """Something that still has to happen.

    Unique while open, so ten edits in a minute are one push.     `rank` orders kinds by dependency. `blocked_on`
    names the record (`item:17`) or cause (`grant`) whose change releases a blocked task.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index(
            "uq_tasks_open",
            "connection_id",
            "kind",
            "record_id",
            "op",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_tasks_claim",
            "connection_id",
            text("priority DESC"),
            "rank",
            "kind",
            "op",
            "id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index(
            "ix_tasks_blocked_on",
            "connection_id",
            "blocked_on",
            sqlite_where=text("state = 'blocked'"),
            postgresql_where=text("state = 'blocked'"),
        ),
        Index(
            "ix_tasks_stuck",
            "connection_id",
            "reason_code",
            "id",
            sqlite_where=_STUCK,
            postgresql_where=_STUCK,
        ),
        Index("ix_tasks_record", "connection_id", "kind", "record_id"),
        Index("ix_tasks_run", "run_id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("ix_tasks_send", "send_id", sqlite_where=_SENDING, postgresql_where=_SENDING),
    )

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(String(20))
    record_id: Mapped[int]
    op: Mapped[Op] = mapped_column(String(20))
    state: Mapped[TaskState] = mapped_column(String(20))
    rank: Mapped[int]
    priority: Mapped[int]
    force: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[Moment]
    tries: Mapped[int] = mapped_column(default=0)
    send_id: Mapped[int | None]
    run_id: Mapped[int | None]
    blocked_on: Mapped[Short] = mapped_column(default="")
    reason_code: Mapped[Short] = mapped_column(default="")
    reason: Mapped[Long] = mapped_column(default="")
    reason_data: Mapped[dict[str, Any]] = mapped_column(JSON(), default=dict)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class SendState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Send(TenantOwned, Base):
    """One write request: what a retry of an unknown outcome repeats exactly, whatever was edited since.

    `tasks` are task ids in order; `frozen` the pushes as JSON, in the same order.
    """

    __tablename__ = "sends"
    __table_args__ = (Index("ix_sends_open", "connection_id", "state"),)

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(String(20))
    op: Mapped[Op] = mapped_column(String(20))
    operation_id: Mapped[Short] = mapped_column(unique=True)
    generation: Mapped[int] = mapped_column(default=1)
    tasks: Mapped[list[int]] = mapped_column(JSON())
    frozen: Mapped[Long]
    state: Mapped[SendState] = mapped_column(String(20))
    outcome: Mapped[Short] = mapped_column(default="")
    sent_at: Mapped[Moment]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    trace_id: Mapped[Short] = mapped_column(default="")


class Run(TenantOwned, Base):
    """One sync of a connection as a person sees it in Sync History.

    `trigger`: click, automatic, backfill.
    """

    __tablename__ = "runs"
    __table_args__ = (Index(None, "connection_id", "started_at"), Index("ix_runs_state", "connection_id", "state"))

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    trigger: Mapped[Short]
    requested_by: Mapped[Short] = mapped_column(default="")
    state: Mapped[Short]
    total: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[Moment]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class Attempt(TenantOwned, Base):
    """One try to bring one record over: verdict, the provider's words, its trace id."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_record", "connection_id", "kind", "record_id"), Index(None, "run_id"))

    id: Mapped[Id]
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    run_id: Mapped[int | None]
    send_id: Mapped[int | None]
    kind: Mapped[Kind] = mapped_column(String(20))
    record_id: Mapped[int]
    op: Mapped[Op] = mapped_column(String(20))
    verdict: Mapped[Short]
    reason: Mapped[Long] = mapped_column(default="")
    detail: Mapped[Long] = mapped_column(default="")
    trace_id: Mapped[Short] = mapped_column(default="")
    at: Mapped[Moment]


class Notice(TenantOwned, Base):
    """Something a person should know; open once per cause, closed by itself when it heals.

    `count`: how many records it is about, looked at last at `counted_at`; 0 where it is about none.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index(
            "uq_notices_open",
            "tenant_id",
            "cause",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    cause: Mapped[Short]
    text: Mapped[Long]
    action: Mapped[Short] = mapped_column(default="")
    count: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    opened_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
