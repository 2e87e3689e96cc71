"""Alembic's entry: runs on the connection that `db/migrate.py` hands over, online only."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from ledgerport.db.models import Base
from ledgerport.db.models.base import Amount, UtcDateTime


def render_item(type_: str, obj: Any, _autogen: Any) -> str | Literal[False]:
    """Our column types as plain SQLAlchemy ones, so that an old migration never depends on today's code."""
    if type_ == "type" and isinstance(obj, Amount):
        return "sa.BigInteger()"
    if type_ == "type" and isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
