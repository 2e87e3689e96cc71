"""Draining a connection: take the lease, then pace, claim, call and record until nothing is due or the time is up.

One drainer per connection at a time gives order, fairness across tenants and simple pacing. The database decides who
it is: the lease lasts 15 s, is beaten every 5 s, and every write checks its fence.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ledgerport.db.repositories import drain_leases, drain_tasks, history
from ledgerport.db.repositories.drain_leases import Held, LeaseLost, NotActive
from ledgerport.engine.push import Sent
from ledgerport.host import UnknownProvider
from ledgerport.services.context import Hub
from ledgerport.services.draining.claim import Claimed, claim
from ledgerport.services.draining.execute import Carrier, Matched
from ledgerport.services.draining.heart import Heart
from ledgerport.services.draining.orders import MatchOrder, Memory, Order, SendOrder
from ledgerport.services.draining.resolve import resolve
from ledgerport.services.draining.settle import settle_matched, settle_sent
from ledgerport.services.notices_stuck import count_stuck
from ledgerport.services.provider_apps import AppNotSetUp, checked_app

log = structlog.get_logger(__name__)

# A wait this short is waited out with the lease in hand; a longer one goes back to the scheduler.
_MOMENT = timedelta(seconds=2)
# Real seconds: about what the writing of one more answer costs.
_TOGETHER_SECONDS = 0.004
# A plugin in quarantine or an app that is not set up: an operator is at it; look again then.
_NOT_READY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class DrainResult:
    """How a drain ended.

    `worked`: it had the lease. `due_at`: when there is work again. `again`: at once, only the time was up.
    """

    worked: bool
    due_at: datetime | None = None
    again: bool = False


def drain(hub: Hub, connection_id: int, *, budget_seconds: float = 270.0) -> DrainResult:
    """Bring everything that is due on a connection to its provider.

    `budget_seconds` are seconds of the hub's clock. Somebody else at work, a connection that is not active, a
    provider turned off: nothing is done.
    """
    with hub.database.everything() as session:
        if not drain_leases.take(session, connection_id, hub.owner):
            return DrainResult(worked=False)
        try:
            held = drain_leases.load(session, connection_id)
        except LeaseLost:
            drain_leases.let_go(session, connection_id, hub.owner)
            return DrainResult(worked=False)
    try:
        provider = hub.host.for_provider(held.provider)
        app = checked_app(hub, held.provider)
    except (UnknownProvider, AppNotSetUp) as error:
        log.warning("drain.not_ready", connection=connection_id, reason=str(error))
        return _give_back(hub, held, hub.clock.now() + _NOT_READY)
    with Heart(hub, held) as heart:
        carrier = Carrier(hub, held, provider, app, heart.is_lost)
        try:
            return _Drain(hub, held, carrier, app.client_id, heart, budget_seconds).run()
        except NotActive as error:
            log.info("drain.stopped", connection=connection_id, reason=str(error))
            return _give_back(hub, held, None, stopped=True)
        except LeaseLost as error:
            log.info("drain.stopped", connection=connection_id, reason=str(error))
            return DrainResult(worked=True)
        except Exception:
            # What was under way stays unknown and is resolved by the next holder; nobody should wait for the lease to
            # run out.
            _give_back(hub, held, hub.clock.now() + _MOMENT)
            raise


class _Drain:
    """One drain, from the lease to giving it back."""

    def __init__(self, hub: Hub, held: Held, carrier: Carrier, client_id: str, heart: Heart, budget: float) -> None:
        self.hub, self.held, self.carrier, self.client_id, self.heart = hub, held, carrier, client_id, heart
        self.until = hub.clock.now() + timedelta(seconds=budget)
        self.memory = Memory()
        self.under_way: dict[Future[Sent | Matched], Order] = {}
        # Nothing is claimed before: the limiter said so, or the provider is in trouble.
        self.not_before = held.held_until
        # The connection may not be worked on any more: only what is under way is still written.
        self.stopped = False

    def run(self) -> DrainResult:
        unresolved = resolve(self.hub, self.held, self.carrier, self.memory)
        if unresolved is not None:
            return self._end(unresolved.until)
        terms = self.carrier.provider.terms
        with ThreadPoolExecutor(max_workers=terms.concurrency, thread_name_prefix=f"drain-{self.held.id}") as pool:
            while True:
                claimed = self._claim(terms.concurrency)
                for order in claimed.orders:
                    self.under_way[pool.submit(self.carrier.carry, order)] = order
                if self.under_way:
                    self._collect(claimed)
                elif self.stopped:
                    return _give_back(self.hub, self.held, None, stopped=True)
                elif claimed.moved:
                    continue
                else:
                    done = self._idle(claimed)
                    if done is not None:
                        return done

    def _claim(self, concurrency: int) -> Claimed:
        now = self.hub.clock.now()
        if self.heart.is_lost():
            raise LeaseLost(f"Connection {self.held.id} is held by somebody else.")
        free = concurrency - len(self.under_way)
        if now >= self.until or free <= 0 or self.stopped:
            return Claimed(wait_until=None)
        if self.not_before is not None and now < self.not_before:
            return Claimed(wait_until=self.not_before)
        try:
            with self.hub.database.everything() as session:
                held = drain_leases.load(session, self.held.id, self.held.fence)
                self.not_before = held.held_until
                if self.not_before is not None and now < self.not_before:
                    return Claimed(wait_until=self.not_before)
                claimed = claim(self.hub, session, held, self.carrier.provider, self.client_id, self.memory, free)
        except NotActive as error:
            log.info("drain.stopped", connection=self.held.id, reason=str(error))
            self.stopped = True
            return Claimed()
        self.not_before = claimed.wait_until
        return claimed

    def _collect(self, claimed: Claimed) -> None:
        """Wait for answers, or until more may be claimed; then write all that came, in one transaction."""
        timeout = None
        wake = claimed.wait_until or claimed.next_due
        if wake is not None and len(self.under_way) < self.carrier.provider.terms.concurrency:
            timeout = max(self.hub.clock.real_seconds(wake - self.hub.clock.now()), 0.001)
        finished, _ = wait(self.under_way, timeout=timeout, return_when=FIRST_COMPLETED)
        if not finished:
            return
        if len(self.under_way) > len(finished):
            # Answers that come within a moment of each other are written together: a transaction costs more than that.
            finished, _ = wait(self.under_way, timeout=_TOGETHER_SECONDS)
        answers = [(self.under_way.pop(future), future.result()) for future in finished]
        provider = self.carrier.provider
        with self.hub.database.everything() as session:
            drain_leases.load(session, self.held.id, self.held.fence, working=False)
            now = self.hub.clock.now()
            sent = [
                (order, answer)
                for order, answer in answers
                if isinstance(order, SendOrder) and isinstance(answer, Sent)
            ]
            settle_sent(session, self.held, provider, sent, self.memory, now)
            for order, answer in answers:
                if isinstance(order, MatchOrder) and isinstance(answer, Matched):
                    settle_matched(session, self.held, provider, order, answer, self.memory, now)
        for order, _ in answers:
            self.memory.back(order)

    def _idle(self, claimed: Claimed) -> DrainResult | None:
        """Nothing is under way and nothing can be claimed: wait a moment, or give the lease back."""
        now = self.hub.clock.now()
        if self.memory.unknown:
            # Records may wait for these: the next holder resolves them before anything else.
            return self._end(claimed.wait_until)
        wake = claimed.wait_until or claimed.next_due
        if now < self.until and wake is not None and wake - now <= _MOMENT:
            self.heart.wait(self.hub.clock.real_seconds(max(wake - now, timedelta(0))))
            return None
        return self._end(claimed.wait_until)

    def _end(self, not_before: datetime | None) -> DrainResult:
        return _give_back(self.hub, self.held, not_before)


def _give_back(hub: Hub, held: Held, not_before: datetime | None, *, stopped: bool = False) -> DrainResult:
    """End the lease in the transaction that looks for what is left, so that no work can slip in between.

    `stopped`: the connection may not be worked on for now, so that it is not worth coming again at once.
    """
    with hub.database.everything() as session:
        try:
            drain_leases.load(session, held.id, held.fence, working=False)
        except LeaseLost:
            return DrainResult(worked=True)
        now = hub.clock.now()
        due_at = drain_tasks.next_due(session, held.id, held.kinds)
        if drain_tasks.open_sends(session, held.id):
            due_at = min(due_at or now, now)
        if due_at is not None and not_before is not None:
            due_at = max(due_at, not_before)
        history.finish_runs(session, held.id, now, automatic=True)
        count_stuck(session, hub, held.id, now)
        drain_leases.give_back(session, held.id, held.fence, due_at)
    again = due_at is not None and due_at <= now and not stopped
    return DrainResult(worked=True, due_at=due_at, again=again)
