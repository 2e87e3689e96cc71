"""A hub's home, a running sandbox and one clock for both, over which hubs (or killed workers) come and go."""

from __future__ import annotations

import signal
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from tests.integration.killing.worker import Order, work
from tests.stage import Sandbox, connect, hub_for, load, make_tenant, map_defaults, settings_for, terms_of

from ledgerport.contract import Kind, NameRules, ProviderTerms, ScaledClock, clean_name
from ledgerport.db import models
from ledgerport.db.models import Connection, Grant, Link, Send, SendState, Task, TaskState
from ledgerport.db.session import database_now
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import DrainResult, drain
from ledgerport_sandbox import Running
from ledgerport_sandbox import load as load_sandbox

# Each worker is forked from a server that has imported the hub once and runs no threads: importing it takes longer than
# most drains here.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.integration.killing.worker"])
MORNING = datetime(2026, 10, 1, 9, tzinfo=UTC)


@dataclass
class World:
    """What outlives a process."""

    home: Path
    sandbox: Sandbox
    clock: ScaledClock
    database_url: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    tenant: int = 0
    connection: int = 0

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """A hub as a process that starts anew would build it."""
        settings = settings_for(
            self.home,
            self.sandbox.url,
            provider=self.sandbox.provider,
            database_url=self.database_url,
            **self.settings,
        )
        with hub_for(settings, self.clock) as hub:
            yield hub

    @property
    def terms(self) -> ProviderTerms:
        return terms_of(self.sandbox.provider)

    def share_clock(self) -> None:
        """Let the provider see the time that we see."""
        self.sandbox.control(
            "clock", {"rate": self.clock.rate, "at": self.clock.at.timestamp(), "since": self.clock.since}
        )

    def pass_time(self, span: timedelta) -> None:
        """Let time pass, here and at the provider, without waiting for it."""
        self.clock.at += span
        self.sandbox.control("clock", {"advance": span.total_seconds()})

    def finish(self, hub: Hub, connection: int | None = None, *, rounds: int = 100) -> DrainResult:
        """Work as the scheduler and a worker do together, until nothing is due; waits pass at once."""
        for _ in range(rounds):
            result = drain(hub, connection or self.connection)
            if not result.worked or result.due_at is None:
                return result
            self.pass_time(max(result.due_at - self.clock.now(), timedelta(0)))
        raise AssertionError(f"Still something due after {rounds} drains: {result}")

    def kill_at(self, point: str, kind: Kind = Kind.ITEM, *, skip: int = 0) -> None:
        """Let a worker process drain until it kills itself at `point`."""
        order = Order(
            home=str(self.home),
            provider=self.sandbox.provider,
            url=self.sandbox.url,
            database_url=self.database_url,
            connection=self.connection,
            point=point,
            kind=kind.value,
            skip=skip,
            rate=self.clock.rate,
            at=self.clock.at.isoformat(),
            since=self.clock.since,
        )
        process = PROCESSES.Process(target=work, args=(order,), name=f"worker until {point}")
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL, f"It was not killed at '{point}': it ended with {process.exitcode}"

    def let_lease_run_out(self, hub: Hub) -> None:
        """As if the 15 s (of the database's own time) had passed that a dead worker's lease lasts."""
        with hub.database.everything() as session:
            session.execute(
                update(Connection)
                .where(Connection.lease_until.is_not(None))
                .values(lease_until=database_now(session) - timedelta(seconds=1))
            )

    def let_refresh_lease_run_out(self, hub: Hub) -> None:
        """The same for the 30 s that a dead worker's refresh of a token blocks others."""
        with hub.database.everything() as session:
            session.execute(
                update(Grant)
                .where(Grant.lease_until.is_not(None))
                .values(lease_until=database_now(session) - timedelta(seconds=1))
            )


@contextmanager
def world(
    home: Path,
    provider: str = "quickbooks",
    *,
    database_url: str = "",
    rate: float = 20.0,
    choices: Iterable[str] = (),
    **settings: Any,
) -> Iterator[World]:
    """One tenant, connected to a sandbox; `choices` of the provider's that are on.

    `settings` are further ones of the world's hubs; killed workers have the usual ones.
    """
    # Connecting happens once, at the machine's own pace: on a fast clock a busy machine answers too late for it, and
    # only a sync tries again by itself.
    clock = ScaledClock(rate=1.0, at=MORNING)
    with Running(load_sandbox(provider)) as running:
        sandbox = Sandbox(running.url, provider)
        made = World(home, sandbox, clock, database_url, settings)
        made.share_clock()
        with made.hub() as hub:
            made.tenant = make_tenant(hub, f"blue-{uuid.uuid4().hex[:8]}")
            made.connection = connect(hub, sandbox, made.tenant)
            map_defaults(hub, made.tenant, made.connection)
            with hub.database.everything() as session:
                session.get_one(Connection, made.connection).choices = dict.fromkeys(choices, "on")
        clock.change_rate(rate)
        made.share_clock()
        yield made


def fill(world: World, hub: Hub, records: Iterable[Mapping[str, Any]]) -> None:
    """Load records; every one is taken."""
    loaded = load(hub, world.tenant, records)
    assert not loaded.rejected, loaded.rejected


def figures(hub: Hub, tenant: int, kind: Kind) -> dict[int, tuple[str, Decimal]]:
    """By record id what the books must show: name or number, and money (price, total, amount)."""
    item, customer, invoice, allocation = models.Item, models.Customer, models.Invoice, models.Allocation
    rules = NameRules(max_length=500, forbidden=":\\")
    queries = {
        Kind.CUSTOMER: select(customer.id, customer.name, customer.id * 0),
        # The hub makes an item of its own for lines without one; no line here is.
        Kind.ITEM: select(item.id, item.name, item.price).where(item.stand_in.is_(False)),
        Kind.INVOICE: select(invoice.id, invoice.number, invoice.total).where(invoice.status == "SENT"),
        Kind.PAYMENT: select(allocation.id, allocation.id, allocation.amount).where(allocation.removed_at.is_(None)),
    }
    with hub.database.tenant(tenant, read=True) as session:
        rows = session.execute(queries[kind]).all()
    return {row[0]: (clean_name(str(row[1]), rules), Decimal(str(row[2]))) for row in rows}


def links(hub: Hub, connection: int, kind: Kind) -> dict[int, str]:
    """Record id -> remote id; every remote id once."""
    with hub.database.everything(read=True) as session:
        rows = session.execute(
            select(Link.record_id, Link.remote_id).where(Link.connection_id == connection, Link.kind == kind)
        ).all()
    found = {row.record_id: row.remote_id for row in rows}
    assert len(set(found.values())) == len(rows), f"two {kind}s share an object"
    return found


def assert_books_agree(world: World, hub: Hub, *, tenant: int = 0, connection: int = 0, company: str = "") -> None:
    """Nothing is lost, nothing is doubled, every amount is the same to the cent, and nothing is left to do."""
    tenant, connection = tenant or world.tenant, connection or world.connection
    ledger = world.sandbox.ledger(company)
    for kind, part, money in (
        (Kind.CUSTOMER, "customers", None),
        (Kind.ITEM, "items", "price"),
        (Kind.INVOICE, "invoices", "total"),
        (Kind.PAYMENT, "payments", "amount"),
    ):
        ours, linked = figures(hub, tenant, kind), links(hub, connection, kind)
        theirs = {row["id"]: row for row in ledger[part]}
        assert linked.keys() == ours.keys(), f"{kind}s without a link, or links of nothing"
        assert set(linked.values()) == theirs.keys(), f"{part} over there that are not ours"
        if money:
            differ = {
                ours[record]: theirs[remote][money]
                for record, remote in linked.items()
                if Decimal(theirs[remote][money]) != round(ours[record][1], 2)
            }
            assert differ == {}
    invoices = links(hub, connection, Kind.INVOICE)
    with hub.database.tenant(tenant, read=True) as session:
        paid = session.execute(
            select(models.Allocation.invoice_id, models.Allocation.id).where(models.Allocation.removed_at.is_(None))
        ).all()
    applied = {row["id"]: [part["invoice_id"] for part in row["applied"]] for row in ledger["payments"]}
    payments = links(hub, connection, Kind.PAYMENT)
    assert all(applied[payments[row.id]] == [invoices[row.invoice_id]] for row in paid), "money on the wrong invoice"
    assert_nothing_left(hub, connection)


def assert_nothing_left(hub: Hub, connection: int) -> None:
    """Every task is done, every request is settled, nobody holds the lease."""
    assert task_states(hub, connection).keys() <= {TaskState.DONE}
    with hub.database.everything(read=True) as session:
        still = Send.state == SendState.OPEN
        assert session.scalar(select(func.count()).where(Send.connection_id == connection, still)) == 0
        assert session.scalar(select(Connection.lease_until).where(Connection.id == connection)) is None


def task_states(hub: Hub, connection: int) -> Counter[TaskState]:
    with hub.database.everything(read=True) as session:
        states = session.scalars(select(Task.state).where(Task.connection_id == connection))
        return Counter(TaskState(state) for state in states)
