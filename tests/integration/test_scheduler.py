"""The scheduler's thread: on time, alone, and not to be stopped by a broken database."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from tests.integration.small_hub import Outgoing, change, connected, small_hub, within

from ledgerport.actors.schedule import Scheduler
from ledgerport.contract import ScaledClock
from ledgerport.db.models import Connection, Schedule
from ledgerport.db.session import database_now
from ledgerport.services.context import Hub
from ledgerport.wiring import set_up_logs


@pytest.fixture
def outgoing() -> Outgoing:
    return Outgoing()


@pytest.fixture
def hub(tmp_path: Path, outgoing: Outgoing) -> Iterator[Hub]:
    with small_hub(tmp_path, queue=outgoing) as hub:
        yield hub


@pytest.fixture
def running(hub: Hub) -> Iterator[Scheduler]:
    scheduler = Scheduler(hub)
    scheduler.start()
    assert within(5, lambda: scheduler.leads)
    yield scheduler
    scheduler.stop()


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    before = logging.getLogger().handlers, logging.getLogger().level
    stream = io.StringIO()
    set_up_logs(stream=stream)
    yield stream
    logging.getLogger().handlers, logging.getLogger().level = before
    structlog.reset_defaults()


def late(hub: Hub, outgoing: Outgoing, due_in: float) -> float:
    """How many seconds of the machine after its due moment a connection was sent."""
    connection = connected(hub, due_in=due_in)
    scheduler = Scheduler(hub)
    scheduler.start()
    try:
        with hub.database.everything(read=True) as session:
            due_at = session.get_one(Connection, connection).due_at
        assert due_at is not None
        wanted = datetime.now(UTC).timestamp() + hub.clock.real_seconds(due_at - hub.clock.now())
        assert outgoing.wait_for(1, seconds=10)
    finally:
        scheduler.stop()
    return outgoing.times[0] - wanted


def test_a_connection_is_sent_at_the_moment_it_becomes_due(hub: Hub, outgoing: Outgoing) -> None:
    # The machine of the tests is shared; undisturbed it is about one millisecond.
    assert -0.001 < late(hub, outgoing, due_in=0.5) < 0.05


def test_on_a_clock_that_runs_sixty_times_as_fast_it_is_as_precise(tmp_path: Path, outgoing: Outgoing) -> None:
    clock = ScaledClock(rate=60, at=datetime(2026, 11, 23, tzinfo=UTC))
    with small_hub(tmp_path, clock=clock, queue=outgoing) as hub:
        assert -0.001 < late(hub, outgoing, due_in=30) < 0.05


def test_a_poke_makes_it_look_before_its_second_is_over(hub: Hub, running: Scheduler, outgoing: Outgoing) -> None:
    connection = connected(hub, due_in=0)
    running.poke()
    assert outgoing.wait_for(1, seconds=0.5)
    assert outgoing.sent == [("sync.drain", connection)]


def test_what_another_process_made_due_is_seen_within_a_second(
    hub: Hub, running: Scheduler, outgoing: Outgoing
) -> None:
    connected(hub, due_in=0)
    assert outgoing.wait_for(1, seconds=2)


def test_the_work_of_a_killed_worker_goes_on_when_its_lease_is_over(
    hub: Hub, running: Scheduler, outgoing: Outgoing
) -> None:
    connection = connected(hub, due_in=None)
    with hub.database.everything() as session:
        lease_until = database_now(session) + timedelta(seconds=2)
    change(hub, connection, lease_owner="killed", lease_until=lease_until, fence=1, due_at=hub.clock.now())
    assert outgoing.wait_for(1, seconds=5)
    with hub.database.everything(read=True) as session:
        assert database_now(session) >= lease_until


def test_of_two_schedulers_one_ticks_and_the_other_takes_over(tmp_path: Path) -> None:
    with ExitStack() as stack:
        hubs = [stack.enter_context(small_hub(tmp_path, queue=Outgoing())) for _ in range(2)]
        first, second = (Scheduler(hub) for hub in hubs)
        first.start()
        assert within(5, lambda: first.leads)
        second.start()
        stack.callback(second.stop)
        assert not within(1.5, lambda: second.leads)
        first.stop()
        assert within(5, lambda: second.leads)


def test_the_lease_of_a_killed_scheduler_passes_on(hub: Hub, tmp_path: Path) -> None:
    with hub.database.everything() as session:
        until = database_now(session) + timedelta(seconds=1)
        session.add(Schedule(name="scheduler", owner="killed", lease_until=until))
    scheduler = Scheduler(hub)
    scheduler.start()
    assert within(5, lambda: scheduler.leads)
    scheduler.stop()


def test_it_outlives_a_database_that_fails(hub: Hub, outgoing: Outgoing, said: io.StringIO) -> None:
    connected(hub, due_in=0)
    with hub.database.everything() as session:
        session.execute(text("ALTER TABLE schedules RENAME TO schedules_away"))
    scheduler = Scheduler(hub)
    scheduler.start()
    assert within(10, lambda: "tick_failed" in said.getvalue())
    assert outgoing.sent == []
    with hub.database.everything() as session:
        session.execute(text("ALTER TABLE schedules_away RENAME TO schedules"))
    assert outgoing.wait_for(1, seconds=10)
    scheduler.stop()
