"""Any order of edits, failures, lost leases, crashes and restarts: every edit arrives in the end, nothing twice."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import SecretStr
from sqlalchemy import func, select, update
from tests.factories import make_hub, make_tenant
from tests.integration.killing.memory_books import MemoryBooks, MemoryPlugin
from tests.integration.killing.shop import item
from tests.stage import load

from ledgerport.contract import Grant, Idempotency, KeyTrust, ScaledClock
from ledgerport.db.migrate import upgrade
from ledgerport.db.models import Connection, ConnectionState, Send, SendState, Task, TaskState
from ledgerport.db.repositories import drain_leases, drain_tasks
from ledgerport.db.session import Database, database_now, open_engine
from ledgerport.engine.pacing_memory import MemoryLimiter
from ledgerport.host import Host, Provider
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.drain_connection import drain
from ledgerport.services.draining.execute import Carrier
from ledgerport.services.settle_connection import keep_grant

PLANS = ["ok", "lost before", "lost after", "late", "closed", "refused", "nonsense"]
CRASHES = ["before the call", "after the call", "in the settling"]
START = datetime(2026, 10, 1, 9, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone: no code of ours catches it, nothing is given back."""


@cache
def empty_database() -> Path:
    """A migrated database file to copy; migrating one for every example would take most of the time."""
    path = Path(tempfile.mkdtemp(prefix="ledgerport-machine-")) / "empty.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


def memory_hub(folder: Path, guard: Idempotency, clock: ScaledClock) -> tuple[Hub, MemoryBooks]:
    """A hub whose only provider is in memory."""
    url = f"sqlite:///{shutil.copy(empty_database(), folder / 'hub.db')}"
    books = MemoryBooks(clock, guard.lifetime)
    plugin = MemoryPlugin(guard)
    made = make_hub(url, clock=clock)
    made.database.close()
    app = ProviderApp(client_id="memory-id-1234567890", client_secret=SecretStr("memory-secret-1234567890"))
    hub = dataclasses.replace(
        made,
        database=Database(open_engine(url, pool_size=5)),
        host=Host([Provider(plugin.terms, plugin, "memory 1", 30.0)]),
        wire=books,
        limiter=MemoryLimiter(clock),
        apps={"memory": app},
    )
    return hub, books


def memory_connection(hub: Hub, tenant: int) -> int:
    now = hub.clock.now()
    with hub.database.tenant(tenant) as session:
        grant = Grant(access_token=SecretStr("token"), access_expires_at=now + timedelta(days=9999))
        row = keep_grant(session, hub, tenant_id=tenant, provider="memory", grant=grant)
        connection = Connection(
            uid="memory",
            provider="memory",
            grant_id=row.id,
            company_id="1",
            company_name="Blue",
            currency="USD",
            state=ConnectionState.ACTIVE,
            state_since=now,
            created_at=now,
        )
        session.add(connection)
        session.flush()
        return connection.id


class Life(RuleBasedStateMachine):
    """One connection; what the host app saved stands in `wanted`."""

    guard = Idempotency(trust=KeyTrust.LOOK_FIRST)

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="ledgerport-life-")
        self.clock = ScaledClock(rate=20, at=START)
        self.hub, self.books = memory_hub(Path(self.folder.name), self.guard, self.clock)
        self.tenant = make_tenant(self.hub)
        self.connection = memory_connection(self.hub, self.tenant)
        self.wanted: dict[int, Decimal] = {}

    @initialize()
    def begin(self) -> None:
        self.edit(1, 1)
        self.edit(2, 2)

    @rule(number=st.integers(1, 5), price=st.integers(1, 99))
    def edit(self, number: int, price: int) -> None:
        self.wanted[number] = Decimal(price)
        assert not load(self.hub, self.tenant, [item(number, price=str(price))]).rejected

    @rule(plans=st.lists(st.sampled_from(PLANS), min_size=1, max_size=4))
    def trouble_ahead(self, plans: list[str]) -> None:
        self.books.plans.extend(plans)

    @rule(seconds=st.sampled_from([1, 10, 61, 300, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.at += timedelta(seconds=seconds)

    @rule()
    def work(self) -> None:
        drain(self.hub, self.connection, budget_seconds=30)

    @rule(number=st.integers(1, 5), price=st.integers(1, 99))
    def work_while_somebody_edits(self, number: int, price: int) -> None:
        with self.around_calls(before=lambda: self.edit(number, price)):
            self.work()

    @rule()
    def work_and_lose_the_lease(self) -> None:
        with self.around_calls(after=self.somebody_else_takes_over):
            self.work()

    @rule(where=st.sampled_from(CRASHES))
    def work_and_crash(self, where: str) -> None:
        def die(*_: object) -> None:
            raise Killed

        try:
            if where == "in the settling":
                with patch.object(drain_tasks, "close_send", die):
                    self.work()
            else:
                with self.around_calls(**{where.split(maxsplit=1)[0]: die}):
                    self.work()
        except Killed:
            return

    @rule()
    def a_dead_lease_runs_out(self) -> None:
        with self.hub.database.everything() as session:
            past = database_now(session) - timedelta(seconds=1)
            session.execute(update(Connection).where(Connection.lease_until.is_not(None)).values(lease_until=past))

    @invariant()
    def nothing_is_there_twice(self) -> None:
        doubles = {name: prices for name, prices in self.books.prices().items() if len(prices) > 1}
        assert doubles == {}

    @invariant()
    def a_record_has_one_open_task_and_one_that_is_under_way_at_most(self) -> None:
        with self.hub.database.everything(read=True) as session:
            for states in ([TaskState.WAITING, TaskState.BLOCKED, TaskState.FAILED], [TaskState.SENDING]):
                most = session.execute(
                    select(func.count()).where(Task.state.in_(states)).group_by(Task.record_id, Task.op)
                ).scalars()
                assert max(most, default=0) <= 1

    def teardown(self) -> None:
        self.books.plans.clear()
        self.a_dead_lease_runs_out()
        # What the provider refused waits for a person: they say "try again".
        for number, price in self.wanted.items():
            self.edit(number, int(price))
        with self.hub.database.everything() as session:
            session.execute(
                update(Task)
                .where(Task.state.in_([TaskState.BLOCKED, TaskState.FAILED]))
                .values(state=TaskState.WAITING, due_at=self.clock.now())
            )
        for _ in range(60):
            result = drain(self.hub, self.connection)
            if result.due_at is None:
                break
            self.clock.at += max(result.due_at - self.clock.now(), timedelta(0))
        self.books.catch_up(all_of_it=True)
        assert self.books.prices() == {f"Item {number}": [price] for number, price in self.wanted.items()}
        with self.hub.database.everything(read=True) as session:
            assert session.scalar(select(func.count()).where(Send.state == SendState.OPEN)) == 0
        self.hub.database.close()
        self.folder.cleanup()

    def somebody_else_takes_over(self, *_: object) -> None:
        self.a_dead_lease_runs_out()
        with self.hub.database.everything() as session:
            drain_leases.take(session, self.connection, "somebody else")

    @contextmanager
    def around_calls(
        self,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
    ) -> Iterator[None]:
        carry = Carrier.carry

        def carried(carrier: Carrier, order: Any) -> Any:
            before()
            answer = carry(carrier, order)
            after()
            return answer

        with patch.object(Carrier, "carry", carried):
            yield


class LifeWithoutKeys(Life):
    guard = Idempotency(trust=KeyTrust.NONE)


class LifeWithKeys(Life):
    guard = Idempotency(trust=KeyTrust.REPEAT, lifetime=timedelta(minutes=10))


@pytest.mark.parametrize("life", [Life, LifeWithoutKeys, LifeWithKeys])
def test_every_edit_arrives_in_the_end_and_nothing_is_there_twice(life: type[Life]) -> None:
    case = life.TestCase
    # Time goes on by itself in these lives, so a failure cannot be repeated to the letter and is not made smaller.
    case.settings = settings(
        max_examples=10,
        stateful_step_count=25,
        deadline=None,
        database=None,
        # The same lives each time, so that a red run is about the change at hand; raise max_examples to explore.
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    case("runTest").runTest()


def test_a_refused_repetition_says_nothing_about_the_first_try(tmp_path: Path) -> None:
    clock = ScaledClock(rate=20, at=START)
    hub, books = memory_hub(tmp_path, LifeWithKeys.guard, clock)
    connection = memory_connection(hub, tenant := make_tenant(hub))
    load(hub, tenant, [item(1, price="67")])
    books.plans.extend(["lost after", "refused"])
    drain(hub, connection)
    clock.at += timedelta(minutes=3)
    drain(hub, connection)
    load(hub, tenant, [item(1, price="1")])
    for _ in range(60):
        result = drain(hub, connection)
        if result.due_at is None:
            break
        clock.at += max(result.due_at - clock.now(), timedelta(0))
    hub.database.close()
    assert books.prices() == {"Item 1": [Decimal("1.00")]}
