"""The memory of past prices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("state IN ('waiting', 'removing')")


def upgrade() -> None:
    op.create_table(
        "memory_entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("text_version", _ID, nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("dimension", _ID, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("attempts", _ID, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("wanted_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("stored_at", _MOMENT, nullable=True),
        *_tenant("memory_entries"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_entries")),
        sa.UniqueConstraint("tenant_id", "kind", "record_id", name=op.f("uq_memory_entries_tenant_id_kind_record_id")),
    )
    op.create_index(
        "ix_memory_entries_open",
        "memory_entries",
        ["tenant_id", "due_at", "id"],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        op.f("ix_memory_entries_tenant_id_text_hash"), "memory_entries", ["tenant_id", "text_hash"], unique=False
    )
    op.create_table(
        "memory_lines",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", _ID, autoincrement=False, nullable=False),
        sa.Column("position", _ID, autoincrement=False, nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        *_tenant("memory_lines"),
        sa.PrimaryKeyConstraint("kind", "record_id", "position", name=op.f("pk_memory_lines")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_memory_lines_tenant_id_text_hash"), "memory_lines", ["tenant_id", "text_hash"], unique=False
    )
    op.create_table(
        "memory_vectors",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("dimension", _ID, nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("tokens", _ID, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("in_index", sa.Boolean(), nullable=False),
        *_tenant("memory_vectors"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_vectors")),
        sa.UniqueConstraint("tenant_id", "model", "dimension", "text_hash", name="uq_memory_vectors_text"),
    )
    op.create_table(
        "memory_spend",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", _ID, nullable=False),
        sa.Column("tokens", _ID, nullable=False),
        *_tenant("memory_spend"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_spend")),
        sa.UniqueConstraint("tenant_id", "model", "day", name=op.f("uq_memory_spend_tenant_id_model_day")),
    )
    op.create_table(
        "memory_work",
        sa.Column("fence", _ID, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("held_until", _MOMENT, nullable=True),
        sa.Column("attempts", _ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("backfill_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        *(sa.Column(name, _ID, nullable=False) for name in ("documents", "texts", "tokens", "paid_tokens")),
        *_tenant("memory_work"),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_memory_work")),
    )


def _tenant(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("tenant_id", _ID, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"),
    )
