"""Plugins that rest after failing again and again, as each process tells."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from ledgerport.db.models.base import Base, Id, Long, Moment, Short


class PluginCircuit(Base):
    """An open circuit of one process (`owner`). `whose`: a company's id or a grant's sign; empty: all calls of the
    plugin."""

    __tablename__ = "plugin_circuits"
    __table_args__ = (UniqueConstraint("provider", "whose", "owner"),)

    id: Mapped[Id]
    provider: Mapped[Short]
    whose: Mapped[Short]
    owner: Mapped[Short]
    failures: Mapped[int]
    why: Mapped[Long]
    opened_at: Mapped[Moment]
    until: Mapped[Moment]
