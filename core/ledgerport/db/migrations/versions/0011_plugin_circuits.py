"""Plugins that rest after failing again and again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "plugin_circuits",
        sa.Column("id", _ID, nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("whose", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("failures", _ID, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_circuits")),
        sa.UniqueConstraint("provider", "whose", "owner", name=op.f("uq_plugin_circuits_provider_whose_owner")),
    )
