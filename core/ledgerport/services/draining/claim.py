"""Claiming: the transaction that decides what goes next, freezes it, and takes its tasks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session

from ledgerport.contract import ON, Customer, Item, Kind, Lookup
from ledgerport.db.models import Mark, Op, SendState
from ledgerport.db.repositories import drain_tasks, sync_marks
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import DueTask
from ledgerport.engine.frozen import freeze
from ledgerport.engine.items_there import ItemsThere
from ledgerport.engine.pacing import Limiter, Permit, route_for
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.draining.note_matches import match_items
from ledgerport.services.draining.orders import MatchOrder, Memory, Order, Ready, SendOrder
from ledgerport.services.draining.prepare import prepare
from ledgerport.services.draining.set_aside import count_in, run_of, set_aside

# Looked at beyond what is claimed, so that records under way do not hide others.
_MARGIN = 20


@dataclass(kw_only=True)
class Claimed:
    """What a claim found.

    `wait_until`: the limiter lets nothing more pass before. `next_due`: when the next task is due, if nothing is now.
    `moved`: tasks were settled without a call, so it is worth looking again.
    """

    orders: list[Order] = field(default_factory=list)
    wait_until: datetime | None = None
    next_due: datetime | None = None
    moved: bool = False


def claim(
    hub: Hub, session: Session, held: Held, provider: Provider, client_id: str, memory: Memory, free: int
) -> Claimed:
    """Up to `free` orders.

    Runs inside a transaction whose first statement locked the connection (`drain_leases.load`).
    """
    gate = _Gate(hub.limiter, provider, client_id, held.company.id)
    try:
        return _Claim(hub, session, held, provider, memory, gate, free).fill()
    except BaseException:
        gate.give_back()
        raise


class _Gate:
    """Asks the limiter for each order; once it says no, it stays no for this claim."""

    def __init__(self, limiter: Limiter, provider: Provider, client_id: str, company_id: str) -> None:
        self._limiter, self._provider, self._client_id, self._company_id = limiter, provider, client_id, company_id
        self.wait_until: datetime | None = None
        self._given: list[Permit] = []

    def permit(self, meter: str) -> Permit | None:
        if self.wait_until is not None:
            return None
        route = route_for(self._provider.terms, client_id=self._client_id, company_id=self._company_id, meters=[meter])
        answer = self._limiter.ask(route)
        if isinstance(answer, datetime):
            self.wait_until = answer
            return None
        self._given.append(answer)
        return answer

    def give_back(self) -> None:
        """The claim came to nothing: no call will be made on these permits."""
        for permit in self._given:
            permit.give_back()


class _Claim:
    """One claim: due tasks in order, kind by kind, until the limiter says no or all places are taken."""

    def __init__(
        self, hub: Hub, session: Session, held: Held, provider: Provider, memory: Memory, gate: _Gate, free: int
    ) -> None:
        self.hub, self.session, self.held, self.provider = hub, session, held, provider
        self.memory, self.gate, self.free = memory, gate, free
        self.now = hub.clock.now()
        self.claimed = Claimed()

    def fill(self) -> Claimed:
        terms, memory = self.provider.terms, self.memory
        kinds = [kind for kind in self.held.kinds if kind in terms.kinds and terms.kinds[kind].push]
        largest = max((self._batch_size(kind) for kind in kinds), default=1)
        # When the limiter lets little pass, looking at much would be work for nothing.
        places = min(self.free, 2 * memory.granted) if memory.granted else self.free
        hidden = memory.away.keys() | memory.unknown.keys()
        most = largest * places + len(hidden) + _MARGIN
        tasks = drain_tasks.due(self.session, self.held.id, kinds, self.now, most)
        more = len(tasks) >= most
        tasks = [task for task in tasks if (task.kind, task.record_id) not in hidden]
        if not tasks:
            next_due = drain_tasks.next_due(self.session, self.held.id, kinds)
            # What is due already belongs to records under way: their answer wakes the drain, not the clock.
            self.claimed.next_due = next_due if next_due is not None and next_due > self.now else None
            return self.claimed
        ranks_away = {*memory.away.values(), *memory.unknown.values()}
        for (kind, op), group in groupby(tasks, key=lambda task: (task.kind, task.op)):
            members = list(group)
            if more and members[-1] is tasks[-1]:
                members = self._full_batches(kind, op, members)
            if any(rank < members[0].rank for rank in ranks_away) or len(self.claimed.orders) >= self.free:
                break
            self._take(kind, op, members)
            if self.gate.wait_until is not None:
                break
            if self.claimed.orders:
                ranks_away.add(members[0].rank)
        memory.granted = len(self.claimed.orders) if self.gate.wait_until is not None else 0
        if memory.run_id is not None:
            started = [order for order in self.claimed.orders if isinstance(order, SendOrder)]
            count_in(self.session, memory.run_id, (parcel.task for order in started for parcel in order.parcels))
        self.claimed.wait_until = self.gate.wait_until
        return self.claimed

    def _take(self, kind: Kind, op: Op, members: Sequence[DueTask]) -> None:
        """Orders of one kind and op: first the permits, then as many records as they carry."""
        terms = self.provider.terms.kinds[kind]
        size = self._batch_size(kind) if op is Op.PUSH else 1
        wanted = min(self.free - len(self.claimed.orders), -(-len(members) // size))
        permits = []
        for _ in range(wanted):
            permit = self.gate.permit(terms.batch_meter if size > 1 else terms.meter if op is Op.PUSH else "request")
            if permit is None:
                break
            permits.append(permit)
        if permits:
            some = members[: size * len(permits)]
            ready = prepare(self.session, self.held, self.provider.terms, kind, op, some, self.now)
            self.claimed.moved |= set_aside(self.hub, self.session, self.held, ready, self.memory, self.now)
            self._order(kind, op, ready.ready, size, permits)
        for permit in permits:
            permit.give_back()

    def _full_batches(self, kind: Kind, op: Op, members: list[DueTask]) -> list[DueTask]:
        """Of a kind with more tasks than were looked at: a batch that could be full does not go half empty."""
        size = self._batch_size(kind) if op is Op.PUSH else 1
        return members[: len(members) // size * size] or members

    def _batch_size(self, kind: Kind) -> int:
        """As the terms have it; a batch that an operator must choose is none until then."""
        terms = self.provider.terms.kinds[kind]
        chosen = not terms.batch_choice or self.held.choices.get(terms.batch_choice) == ON
        return terms.batch_size if chosen else 1

    def _order(self, kind: Kind, op: Op, ready: Sequence[Ready], size: int, permits: list[Permit]) -> None:
        """Pack records into requests, one per permit; permits that are not needed stay in the list."""
        memory = self.memory
        if op is Op.PUSH:
            ready = self._looked_for(kind, ready, size, permits)
        packs: list[Sequence[Ready]] = _chunks([one for one in ready if one.task.id not in memory.alone], size)
        packs += _chunks([one for one in ready if one.task.id in memory.alone], 1)
        for some in packs:
            if not permits:
                return
            self._leave(self._start(kind, op, some, permits.pop()))

    def _looked_for(self, kind: Kind, ready: Sequence[Ready], size: int, permits: list[Permit]) -> Sequence[Ready]:
        """Those that may be sent; what may be in the books already is looked for first."""
        memory = self.memory
        unmatched = [one for one in ready if self._needs_match(one)]
        if unmatched:
            asked = [one.task.record_id for one in unmatched]
            apart = sync_marks.marked(self.session, self.held.id, kind, asked, Mark.APART)
            memory.unmatched |= {(kind, record_id) for record_id in apart}
            unmatched = [one for one in unmatched if self._needs_match(one)]
        if not unmatched:
            return ready
        looks = _chunks(unmatched, size)
        if kind is Kind.ITEM:
            if memory.items_there is not None:
                return self._compared(memory.items_there, ready, unmatched)
            looks = [] if memory.reading_items else [unmatched]
        for some in looks:
            if permits:
                # A look-up is no batch: it goes on a permit of its own kind.
                permits.pop().give_back()
                permit = self.gate.permit("request")
                if permit is None:
                    return ()
                memory.reading_items |= kind is Kind.ITEM
                parcels = [one.parcel(self.held.uid) for one in some]
                self._leave(MatchOrder(kind=kind, parcels=parcels, permit=permit))
        return [one for one in ready if not self._needs_match(one)]

    def _compared(self, there: ItemsThere, ready: Sequence[Ready], unmatched: Sequence[Ready]) -> Sequence[Ready]:
        parcels = [one.parcel(self.held.uid) for one in unmatched]
        told = match_items(self.session, self.held, self.provider, there, parcels, self.memory, self.now)
        self.claimed.moved |= bool(told)
        return [one for one in ready if one.task.record_id not in told]

    def _start(self, kind: Kind, op: Op, some: Sequence[Ready], permit: Permit) -> SendOrder:
        """Freeze a request and take its tasks."""
        operation_id = str(uuid.uuid4())
        parcels = [one.parcel(self.held.uid, operation_id, position) for position, one in enumerate(some, start=1)]
        sent_at = self.hub.clock.now()
        tasks = [one.task for one in some]
        send_id = drain_tasks.start(
            self.session,
            {
                "tenant_id": self.held.tenant_id,
                "connection_id": self.held.id,
                "kind": kind.value,
                "op": op.value,
                "operation_id": operation_id,
                "generation": 1,
                "tasks": [task.id for task in tasks],
                "frozen": freeze(kind, [parcel.push for parcel in parcels]),
                "state": SendState.OPEN.value,
                "outcome": "",
                "sent_at": sent_at,
                "trace_id": "",
            },
            tasks,
            run_of(self.session, self.held, self.memory, tasks, self.now),
        )
        return SendOrder(send_id=send_id, kind=kind, op=op, parcels=parcels, permit=permit, sent_at=sent_at)

    def _leave(self, order: Order) -> None:
        self.claimed.orders.append(order)
        self.memory.leave(order)

    def _needs_match(self, ready: Ready) -> bool:
        """Whether somebody over there may be this record, and nobody has looked yet."""
        unasked = (ready.task.kind, ready.task.record_id) not in self.memory.unmatched
        return unasked and may_be_there(self.provider, ready)


def may_be_there(provider: Provider, ready: Ready) -> bool:
    """Whether this record is new over there, and the hub can look for one that is it already."""
    value, its = ready.value, provider.terms.kinds[ready.task.kind]
    if ready.remote_id is not None:
        return False
    if isinstance(value, Customer):
        return bool(value.email) and Lookup.EMAIL in its.lookups
    readable = its.pull and provider.offers("pull_items")
    return isinstance(value, Item) and its.name is not None and not its.name.enforced and readable


def _chunks(ready: Sequence[Ready], size: int) -> list[Sequence[Ready]]:
    return [ready[start : start + size] for start in range(0, len(ready), size)]
