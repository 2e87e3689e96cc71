"""Several records saved in one transaction, and what became of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import EntryReason, Op
from ledgerport.services.context import Hub
from ledgerport.services.rejections import NEXT_STEP, Rejected, title


class Change(StrEnum):
    """What saving a record did to what we had of it."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A record that was taken; `record_id` is our own id of it."""

    kind: Kind
    ref: str
    record_id: int
    change: Change


@dataclass(frozen=True, kw_only=True)
class TenantFacts:
    """What saving needs to know of a tenant."""

    id: int
    currency: str
    promote_drafts: bool


@dataclass
class Batch:
    """One transaction's worth of records.

    `outcomes` is by the caller's own number of the record; `touched` names what tasks are to be opened for;
    `remembered` says for which documents the memory of past prices is to be told, and why.
    """

    session: Session
    hub: Hub
    tenant: TenantFacts
    now: datetime
    outcomes: dict[int, Saved | Rejected] = field(default_factory=dict)
    touched: dict[tuple[Kind, Op], set[int]] = field(default_factory=lambda: defaultdict(set))
    remembered: dict[tuple[Kind, int], EntryReason] = field(default_factory=dict)

    def took(self, number: int, kind: Kind, ref: str, record_id: int, change: Change) -> None:
        self.outcomes[number] = Saved(kind=kind, ref=ref, record_id=record_id, change=change)

    def reject(
        self, number: int, kind: Kind, ref: str, field_name: str, reason: str, next_step: str = NEXT_STEP
    ) -> None:
        self.outcomes[number] = Rejected(
            kind=kind, ref=ref, field=field_name, reason=f"{title(kind, ref)}: {reason}", next_step=next_step
        )

    def touch(self, kind: Kind, record_ids: Iterable[int], op: Op = Op.PUSH) -> None:
        """Open a task for each of these at the end of the transaction."""
        self.touched[kind, op].update(record_ids)

    def remember(self, kind: Kind, record_ids: Iterable[int], reason: EntryReason) -> None:
        """Tell the memory of these documents at the end of the transaction; what is noted last counts."""
        for record_id in record_ids:
            self.remembered[kind, record_id] = reason
