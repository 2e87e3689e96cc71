"""Lists in the order in which people read them, also when they are long: documents by date, names by the alphabet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BY_DATE = (("invoices", "issued_on"), ("estimates", "issued_on"), ("payments", "paid_on"))
_BY_NAME = sa.text("lower(substr(name, 1, 100))")
_GONE = sa.text("gone")


def upgrade() -> None:
    op.drop_index(op.f("ix_invoices_tenant_id_issued_on"), table_name="invoices")
    for table, date in _BY_DATE:
        name = op.f(f"ix_{table}_tenant_id_{date}_id")
        op.create_index(name, table, ["tenant_id", date, "id"], unique=False)
    for table in ("customers", "items"):
        op.create_index(f"ix_{table}_by_name", table, ["tenant_id", _BY_NAME, "id"], unique=False)
    columns = ["connection_id", "kind", "record_id"]
    op.create_index("ix_links_gone", "links", columns, unique=False, sqlite_where=_GONE, postgresql_where=_GONE)
