"""The work that all benches measure: a price book of 3,629 items, loaded and waiting to be sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from tests.stage import Sandbox, connect, hub_for, load, make_tenant, map_defaults, settings_for

from ledgerport.contract import Clock, Kind, ProviderTerms
from ledgerport.db.models import Send, Task, TaskState
from ledgerport.demo.plumbing import ITEMS, generate
from ledgerport.engine.pacing import Limiter, Permit, Route
from ledgerport.services.context import Hub

LATENCY = 0.5  # seconds that the sandbox takes for every batch


class _Free(Permit):
    def end(self) -> None:
        """Nothing counts."""

    def give_back(self) -> None:
        """Nothing counts."""


class NoLimits(Limiter):
    """Permits every call at once: what is left to measure is the hub itself."""

    def ask(self, route: Route) -> Permit:
        return _Free()

    def hold(self, route: Route, until: datetime) -> None:
        raise AssertionError("the sandbox refuses calls although its limits are off")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A hub with a connected company and ITEMS items that wait to be sent."""

    hub: Hub
    tenant_id: int
    connection_id: int
    items_before: int

    @property
    def terms(self) -> ProviderTerms:
        return self.hub.host.for_provider("quickbooks").terms

    @property
    def batches(self) -> int:
        """How many requests the items need at least."""
        return -(-ITEMS // self.terms.kinds[Kind.ITEM].batch_size)

    def open_tasks(self) -> int:
        with self.hub.database.tenant(self.tenant_id, read=True) as session:
            still = select(func.count()).where(Task.state.in_((TaskState.WAITING, TaskState.SENDING)))
            return session.scalars(still).one()

    def last_answer_at(self) -> datetime:
        """When the last request was answered and written down, on the hub's clock."""
        with self.hub.database.tenant(self.tenant_id, read=True) as session:
            at = session.scalars(select(func.max(Send.finished_at))).one()
            assert at is not None
            return at

    def requests(self) -> int:
        with self.hub.database.tenant(self.tenant_id, read=True) as session:
            return session.scalars(select(func.count(Send.id))).one()

    def assert_all_arrived(self, sandbox: Sandbox) -> None:
        """A fast run that lost or refused something has measured nothing."""
        with self.hub.database.tenant(self.tenant_id, read=True) as session:
            states = session.execute(select(Task.state, func.count()).group_by(Task.state)).all()
        assert [tuple(row) for row in states] == [(TaskState.DONE, ITEMS)]
        assert items_of(sandbox) == self.items_before + ITEMS


@contextmanager
def waiting_items(sandbox: Sandbox, home: Path, *, clock: Clock | None = None, limits: bool) -> Iterator[Waiting]:
    """Connect a new hub to the sandbox and load the price book; nothing of it is sent yet.

    `limits` False: neither the sandbox nor the hub limits anything.
    """
    sandbox.control("limits", {"enabled": limits})
    with hub_for(settings_for(home, sandbox.url), clock) as hub:
        if not limits:
            hub = dataclasses.replace(hub, limiter=NoLimits())
        tenant_id = make_tenant(hub)
        connection_id = connect(hub, sandbox, tenant_id)
        map_defaults(hub, tenant_id, connection_id)
        loaded = load(hub, tenant_id, generate(items=ITEMS, customers=0, invoices=0).records)
        assert loaded.accepted == ITEMS, loaded.rejected[:3]
        yield Waiting(hub=hub, tenant_id=tenant_id, connection_id=connection_id, items_before=items_of(sandbox))


def items_of(sandbox: Sandbox) -> int:
    """How many items are in the books."""
    count: int = sandbox.ledger(summary=True)["totals"]["items"]
    return count
