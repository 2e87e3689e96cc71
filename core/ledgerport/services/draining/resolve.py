"""Unknown outcomes: requests that left and were never answered, resolved before anything new is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ledgerport.contract import ContractError, KeyTrust, Kind, LoginNeeded, ProviderTerms, TryLater
from ledgerport.db.models import Op, Send
from ledgerport.db.repositories import drain_leases, drain_tasks, grants, links
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import Waiting
from ledgerport.engine.frozen import fingerprint, thaw
from ledgerport.engine.verdicts import Context, judge_found, wait_after
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.draining.execute import Carrier
from ledgerport.services.draining.orders import Memory, Parcel, SendOrder
from ledgerport.services.draining.settle import Elsewhere, Ledger, note, settle_sent, write
from ledgerport.services.lose_grant import lose_grant

# Clocks of two machines, and the way back of an answer.
_MARGIN = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Unresolved:
    """Something stays unknown until `until`; nothing new may be sent before."""

    until: datetime


def resolve(hub: Hub, held: Held, carrier: Carrier, memory: Memory) -> Unresolved | None:
    """Resolve every open send of a connection, oldest first.

    Raises LeaseLost when the connection went to somebody else.
    """
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence)
        sends = drain_tasks.open_sends(session, held.id)
    for send in sends:
        wait = _resolve_one(hub, held, carrier, memory, send)
        if wait is not None:
            return wait
    return None


def _resolve_one(hub: Hub, held: Held, carrier: Carrier, memory: Memory, send: Send) -> Unresolved | None:
    terms = carrier.provider.terms
    now = hub.clock.now()
    ready = send.sent_at + terms.request_timeout + terms.search_lag + _MARGIN
    repeatable = _may_repeat(terms, send, now)
    if now < ready and not repeatable:
        return Unresolved(until=ready)
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence)
        order = _order_of(session, send)
        if not order.parcels:
            drain_tasks.close_send(session, send.id, "resolved", send.trace_id, now)
            return None
    if repeatable and order.op is Op.PUSH:
        sent = carrier.carry(order)
        with hub.database.everything() as session:
            drain_leases.load(session, held.id, held.fence, working=False)
            settle_sent(session, held, carrier.provider, order, sent, memory, hub.clock.now())  # type: ignore[arg-type]
        return None
    return _look(hub, held, carrier, memory, order)


def _may_repeat(terms: ProviderTerms, send: Send, now: datetime) -> bool:
    """Within the key's lifetime the same request may be repeated, as soon as the first cannot be running any more."""
    guard = terms.idempotency
    return (
        guard.trust is KeyTrust.REPEAT
        and send.sent_at + terms.request_timeout <= now < send.sent_at + guard.lifetime - _MARGIN
    )


def _order_of(session: Session, send: Send) -> SendOrder:
    """The request as it was frozen, as far as its records are still unknown."""
    tasks = drain_tasks.in_send(session, send.id)
    kind = Kind(send.kind)
    parcels = [
        Parcel(
            task=tasks[task_id],
            name=getattr(push.value, "name", "") or getattr(push.value, "number", "") or push.value.ref,
            push=push,
            fingerprint=fingerprint(kind, push.value, push.mapping),
        )
        for task_id, push in zip(send.tasks, thaw(kind, send.frozen), strict=True)
        if task_id in tasks
    ]
    return SendOrder(send_id=send.id, kind=kind, op=Op(send.op), parcels=parcels, permit=None, sent_at=send.sent_at)


def _look(hub: Hub, held: Held, carrier: Carrier, memory: Memory, order: SendOrder) -> Unresolved | None:
    """Look what arrived: adopt it; what did not arrive goes back to waiting and is frozen anew.

    An update, a void or a deletion may simply be done again: doing it twice is the same as once.
    """
    created = [parcel for parcel in order.parcels if order.op is Op.PUSH and parcel.push.remote_id is None]
    found = []
    if created:
        look = SendOrder(
            send_id=order.send_id, kind=order.kind, op=order.op, parcels=created, permit=None, sent_at=order.sent_at
        )
        try:
            found = carrier.find(look)
        except ContractError as error:
            return _cannot_look(hub, held, carrier.provider, error, created[0].task.tries)
    now = hub.clock.now()
    again = [parcel for parcel in order.parcels if parcel not in created]
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence, working=False)
        owners = links.owners(session, held.id, order.kind, {remote.id for remotes in found for remote in remotes})
        ledger = Ledger(now=now)
        for parcel, remotes in zip(created, found, strict=True):
            context = Context(
                terms=carrier.provider.terms,
                kind=order.kind,
                op=order.op,
                name=parcel.name,
                now=now,
                tries=parcel.task.tries,
                in_batch=False,
                linked_elsewhere=Elsewhere(owners=owners, record_id=parcel.task.record_id),
            )
            verdict = judge_found(remotes, parcel.push, context)
            if verdict is None:
                again.append(parcel)
            else:
                note(ledger, held, order.kind, order.op, parcel, verdict, owners, memory, order.send_id, "", None)
        ledger.waiting += [
            Waiting(task=parcel.task, code="", text="", data={}, due_at=now, tries=parcel.task.tries)
            for parcel in again
        ]
        write(session, held, order.kind, ledger, memory)
        drain_tasks.close_send(session, order.send_id, "not_arrived" if again else "found", "", now)
    return None


def _cannot_look(hub: Hub, held: Held, provider: Provider, error: ContractError, tries: int) -> Unresolved:
    now = hub.clock.now()
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence, working=False)
        if isinstance(error, LoginNeeded):
            grant = grants.find(session, held.grant_id, lock=True)
            if grant is not None and not grant.lost_reason:
                lose_grant(session, grant, label=provider.terms.label, now=now)
        until = now + max(wait_after(tries), timedelta(seconds=15))
        if isinstance(error, TryLater):
            until = error.at or (now + error.after if error.after is not None else until)
        return Unresolved(until=max(until, now + timedelta(seconds=1)))
