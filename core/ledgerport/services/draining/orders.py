"""What a drain has in hand: orders on their way to the provider, and what it remembers until it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ledgerport.contract import Kind, Push, PushMapping, Value
from ledgerport.db.models import Op
from ledgerport.db.repositories.drain_tasks import DueTask
from ledgerport.engine.frozen import marker
from ledgerport.engine.items_there import ItemsThere
from ledgerport.engine.pacing import Permit
from ledgerport.engine.reasons import Reason


class Parcel(NamedTuple):
    """One record of an order: its task, what it is called here, what is sent, and the fingerprint of that."""

    task: DueTask
    name: str
    push: Push[Value]
    fingerprint: str


class Ready(NamedTuple):
    """One record that may go: everything of its push but the request it goes with."""

    task: DueTask
    name: str
    value: Value
    mapping: PushMapping
    remote_id: str | None
    remote_version: str | None
    fingerprint: str

    def parcel(self, uid: str, operation_id: str = "", position: int = 1) -> Parcel:
        """This record as number `position` of a request; `uid` is the connection's."""
        push = Push(
            value=self.value,
            operation_id=operation_id,
            position=position,
            marker=marker(uid, self.task.kind, self.task.record_id),
            remote_id=self.remote_id,
            remote_version=self.remote_version,
            mapping=self.mapping,
        )
        return Parcel(self.task, self.name, push, self.fingerprint)


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
    """Customers to look for by e-mail, or items by what is over there, before they are created.

    Nothing is written for it: it only reads.
    """

    kind: Kind
    parcels: Sequence[Parcel]
    permit: Permit | None


Order = SendOrder | MatchOrder


@dataclass(kw_only=True)
class Memory:
    """What one drain knows beyond the database; all of it can be lost with the process.

    `unmatched`: (kind, record) of customers and items that nobody has over there. `items_there`: the items that were
    there when this drain first had one to create, where the provider takes two of one name; `reading_items` while they
    are read. `alone`: tasks that must not go in a batch again. `away`: records of
    orders under way, with the rank of their task: nothing of a higher rank leaves before they are back. `unknown`:
    records that may be in the books already; nothing of theirs leaves before that is resolved, or they could be there
    twice. `granted`: orders that the limiter let pass at the last claim before it said no (0 when it did not); about
    so many records are looked at next time. `run_id`: the run that automatic work counts to, once there is some.
    """

    unmatched: set[tuple[Kind, int]] = field(default_factory=set)
    items_there: ItemsThere | None = None
    reading_items: bool = False
    alone: set[int] = field(default_factory=set)
    away: dict[tuple[Kind, int], int] = field(default_factory=dict)
    unknown: dict[tuple[Kind, int], int] = field(default_factory=dict)
    any_blocked: bool = True
    granted: int = 0
    run_id: int | None = None

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
