"""Imports of customers and items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("state <> 'done'")
_DUE = sa.text("state IN ('reading', 'importing')")


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", _ID, nullable=False),
        sa.Column("connection_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        *(sa.Column(name, _ID, nullable=False) for name in ("pages", "listed", "known", "created", "linked")),
        *(sa.Column(name, _ID, nullable=False) for name in ("failed", "tries")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("fence", _ID, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_imports_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_imports_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(
        "uq_imports_open",
        "imports",
        ["connection_id", "kind"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_imports_due_at", "imports", ["due_at"], unique=False, sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_index(op.f("ix_imports_tenant_id"), "imports", ["tenant_id"], unique=False)
    op.create_table(
        "import_rows",
        sa.Column("id", _ID, nullable=False),
        sa.Column("import_id", _ID, nullable=False),
        sa.Column("remote_id", sa.String(length=200), nullable=False),
        sa.Column("remote_version", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("type", sa.String(length=200), nullable=False),
        sa.Column("type_reason", sa.Text(), nullable=False),
        sa.Column("choice", sa.String(length=20), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("matches", sa.JSON(), nullable=False),
        sa.Column("match_id", _ID, nullable=True),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("record_id", _ID, nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_import_rows_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("import_id", "remote_id", name=op.f("uq_import_rows_import_id_remote_id")),
    )
    op.create_index(
        op.f("ix_import_rows_import_id_state_choice"), "import_rows", ["import_id", "state", "choice"], unique=False
    )
    op.create_index(op.f("ix_import_rows_import_id_id"), "import_rows", ["import_id", "id"], unique=False)
    op.create_table(
        "customer_counts",
        sa.Column("connection_id", _ID, autoincrement=False, nullable=False),
        sa.Column("there", _ID, nullable=False),
        sa.Column("missing", _ID, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("read_at", _MOMENT, nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_customer_counts_connection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_customer_counts_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_customer_counts")),
    )
