"""The one timer: who ticks, and what is due when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.db.models.base import Base, Short, UtcDateTime


class Schedule(Base):
    """A recurring job's next run, or (name `scheduler`) the lease of the one active scheduler."""

    __tablename__ = "schedules"

    name: Mapped[Short] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    owner: Mapped[Short] = mapped_column(default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
