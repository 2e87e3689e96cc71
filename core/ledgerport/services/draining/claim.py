"""Claiming: the transaction that decides what goes next, freezes it, and takes its tasks."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from ledgerport.contract import Customer, Kind, Lookup
from ledgerport.db.models import Op, Priority, SendState, TaskState
from ledgerport.db.repositories import drain_tasks, history
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import DueTask, Waiting
from ledgerport.engine.frozen import freeze
from ledgerport.engine.pacing import Limiter, Permit, route_for
from ledgerport.engine.reasons import Reason
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.draining.orders import MatchOrder, Memory, Order, Parcel, SendOrder, reason_row
from ledgerport.services.draining.prepare import Prepared, prepare
from ledgerport.services.open_tasks import open_tasks

# Looked at beyond what is claimed, so that records under way do not hide others.
_MARGIN = 50
# A record that needs another one comes up again this much after it.
_SOON = timedelta(seconds=1)


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
    terms = provider.terms
    now = hub.clock.now()
    claimed = Claimed()
    kinds = [kind for kind in held.kinds if kind in terms.kinds and terms.kinds[kind].push]
    largest = max((terms.kinds[kind].batch_size for kind in kinds), default=1)
    hidden = memory.away.keys() | memory.unknown
    tasks = drain_tasks.due(session, held.id, kinds, now, largest * free + len(hidden) + _MARGIN)
    tasks = [task for task in tasks if (task.kind, task.record_id) not in hidden]
    if not tasks:
        claimed.next_due = drain_tasks.next_due(session, held.id, kinds)
        return claimed
    _into_run(session, held, tasks, now)
    gate = _Gate(hub.limiter, provider, client_id, held.company.id)
    try:
        _fill(hub, session, held, provider, memory, gate, claimed, tasks, free, now)
    except BaseException:
        gate.give_back()
        raise
    claimed.wait_until = gate.wait_until
    return claimed


def _fill(
    hub: Hub,
    session: Session,
    held: Held,
    provider: Provider,
    memory: Memory,
    gate: _Gate,
    claimed: Claimed,
    tasks: Sequence[DueTask],
    free: int,
    now: datetime,
) -> None:
    """Orders from due tasks, kind by kind, until the limiter says no or all places are taken."""
    terms = provider.terms
    ranks_away = set(memory.away.values())
    for (kind, op), group in groupby(tasks, key=lambda task: (task.kind, task.op)):
        members = list(group)
        if any(rank < members[0].rank for rank in ranks_away):
            break
        ready = prepare(session, held, terms, kind, op, members[: terms.kinds[kind].batch_size * free])
        claimed.moved |= _settle_without_call(hub, session, held, ready, memory, now)
        for order in _orders(
            hub, session, held, provider, kind, op, ready.ready, memory, gate, free - len(claimed.orders)
        ):
            claimed.orders.append(order)
            memory.leave(order)
            ranks_away.add(members[0].rank)
        if gate.wait_until is not None or len(claimed.orders) >= free:
            break


class _Gate:
    """Asks the limiter for each order; once it says no, it stays no for this claim."""

    def __init__(self, limiter: Limiter, provider: Provider, client_id: str, company_id: str) -> None:
        self._limiter, self._provider, self._client_id, self._company_id = limiter, provider, client_id, company_id
        self.wait_until: datetime | None = None
        self._given: list[Permit] = []

    def permit(self, meter: str) -> Permit | None:
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


def _orders(
    hub: Hub,
    session: Session,
    held: Held,
    provider: Provider,
    kind: Kind,
    op: Op,
    parcels: Sequence[Parcel],
    memory: Memory,
    gate: _Gate,
    free: int,
) -> list[Order]:
    terms = provider.terms.kinds[kind]
    orders: list[Order] = []
    unmatched = [parcel for parcel in parcels if _needs_match(parcel, provider, memory)] if op is Op.PUSH else []
    if unmatched:
        for some in _chunks(unmatched, terms.batch_size)[:free]:
            permit = gate.permit("request")
            if permit is None:
                return orders
            orders.append(MatchOrder(parcels=some, permit=permit))
    rest = [parcel for parcel in parcels if parcel not in unmatched] if unmatched else list(parcels)
    size = terms.batch_size if op is Op.PUSH else 1
    together = [parcel for parcel in rest if parcel.task.id not in memory.alone]
    alone = [parcel for parcel in rest if parcel.task.id in memory.alone]
    for some in [*_chunks(together, size), *_chunks(alone, 1)]:
        if len(orders) >= free:
            break
        permit = gate.permit(terms.batch_meter if len(some) > 1 else "request")
        if permit is None:
            break
        orders.append(_start(hub, session, held, kind, op, some, permit))
    return orders


def _start(
    hub: Hub, session: Session, held: Held, kind: Kind, op: Op, parcels: Sequence[Parcel], permit: Permit
) -> SendOrder:
    """Freeze a request and take its tasks."""
    operation_id = str(uuid.uuid4())
    sent_at = hub.clock.now()
    parcels = [
        replace(parcel, push=replace(parcel.push, operation_id=operation_id, position=position))
        for position, parcel in enumerate(parcels, start=1)
    ]
    send_id = drain_tasks.start(
        session,
        {
            "tenant_id": held.tenant_id,
            "connection_id": held.id,
            "kind": kind,
            "op": op,
            "operation_id": operation_id,
            "generation": 1,
            "tasks": [parcel.task.id for parcel in parcels],
            "frozen": freeze(kind, [parcel.push for parcel in parcels]),
            "state": SendState.OPEN,
            "outcome": "",
            "sent_at": sent_at,
            "trace_id": "",
        },
        [parcel.task for parcel in parcels],
    )
    return SendOrder(send_id=send_id, kind=kind, op=op, parcels=parcels, permit=permit, sent_at=sent_at)


def _needs_match(parcel: Parcel, provider: Provider, memory: Memory) -> bool:
    value = parcel.push.value
    return (
        isinstance(value, Customer)
        and bool(value.email)
        and parcel.push.remote_id is None
        and parcel.task.record_id not in memory.unmatched
        and Lookup.EMAIL in provider.terms.kinds[Kind.CUSTOMER].lookups
    )


def _settle_without_call(
    hub: Hub, session: Session, held: Held, ready: Prepared, memory: Memory, now: datetime
) -> bool:
    """Everything that needs no provider: unchanged, nothing left to do, blocked, waiting for another record."""
    done = [*ready.unchanged, *ready.nothing]
    drain_tasks.finish(session, done, now)
    blocked = [_blocked(task, reason, on, now) for task, reason, on in ready.stuck]
    drain_tasks.reopen(session, blocked, TaskState.BLOCKED, now)
    memory.any_blocked |= bool(blocked)
    for task, other in ready.early:
        if other.due_at <= now:
            drain_tasks.hurry(session, [other.id], max(other.priority, task.priority))
    for _, needed in ready.wanted:
        # Not as automatic work: that an invoice needs it is reason enough, also where auto-sync is off.
        open_tasks(
            session,
            hub,
            tenant_id=held.tenant_id,
            kind=needed.kind,
            record_ids=[needed.record_id],
            priority=Priority.CLICK,
            connection_id=held.id,
        )
    waits = [(task, other.due_at) for task, other in ready.early] + [(task, now) for task, _ in ready.wanted]
    drain_tasks.reopen(
        session,
        [
            Waiting(task=task, code="", text="", data={}, due_at=max(due_at, now + _SOON), tries=task.tries)
            for task, due_at in waits
        ],
        TaskState.WAITING,
        now,
    )
    attempts = [_attempt(held, task, "unchanged", None, now) for task in ready.unchanged]
    attempts += [_attempt(held, task, "nothing_to_do", None, now) for task in ready.nothing]
    attempts += [_attempt(held, task, "blocked", reason, now) for task, reason, _ in ready.stuck]
    history.add_attempts(session, attempts)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for name, tasks in (("unchanged", done), ("skipped", [task for task, _, _ in ready.stuck])):
        for task in tasks:
            if task.run_id is not None:
                counts[task.run_id][name] += 1
    history.count(session, counts)
    if attempts:
        history.finish_runs(session, held.id, now)
    return bool(done or blocked or ready.early or ready.wanted)


def _blocked(task: DueTask, reason: Reason, blocked_on: str, now: datetime) -> Waiting:
    return Waiting(
        task=task,
        code=reason.code,
        text=reason.text,
        data=reason_row(reason),
        due_at=now,
        blocked_on=blocked_on,
        tries=task.tries,
    )


def _attempt(held: Held, task: DueTask, verdict: str, reason: Reason | None, now: datetime) -> dict[str, object]:
    return {
        "tenant_id": held.tenant_id,
        "connection_id": held.id,
        "run_id": task.run_id,
        "send_id": None,
        "kind": task.kind,
        "record_id": task.record_id,
        "op": task.op,
        "verdict": verdict,
        "reason": reason.text if reason else "",
        "detail": reason.detail if reason else "",
        "trace_id": "",
        "at": now,
    }


def _into_run(session: Session, held: Held, tasks: list[DueTask], now: datetime) -> None:
    """Tasks that nobody asked for count to the connection's automatic run."""
    orphans = [index for index, task in enumerate(tasks) if task.run_id is None]
    if not orphans:
        return
    run_id = history.automatic_run(session, held.tenant_id, held.id, now)
    history.adopt(session, [tasks[index].id for index in orphans], run_id)
    for index in orphans:
        tasks[index] = replace(tasks[index], run_id=run_id)


def _chunks(parcels: Sequence[Parcel], size: int) -> list[Sequence[Parcel]]:
    return [parcels[start : start + size] for start in range(0, len(parcels), size)]
