"""What a drain has in hand: orders on their way to the provider, and what it remembers until it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledgerport.contract import Kind, Push, Value
from ledgerport.db.models import Op
from ledgerport.db.repositories.drain_tasks import DueTask
from ledgerport.engine.pacing import Permit
from ledgerport.engine.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One record of an order: its task, what is sent, and the fingerprint of that."""

    task: DueTask
    name: str
    push: Push[Value]
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class SendOrder:
    """A frozen request: it was committed as send `send_id` before it leaves.

    `permit` None: the transport asks the limiter itself.
    """

    send_id: int
    kind: Kind
    op: Op
    parcels: Sequence[Parcel]
    permit: Permit | None
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class MatchOrder:
    """Customers to look for by e-mail before they are created.

    Nothing is written for it: it only reads.
    """

    parcels: Sequence[Parcel]
    permit: Permit | None

    @property
    def kind(self) -> Kind:
        return Kind.CUSTOMER


Order = SendOrder | MatchOrder


@dataclass(kw_only=True)
class Memory:
    """What one drain knows beyond the database; all of it can be lost with the process.

    `unmatched`: customers nobody has over there. `alone`: tasks that must not go in a batch again. `away`: records
    of orders under way, with the rank of their
    task: nothing of a higher rank leaves before they are back. `unknown`: records that may be in the books already;
    nothing of theirs leaves before that is resolved, or they could be there twice.
    """

    unmatched: set[int] = field(default_factory=set)
    alone: set[int] = field(default_factory=set)
    away: dict[tuple[Kind, int], int] = field(default_factory=dict)
    unknown: set[tuple[Kind, int]] = field(default_factory=set)
    any_blocked: bool = True

    def leave(self, order: Order) -> None:
        for parcel in order.parcels:
            self.away[order.kind, parcel.task.record_id] = parcel.task.rank

    def back(self, order: Order) -> None:
        for parcel in order.parcels:
            self.away.pop((order.kind, parcel.task.record_id), None)


def reason_row(reason: Reason) -> dict[str, object]:
    """A reason's data with the provider's words, as the task keeps them."""
    data = dict(reason.data)
    if reason.detail:
        data["detail"] = reason.detail
    if reason.action:
        data["action"] = reason.action
    return data
