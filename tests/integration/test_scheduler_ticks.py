"""One tick of the timer, over both databases: what is sent, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.small_hub import Outgoing, change, connected, small_hub

from ledgerport.db.models import Connection, ConnectionState, Grant, ProviderSwitch
from ledgerport.db.session import database_now
from ledgerport.services.context import Hub
from ledgerport.services.tick import Sent, lead, step_down, tick

# For what the database decides; the rest is the same code whatever lies below.
ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("migrated_postgres_url")) if getattr(request, "param", "") == "postgres" else ""


@pytest.fixture
def outgoing() -> Outgoing:
    return Outgoing()


@pytest.fixture
def hub(tmp_path: Path, database_url: str, outgoing: Outgoing) -> Iterator[Hub]:
    with small_hub(tmp_path, database_url, queue=outgoing) as hub:
        yield hub


class HandTimer:
    """Seconds of the machine, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def leased(hub: Hub, connection_id: int, seconds: float) -> None:
    with hub.database.everything() as session:
        now = database_now(session)
        session.get_one(Connection, connection_id).lease_until = now + timedelta(seconds=seconds)


@ON_BOTH
def test_a_due_connection_gets_a_message(hub: Hub, outgoing: Outgoing) -> None:
    connection = connected(hub, due_in=0)
    tick(hub, Sent())
    assert outgoing.sent == [("sync.drain", connection)]


@ON_BOTH
def test_the_longest_waiting_connection_comes_first(hub: Hub, outgoing: Outgoing) -> None:
    young, old = connected(hub, due_in=-5), connected(hub, due_in=-50)
    tick(hub, Sent())
    assert outgoing.sent == [("sync.drain", old), ("sync.drain", young)]


@ON_BOTH
def test_a_connection_that_is_due_later_is_named_and_not_sent(hub: Hub, outgoing: Outgoing) -> None:
    now = hub.clock.now()
    connected(hub, due_in=300)
    connected(hub, due_in=90)
    connected(hub, due_in=None)
    next_at = tick(hub, Sent())
    assert next_at is not None and 85 < (next_at - now).total_seconds() < 95
    assert outgoing.sent == []


@ON_BOTH
def test_a_connection_at_which_a_drain_is_at_work_is_left_alone(hub: Hub, outgoing: Outgoing) -> None:
    leased(hub, connected(hub, due_in=0), seconds=15)
    tick(hub, Sent())
    assert outgoing.sent == []


@ON_BOTH
def test_a_connection_whose_worker_was_killed_is_sent_when_its_lease_is_over(hub: Hub, outgoing: Outgoing) -> None:
    connection = connected(hub, due_in=0)
    leased(hub, connection, seconds=-0.5)
    tick(hub, Sent())
    assert outgoing.sent == [("sync.drain", connection)]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": ConnectionState.PAUSED},
        {"state": ConnectionState.NEEDS_RECONNECTION},
        {"state": ConnectionState.DISCONNECTED},
        {"grant_id": None},
        {"provider": "not-installed"},
    ],
)
def test_a_connection_that_cannot_work_is_not_sent(hub: Hub, outgoing: Outgoing, fields: dict[str, str]) -> None:
    connected(hub, due_in=0, **fields)
    connected(hub, due_in=60, **fields)
    assert tick(hub, Sent()) is None
    assert outgoing.sent == []


@ON_BOTH
def test_a_provider_that_an_operator_turned_off_is_not_sent_for_that_tenant(hub: Hub, outgoing: Outgoing) -> None:
    off, on = connected(hub, due_in=0), connected(hub, due_in=0)
    with hub.database.everything() as session:
        for connection, enabled in ((off, False), (on, True)):
            tenant_id = session.get_one(Connection, connection).tenant_id
            session.add(
                ProviderSwitch(
                    tenant_id=tenant_id,
                    provider="acme",
                    enabled=enabled,
                    changed_at=hub.clock.now(),
                    changed_by="operator",
                )
            )
    tick(hub, Sent())
    assert outgoing.sent == [("sync.drain", on)]


def test_a_message_that_waits_is_sent_again_after_five_seconds_then_less_often(hub: Hub, outgoing: Outgoing) -> None:
    connected(hub, due_in=0)
    timer = HandTimer()
    sent = Sent(timer)
    times: list[float] = []
    for _ in range(80):
        tick(hub, sent)
        if len(outgoing.sent) > len(times):
            times.append(timer.seconds - 1000)
        timer.seconds += 1
    assert times == [0, 5, 15, 35, 55, 75]


@pytest.mark.parametrize("moved", ["fence", "due_at"])
def test_a_connection_that_a_drain_has_touched_since_is_sent_at_once(hub: Hub, outgoing: Outgoing, moved: str) -> None:
    connection = connected(hub, due_in=0)
    sent = Sent(HandTimer())
    tick(hub, sent)
    change(hub, connection, **{moved: 1 if moved == "fence" else hub.clock.now()})
    tick(hub, sent)
    assert outgoing.sent == [("sync.drain", connection)] * 2


def test_what_is_not_due_any_more_is_forgotten(hub: Hub, outgoing: Outgoing) -> None:
    connection = connected(hub, due_in=0)
    due_at = hub.clock.now()
    change(hub, connection, due_at=due_at)
    sent = Sent(HandTimer())
    for moment in (due_at, None, due_at):
        change(hub, connection, due_at=moment)
        tick(hub, sent)
    assert len(outgoing.sent) == 2


def test_a_grant_that_ends_soon_is_sent_for_new_tokens(hub: Hub, outgoing: Outgoing) -> None:
    connection = connected(hub, due_in=None)
    now = hub.clock.now()
    with hub.database.everything() as session:
        grant_id = session.get_one(Connection, connection).grant_id
        grant = session.get_one(Grant, grant_id)
        grant.refresh_cipher = b"sealed"
        grant.refreshed_at = now - timedelta(minutes=59)
        grant.access_expires_at = now + timedelta(minutes=1)
    tick(hub, Sent())
    assert outgoing.sent == [("tokens.refresh", grant_id)]


@ON_BOTH
def test_one_scheduler_leads_until_it_steps_down(tmp_path: Path, hub: Hub, database_url: str) -> None:
    with small_hub(tmp_path, database_url) as other:
        assert lead(hub)
        assert not lead(other)
        assert lead(hub)
        step_down(other)
        assert not lead(other)
        step_down(hub)
        assert lead(other)
        assert not lead(hub)
