"""What people decide about records that are stuck."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STUCK = sa.text("state IN ('blocked', 'failed')")


def upgrade() -> None:
    op.create_table(
        "sync_marks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("connection_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_sync_marks_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_sync_marks_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_marks")),
        sa.UniqueConstraint(
            "connection_id",
            "kind",
            "record_id",
            "what",
            name=op.f("uq_sync_marks_connection_id_kind_record_id_what"),
        ),
    )
    op.create_index(op.f("ix_sync_marks_tenant_id"), "sync_marks", ["tenant_id"], unique=False)
    op.create_index(
        "ix_tasks_stuck",
        "tasks",
        ["connection_id", "reason_code", "id"],
        unique=False,
        sqlite_where=_STUCK,
        postgresql_where=_STUCK,
    )
