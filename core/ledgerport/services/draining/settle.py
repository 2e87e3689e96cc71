"""Settling: the transaction that writes what became of an order."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from ledgerport.contract import Kind, LoginNeeded, Remote, TryLater
from ledgerport.db.models import Op, TaskState
from ledgerport.db.repositories import drain_leases, drain_tasks, grants, history, links
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.db.repositories.drain_tasks import DueTask, Waiting
from ledgerport.engine.push import Outcome, Sent
from ledgerport.engine.reasons import Reason
from ledgerport.engine.verdicts import (
    Alone,
    Blocked,
    Context,
    Done,
    Failed,
    Later,
    Removed,
    Taken,
    Uncertain,
    Verdict,
    judge,
    judge_matches,
    wait_after,
)
from ledgerport.host import Provider
from ledgerport.services.draining.execute import Matched
from ledgerport.services.draining.orders import MatchOrder, Memory, Parcel, SendOrder, reason_row
from ledgerport.services.lose_grant import lose_grant


@dataclass(kw_only=True)
class Ledger:
    """Rows gathered over an order and written together: a statement per table, not per record."""

    now: datetime
    links: list[dict[str, Any]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    forget: list[int] = field(default_factory=list)
    done: list[DueTask] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    blocked: list[Waiting] = field(default_factory=list)
    failed: list[Waiting] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    uncertain: int = 0


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Remote ids that belong to other records than this one."""

    owners: dict[str, int]
    record_id: int

    def __contains__(self, remote_id: object) -> bool:
        return isinstance(remote_id, str) and self.owners.get(remote_id, self.record_id) != self.record_id


def settle_sent(
    session: Session, held: Held, provider: Provider, order: SendOrder, sent: Sent, memory: Memory, now: datetime
) -> None:
    """Write the verdict on each record of a request, then close the send unless something of it stays unknown."""
    owners = _owners(session, held, order.kind, sent)
    ledger = Ledger(now=now)
    for parcel, outcome in zip(order.parcels, sent.outcomes, strict=True):
        context = _context(provider, order.kind, order.op, parcel, owners, now, in_batch=len(order.parcels) > 1)
        verdict = judge(outcome, parcel.push, context)
        note(ledger, held, order.kind, order.op, parcel, verdict, owners, memory, order.send_id, sent.trace_id, outcome)
    write(session, held, order.kind, ledger, memory)
    if not ledger.uncertain:
        whole = type(sent.whole).__name__ if sent.whole else "answered"
        drain_tasks.close_send(session, order.send_id, whole, sent.trace_id, now)
    if sent.whole is not None:
        _trouble_of_all(session, held, provider, sent.whole, max(parcel.task.tries for parcel in order.parcels), now)


def settle_matched(
    session: Session, held: Held, provider: Provider, order: MatchOrder, matched: Matched, memory: Memory, now: datetime
) -> None:
    """Link customers that are there already; the others are free to be created."""
    if matched.error is not None:
        ledger = Ledger(now=now)
        for parcel in order.parcels:
            context = _context(provider, Kind.CUSTOMER, Op.PUSH, parcel, {}, now, in_batch=False)
            verdict = judge(matched.error, parcel.push, context)
            if isinstance(verdict, Uncertain):
                # A look-up writes nothing, so its outcome is never unknown.
                verdict = Later(at=now + wait_after(parcel.task.tries), reason=verdict.reason)
            note(ledger, held, Kind.CUSTOMER, Op.PUSH, parcel, verdict, {}, memory, None, "", matched.error)
        write(session, held, Kind.CUSTOMER, ledger, memory)
        _trouble_of_all(session, held, provider, matched.error, order.parcels[0].task.tries, now)
        return
    found = {remote.id for remotes in matched.found.values() for remote in remotes}
    owners = links.owners(session, held.id, Kind.CUSTOMER, found)
    ledger = Ledger(now=now)
    for parcel in order.parcels:
        email = str(getattr(parcel.push.value, "email", ""))
        context = _context(provider, Kind.CUSTOMER, Op.PUSH, parcel, owners, now, in_batch=False)
        match_verdict = judge_matches(matched.found[email], context, email)
        if match_verdict is None:
            memory.unmatched.add(parcel.task.record_id)
        else:
            note(ledger, held, Kind.CUSTOMER, Op.PUSH, parcel, match_verdict, owners, memory, None, "", None)
    write(session, held, Kind.CUSTOMER, ledger, memory)


def note(
    ledger: Ledger,
    held: Held,
    kind: Kind,
    op: Op,
    parcel: Parcel,
    verdict: Verdict,
    owners: dict[str, int],
    memory: Memory,
    send_id: int | None,
    trace_id: str,
    outcome: Outcome | None,
) -> None:
    """Put one verdict into the ledger."""
    task, now = parcel.task, ledger.now
    word, reason, counted = "", None, ""
    match verdict:
        case Done():
            owners[verdict.remote.id] = task.record_id
            ledger.links.append(_link(held, kind, op, parcel, verdict, now))
            ledger.released.append(f"{kind}:{task.record_id}")
            word, counted = _word(verdict, parcel, op)
            if verdict.resend:
                ledger.waiting.append(_waiting(task, None, now, task.tries))
            else:
                ledger.done.append(task)
        case Removed():
            ledger.forget.append(task.record_id)
            ledger.done.append(task)
            word, counted = "deleted", "updated"
        case Later():
            reason = verdict.reason
            ledger.waiting.append(_waiting(task, reason, verdict.at, task.tries + verdict.counts))
            word = "later"
        case Alone():
            reason = verdict.reason
            memory.alone.add(task.id)
            ledger.waiting.append(_waiting(task, reason, now, task.tries + 1))
            word = "alone"
        case Blocked():
            reason = verdict.reason
            ledger.blocked.append(_waiting(task, reason, now, task.tries))
            if verdict.gone:
                ledger.gone.append(task.record_id)
            word, counted = "blocked", "skipped"
        case Failed():
            reason = verdict.reason
            ledger.failed.append(_waiting(task, reason, now, task.tries + 1))
            word, counted = "failed", "failed"
        case Uncertain():
            reason = verdict.reason
            ledger.uncertain += 1
            memory.unknown.add((kind, task.record_id))
            word = "unknown"
    if counted and task.run_id is not None:
        ledger.counts[task.run_id][counted] += 1
    ledger.attempts.append(
        {
            "tenant_id": held.tenant_id,
            "connection_id": held.id,
            "run_id": task.run_id,
            "send_id": send_id,
            "kind": kind,
            "record_id": task.record_id,
            "op": op,
            "verdict": word,
            "reason": reason.text if reason else "",
            "detail": reason.detail if reason else "",
            "trace_id": getattr(outcome, "trace_id", "") or trace_id,
            "at": now,
        }
    )


def write(session: Session, held: Held, kind: Kind, ledger: Ledger, memory: Memory) -> None:
    """Write a ledger. The caller has checked the fence in this transaction."""
    now = ledger.now
    links.save(session, ledger.links)
    links.mark_gone(session, held.id, kind, ledger.gone)
    links.forget(session, held.id, kind, ledger.forget)
    drain_tasks.finish(session, ledger.done, now)
    drain_tasks.reopen(session, ledger.waiting, TaskState.WAITING, now)
    drain_tasks.reopen(session, ledger.blocked, TaskState.BLOCKED, now)
    drain_tasks.reopen(session, ledger.failed, TaskState.FAILED, now)
    memory.any_blocked |= bool(ledger.blocked)
    if memory.any_blocked:
        drain_tasks.release(session, held.id, ledger.released, now)
    history.add_attempts(session, ledger.attempts)
    history.count(session, ledger.counts)
    if ledger.done or ledger.blocked or ledger.failed:
        history.finish_runs(session, held.id, now)
    if ledger.links:
        drain_leases.succeeded(session, held.id, now)


def _trouble_of_all(
    session: Session, held: Held, provider: Provider, error: Exception, tries: int, now: datetime
) -> None:
    """An error of the request as a whole concerns the connection, not one record: leave it alone for a while."""
    if isinstance(error, TryLater):
        wait = provider.terms.throttle_wait if error.throttled else wait_after(tries)
        until = error.at or now + (error.after if error.after is not None else wait)
        if until > now:
            drain_leases.hold(session, held.id, until)
    elif isinstance(error, LoginNeeded):
        grant = grants.find(session, held.grant_id, lock=True)
        if grant is not None and not grant.lost_reason:
            lose_grant(session, grant, label=provider.terms.label, now=now)


def _owners(session: Session, held: Held, kind: Kind, sent: Sent) -> dict[str, int]:
    ids: set[str] = set()
    for outcome in sent.outcomes:
        if isinstance(outcome, Remote):
            ids.add(outcome.id)
        elif isinstance(outcome, Taken):
            ids.update(remote.id for remote in outcome.candidates)
    return links.owners(session, held.id, kind, ids)


def _context(
    provider: Provider, kind: Kind, op: Op, parcel: Parcel, owners: dict[str, int], now: datetime, *, in_batch: bool
) -> Context:
    return Context(
        terms=provider.terms,
        kind=kind,
        op=op,
        name=parcel.name,
        now=now,
        tries=parcel.task.tries,
        in_batch=in_batch,
        linked_elsewhere=Elsewhere(owners=owners, record_id=parcel.task.record_id),
    )


def _link(held: Held, kind: Kind, op: Op, parcel: Parcel, done: Done, now: datetime) -> dict[str, Any]:
    total = done.remote.total
    value = parcel.push.value
    ours: Decimal | None = None
    if total is not None:
        if op is Op.VOID:
            ours = Decimal(0)
        elif kind is Kind.PAYMENT:
            ours = getattr(value, "amount", None)
        else:
            ours = getattr(value, "total", None)
    return {
        "tenant_id": held.tenant_id,
        "connection_id": held.id,
        "kind": kind,
        "record_id": parcel.task.record_id,
        "remote_id": done.remote.id,
        "remote_version": done.remote.version,
        "fingerprint": "" if done.resend or op is not Op.PUSH else parcel.fingerprint,
        "origin": done.origin,
        "remote_total": total,
        "variance": total - ours if total is not None and ours is not None else None,
        "gone": False,
        "synced_at": now,
    }


def _word(done: Done, parcel: Parcel, op: Op) -> tuple[str, str]:
    if op is Op.VOID:
        return "voided", "updated"
    if done.origin != "pushed":
        return done.origin, "updated"
    return ("created", "created") if parcel.push.remote_id is None else ("updated", "updated")


def _waiting(task: DueTask, reason: Reason | None, due_at: datetime, tries: int) -> Waiting:
    if reason is None:
        return Waiting(task=task, code="", text="", data={}, due_at=due_at, tries=tries)
    return Waiting(task=task, code=reason.code, text=reason.text, data=reason_row(reason), due_at=due_at, tries=tries)
