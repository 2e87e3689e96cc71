"""Unknown outcomes: requests that left and were never answered, resolved before anything new is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ledgerport.contract import (
    ContractError,
    KeyTrust,
    Kind,
    LoginNeeded,
    Payment,
    ProviderTerms,
    TryLater,
    Unknown,
    Value,
)
from ledgerport.db.models import Op, Send
from ledgerport.db.repositories import drain_leases, drain_tasks, links
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.naming import payment_name
from ledgerport.engine.frozen import fingerprint, thaw
from ledgerport.engine.verdicts import Context, judge_found
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.draining.book import Book, Elsewhere
from ledgerport.services.draining.execute import LEAVES_WITHIN, Carrier
from ledgerport.services.draining.orders import Memory, Parcel, SendOrder
from ledgerport.services.draining.settle import hold_back, settle_sent

# Clocks of two machines, and the way back of an answer.
_MARGIN = timedelta(seconds=5)
# Between two tries to find out what became of a request.
_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=15)


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
    ready = _settled_from(terms, send)
    repeatable = _may_repeat(terms, send, now)
    if now < ready and not repeatable:
        repeats = terms.idempotency.trust is KeyTrust.REPEAT and now < _repeat_from(terms, send)
        return Unresolved(until=_repeat_from(terms, send) if repeats else ready)
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence)
        order = _order_of(session, send)
        if not order.parcels:
            drain_tasks.close_send(session, send.id, "resolved", send.trace_id, now)
            return None
    if repeatable and order.op is Op.PUSH:
        return _repeat(hub, held, carrier, memory, order)
    return _look(hub, held, carrier, memory, order)


def _settled_from(terms: ProviderTerms, send: Send) -> datetime:
    """From when a look-up shows what became of a request: the last of its repetitions cannot be running any more."""
    left = send.sent_at + LEAVES_WITHIN
    if terms.idempotency.trust is KeyTrust.REPEAT and Op(send.op) is Op.PUSH:
        left = max(left, send.sent_at + terms.idempotency.lifetime)
    return left + terms.request_timeout + terms.search_lag + _MARGIN


def _repeat_from(terms: ProviderTerms, send: Send) -> datetime:
    return send.sent_at + LEAVES_WITHIN + terms.request_timeout


def _may_repeat(terms: ProviderTerms, send: Send, now: datetime) -> bool:
    """Within the key's lifetime the same request may be repeated, as soon as the first cannot be running any more.

    The repetition itself leaves up to LEAVES_WITHIN later, and must be there before the key is forgotten.
    """
    guard = terms.idempotency
    last = send.sent_at + guard.lifetime - LEAVES_WITHIN - _MARGIN
    return guard.trust is KeyTrust.REPEAT and _repeat_from(terms, send) <= now < last


def _repeat(hub: Hub, held: Held, carrier: Carrier, memory: Memory, order: SendOrder) -> Unresolved | None:
    """Send the same request again, with its key.

    That this try was not applied, or was refused, says nothing about the first one: then it stays unknown, until the
    key is forgotten and a look-up tells.
    """
    sent = carrier.send(order, hub.clock.now() + LEAVES_WITHIN)
    can_look = carrier.provider.offers("find_pushed")
    outcomes = [
        Unknown(outcome.reason, detail=outcome.detail, code=outcome.code, trace_id=outcome.trace_id)
        if isinstance(outcome, TryLater | LoginNeeded) or (can_look and isinstance(outcome, ContractError))
        else outcome
        for outcome in sent.outcomes
    ]
    now = hub.clock.now()
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence, working=False)
        settle_sent(session, held, carrier.provider, [(order, replace(sent, outcomes=outcomes))], memory, now)
    if any(isinstance(outcome, Unknown) for outcome in outcomes):
        return Unresolved(until=_next_try(sent.whole, order.sent_at, now))
    return None


def _order_of(session: Session, send: Send) -> SendOrder:
    """The request as it was frozen, as far as its records are still unknown."""
    tasks = drain_tasks.in_send(session, send.id)
    kind = Kind(send.kind)
    parcels = [
        Parcel(
            task=tasks[task_id],
            name=_name_of(push.value),
            push=push,
            fingerprint=fingerprint(kind, push.value, push.mapping),
        )
        for task_id, push in zip(send.tasks, thaw(kind, send.frozen), strict=True)
        if task_id in tasks
    ]
    return SendOrder(send_id=send.id, kind=kind, op=Op(send.op), parcels=parcels, permit=None, sent_at=send.sent_at)


def _name_of(value: Value) -> str:
    """What people call a record that was frozen."""
    if isinstance(value, Payment):
        return payment_name(value.amount, value.currency, value.paid_on, value.invoice.name or value.invoice.ref)
    return getattr(value, "name", "") or getattr(value, "number", "") or value.ref


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
            return _cannot_look(hub, held, carrier.provider, error, order.sent_at)
    now = hub.clock.now()
    again = [parcel for parcel in order.parcels if parcel not in created]
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence, working=False)
        owners = links.owners(session, held.id, order.kind, {remote.id for remotes in found for remote in remotes})
        book = Book(held, order.kind, memory, now)
        for parcel, remotes in zip(created, found, strict=True):
            context = Context(
                terms=carrier.provider.terms,
                kind=order.kind,
                op=order.op,
                name=parcel.name,
                now=now,
                tries=parcel.task.tries,
                in_batch=False,
                linked_elsewhere=Elsewhere(owners, parcel.task.record_id),
            )
            verdict = judge_found(remotes, parcel.push, context)
            if verdict is None:
                again.append(parcel)
            else:
                book.note(order.op, parcel, verdict, owners, order.send_id, "")
        for parcel in again:
            book.again(parcel.task)
        # An update may have arrived: an edit back to what was sent before it is a change then, not a repetition.
        links.distrust(session, held.id, order.kind, [parcel.task.record_id for parcel in again])
        book.write(session)
        drain_tasks.close_send(session, order.send_id, "not_arrived" if again else "found", "", now)
    return None


def _cannot_look(hub: Hub, held: Held, provider: Provider, error: ContractError, sent_at: datetime) -> Unresolved:
    now = hub.clock.now()
    with hub.database.everything() as session:
        drain_leases.load(session, held.id, held.fence, working=False)
        if isinstance(error, LoginNeeded):
            hold_back(session, held, provider, error, 0, now)
    return Unresolved(until=_next_try(error, sent_at, now))


def _next_try(error: ContractError | None, sent_at: datetime, now: datetime) -> datetime:
    """When the provider said so; else the longer it is unknown, the longer between two tries."""
    until = now + min(max((now - sent_at) / 4, _FIRST_WAIT), _LONGEST_WAIT)
    if isinstance(error, TryLater):
        until = error.at or (now + error.after if error.after is not None else until)
    return max(until, now + timedelta(seconds=1))
