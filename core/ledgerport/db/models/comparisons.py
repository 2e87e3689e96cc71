"""What a provider's own lists say, read because a person wanted to compare the books."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ledgerport.db.models.base import Base, Long, Moment, Short, TenantOwned, UtcDateTime


class ComparisonState(StrEnum):
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


class Comparison(TenantOwned, Base):
    """The last reading of a connection; `figures` grow page by page, so that a killed job goes on where it was.

    `figures`: kind -> {"cursor", "done", "rows": {remote id: [amount, date, unapplied]}}, as text.
    """

    __tablename__ = "comparisons"

    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    state: Mapped[ComparisonState] = mapped_column(String(20))
    figures: Mapped[dict[str, Any]] = mapped_column(JSON(), default=dict)
    reason: Mapped[Long] = mapped_column(default="")
    requested_by: Mapped[Short] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    asked_at: Mapped[Moment]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
