"""Settling: the transaction that writes what became of orders, all that came back together in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledgerport.contract import ContractError, Kind, LoginNeeded, Remote, TryLater
from ledgerport.db.repositories import drain_leases, drain_tasks, grants, links
from ledgerport.db.repositories.drain_leases import Held
from ledgerport.engine.push import Sent
from ledgerport.engine.verdicts import Context, Later, Taken, Uncertain, Verdict, judge, judge_matches, wait_after
from ledgerport.host import Provider
from ledgerport.services.draining.book import Book, Elsewhere
from ledgerport.services.draining.execute import Matched
from ledgerport.services.draining.note_matches import note_matches
from ledgerport.services.draining.orders import MatchOrder, Memory, Parcel, SendOrder
from ledgerport.services.lose_grant import lose_company, lose_grant


def settle_sent(
    session: Session,
    held: Held,
    provider: Provider,
    answered: Sequence[tuple[SendOrder, Sent]],
    memory: Memory,
    now: datetime,
) -> None:
    """Write the verdict on each record of these requests, and close those of which nothing stays unknown."""
    by_kind: dict[Kind, list[tuple[SendOrder, Sent]]] = defaultdict(list)
    for order, sent in answered:
        by_kind[order.kind].append((order, sent))
    for kind, some in by_kind.items():
        owners = links.owners(session, held.id, kind, _remote_ids(some))
        book = Book(held, kind, memory, now)
        for order, sent in some:
            unknown = 0
            for parcel, outcome in zip(order.parcels, sent.outcomes, strict=True):
                task = parcel.task
                elsewhere = Elsewhere(owners, task.record_id)
                context = Context(
                    provider.terms, kind, order.op, parcel.name, now, task.tries, len(order.parcels) > 1, elsewhere
                )
                verdict = judge(outcome, parcel.push, context)
                unknown += isinstance(verdict, Uncertain)
                book.note(order.op, parcel, verdict, owners, order.send_id, getattr(outcome, "trace_id", ""))
            if not unknown:
                how = type(sent.whole).__name__ if sent.whole else "answered"
                drain_tasks.close_send(session, order.send_id, how, sent.trace_id, now)
        book.write(session)
    for order, sent in answered:
        if sent.whole is not None:
            hold_back(session, held, provider, sent.whole, max(parcel.task.tries for parcel in order.parcels), now)


def settle_matched(
    session: Session, held: Held, provider: Provider, order: MatchOrder, matched: Matched, memory: Memory, now: datetime
) -> None:
    """Link customers that are there already; the others are free to be created. Items that were read are kept in mind:
    each claim compares its own with them."""
    if order.kind is Kind.ITEM:
        memory.items_there, memory.reading_items = matched.items, False
        if matched.error is None:
            return

    def verdict_on(parcel: Parcel, context: Context) -> Verdict | None:
        if matched.error is not None:
            verdict = judge(matched.error, parcel.push, context)
            if isinstance(verdict, Uncertain):
                # A look-up writes nothing, so its outcome is never unknown.
                return Later(at=now + wait_after(context.tries), reason=verdict.reason)
            return verdict
        email = str(getattr(parcel.push.value, "email", ""))
        return judge_matches(matched.found[email], context, email)

    found = {remote.id for remotes in matched.found.values() for remote in remotes}
    trace_id = matched.error.trace_id if matched.error is not None else ""
    note_matches(session, held, provider, order.kind, order.parcels, found, verdict_on, memory, now, trace_id)
    if matched.error is not None:
        hold_back(session, held, provider, matched.error, order.parcels[0].task.tries, now)


def hold_back(
    session: Session, held: Held, provider: Provider, error: ContractError, tries: int, now: datetime
) -> None:
    """An error of a request as a whole concerns the connection, not one record: leave it alone for a while."""
    if isinstance(error, TryLater):
        wait = provider.terms.throttle_wait if error.throttled else wait_after(tries)
        until = error.at or now + (error.after if error.after is not None else wait)
        if until > now:
            drain_leases.hold(session, held.id, until)
    elif isinstance(error, LoginNeeded) and error.company_only:
        lose_company(session, held.id, label=provider.terms.label, why=error.reason, now=now)
    elif isinstance(error, LoginNeeded):
        grant = grants.find(session, held.grant_id, lock=True)
        if grant is not None and not grant.lost_reason:
            lose_grant(session, grant, label=provider.terms.label, now=now)


def _remote_ids(answered: Sequence[tuple[SendOrder, Sent]]) -> set[str]:
    ids: set[str] = set()
    for _, sent in answered:
        for outcome in sent.outcomes:
            if isinstance(outcome, Remote):
                ids.add(outcome.id)
            elif isinstance(outcome, Taken):
                ids.update(remote.id for remote in outcome.candidates)
    return ids
