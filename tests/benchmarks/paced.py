"""A provider's published limits enforced, hub and sandbox on one clock, worker and scheduler running as in production:
how much longer than the limits allow does the work take?

The clock runs faster than the machine's, limits, latency and token lives included. The rate is chosen so that the
machine is not what is measured: every millisecond that the hub computes counts as so many milliseconds more, which no
real provider's clock would see.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from tests.benchmarks.schedule import earliest_end
from tests.conftest import wait_until
from tests.integration.killing.shop import customer, invoice, item, payment
from tests.stage import Sandbox, connect, hub_for, load, make_tenant, map_defaults, settings_for, terms_of

from ledgerport.actors import start_background
from ledgerport.contract import Kind, ScaledClock
from ledgerport.db.models import Send, Task, TaskState
from ledgerport.demo.plumbing import ITEMS, generate
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain

Record = Mapping[str, Any]
BILLS = 1000
_CUSTOMERS, _ITEMS = 25, 50
# Longer than any window but a day's.
_WINDOWS_PASS = timedelta(minutes=3)
_WAIT_SECONDS = 500.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is measured, and what must be in the books before."""

    title: str
    records: Sequence[Record]
    before: Sequence[Record]

    @property
    def kinds(self) -> dict[Kind, int]:
        """How many records of each kind, in the order in which they travel."""
        counts = Counter(Kind(record["kind"]) for record in self.records)
        return {kind: counts[kind] for kind in Kind if counts[kind]}


def price_book() -> Job:
    """The items of the demo's plumbing company."""
    records = tuple(generate(items=ITEMS, customers=0, invoices=0).records)
    return Job(title=f"{ITEMS:,} items", records=records, before=())


def bills() -> Job:
    """Invoices of two lines, each of them paid in full."""
    before = [customer(number) for number in range(1, _CUSTOMERS + 1)]
    before += [item(number) for number in range(1, _ITEMS + 1)]
    records: list[Record] = []
    paid: list[Record] = []
    for number in range(1, BILLS + 1):
        whose, first = number % _CUSTOMERS + 1, number % (_ITEMS - 1) + 1
        its = invoice(number, customer=whose, lines=(first, first + 1))
        records.append(its)
        total = sum((Decimal(line["quantity"]) * Decimal(line["unit_price"]) for line in its["lines"]), Decimal(0))
        paid.append(payment(number, customer=whose, parts={number: total}))
    return Job(title=f"{BILLS:,} invoices and {BILLS:,} payments", records=[*records, *paid], before=before)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a run took (of the clock), what the limits allow, and what it cost."""

    took: timedelta
    least: timedelta
    refused: int
    peaks: Mapping[str, int]
    writes: int
    calls: int
    cpu: float
    records: int
    wall: float

    @property
    def ratio(self) -> float:
        return self.took / self.least

    @property
    def cpu_per_record(self) -> float:
        """Microseconds of the hub's process, with its timers and waits."""
        return self.cpu / self.records * 1e6


def measure(sandbox: Sandbox, home: Path, job: Job, *, rate: float, latency: float) -> Measured:
    """Sync the job within the limits. `latency`: seconds of the clock that every answer takes."""
    terms = terms_of(sandbox.provider)
    clock = ScaledClock(rate=rate, at=datetime(2026, 10, 1, 9, tzinfo=UTC))
    sandbox.control("clock", {"rate": clock.rate, "at": clock.at.timestamp(), "since": clock.since})
    with hub_for(settings_for(home, sandbox.url, provider=sandbox.provider), clock) as hub:
        tenant = make_tenant(hub)
        connection = connect(hub, sandbox, tenant)
        map_defaults(hub, tenant, connection)
        _bring(hub, sandbox, clock, tenant, connection, job.before)
        _pass(sandbox, clock, _WINDOWS_PASS)
        taken = load(hub, tenant, job.records)
        assert taken.accepted == len(job.records), taken.rejected[:3]
        sandbox.control("latency", {"seconds": latency})
        sandbox.control("calls", method="DELETE")
        cpu, wall, began, sends = time.process_time(), time.perf_counter(), clock.now(), _sends(hub)
        # As in production: a scheduler that notices what is due, a worker that drains, nobody who calls either.
        background = start_background(hub, threads=4)
        try:
            wait_until(lambda: _open_tasks(hub) == 0, seconds=_WAIT_SECONDS, what="everything to be sent")
        finally:
            background.stop()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        report = sandbox.control("limits", method="GET")
        assert report["enabled"]
        _assert_all_arrived(hub, sandbox, job)
        with hub.database.everything(read=True) as session:
            ended = session.scalars(select(func.max(Send.finished_at))).one()
        assert ended is not None
        return Measured(
            took=ended - began,
            least=earliest_end(terms, job.kinds, timedelta(seconds=latency)),
            refused=report["refusals"]["total"],
            peaks=report["peaks"],
            writes=_sends(hub) - sends,
            calls=sum(row["count"] for row in sandbox.calls()["counts"]),
            cpu=cpu,
            records=len(job.records),
            wall=wall,
        )


def _bring(
    hub: Hub, sandbox: Sandbox, clock: ScaledClock, tenant: int, connection: int, records: Iterable[Record]
) -> None:
    """Send what the job stands on; waits pass at once."""
    load(hub, tenant, records)
    for _ in range(1000):
        due = drain(hub, connection).due_at
        if due is None:
            return
        _pass(sandbox, clock, max(due - clock.now(), timedelta(0)))
    raise AssertionError("what the bench stands on was never sent")


def _pass(sandbox: Sandbox, clock: ScaledClock, span: timedelta) -> None:
    clock.at += span
    sandbox.control("clock", {"advance": span.total_seconds()})


def _open_tasks(hub: Hub) -> int:
    with hub.database.everything(read=True) as session:
        still = select(func.count()).where(Task.state.in_((TaskState.WAITING, TaskState.SENDING)))
        return session.scalars(still).one()


def _sends(hub: Hub) -> int:
    with hub.database.everything(read=True) as session:
        return session.scalars(select(func.count(Send.id))).one()


def _assert_all_arrived(hub: Hub, sandbox: Sandbox, job: Job) -> None:
    """A fast run that lost or refused something has measured nothing."""
    with hub.database.everything(read=True) as session:
        states = {state for (state,) in session.execute(select(Task.state).distinct())}
    assert states == {TaskState.DONE}
    totals = sandbox.ledger(summary=True)["totals"]
    there = Counter(Kind(record["kind"]) for record in (*job.before, *job.records))
    assert {kind: totals[f"{kind}s"] for kind in there} == dict(there)
