"""A drain that must stop: paused, disconnected, turned off, or no longer let in. Nothing is lost by it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from tests.integration.killing.shop import item, shop
from tests.integration.killing.steps import one_of, small_shop
from tests.integration.killing.world import World, assert_books_agree, fill, task_states, world
from tests.stage import PROVIDERS, connect

from ledgerport.contract import Kind
from ledgerport.db.models import Connection, ConnectionState, Link, ProviderSwitch, Send, SendState, Task, TaskState
from ledgerport.services.context import Hub
from ledgerport.services.disconnect import disconnect
from ledgerport.services.drain_connection import drain
from ledgerport.services.draining.execute import Carrier
from ledgerport.services.draining.orders import Order


def set_state(hub: Hub, state: ConnectionState) -> None:
    with hub.database.everything() as session:
        session.execute(update(Connection).values(state=state))


def turn_off(made: World, hub: Hub) -> None:
    with hub.database.tenant(made.tenant) as session:
        session.add(
            ProviderSwitch(
                tenant_id=made.tenant, provider="quickbooks", enabled=False, changed_at=hub.clock.now(), changed_by="op"
            )
        )


def after_the_first_send(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen while the first request of a drain is answered."""
    carry = Carrier.carry
    done: list[bool] = []

    def carry_and_act(carrier: Carrier, order: Any) -> Any:
        answer = carry(carrier, order)
        if not done:
            done.append(True)
            act()
        return answer

    monkeypatch.setattr(Carrier, "carry", carry_and_act)


def api_calls(made: World) -> int:
    return sum(1 for row in made.sandbox.calls()["last"] if row["company"])


def test_a_provider_turned_off_is_not_called_at_all(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, shop())
        before = api_calls(made)
        turn_off(made, hub)
        assert not drain(hub, made.connection).worked
        assert api_calls(made) == before
        assert task_states(hub, made.connection).keys() == {TaskState.WAITING}


def test_a_provider_turned_off_while_a_drain_runs_is_not_called_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, (item(number) for number in range(1, 1000)))
        after_the_first_send(monkeypatch, lambda: turn_off(made, hub))
        result = drain(hub, made.connection)
        assert result.worked
        assert not result.again
        calls = api_calls(made)
        assert not drain(hub, made.connection).worked
        assert api_calls(made) == calls
        # What was under way is written, and the lease is free for whoever comes when the provider is on again.
        states = task_states(hub, made.connection)
        assert states.keys() == {TaskState.WAITING, TaskState.DONE}
        assert len(made.sandbox.ledger()["items"]) == states[TaskState.DONE]
        with hub.database.everything(read=True) as session:
            assert session.scalar(select(Connection.lease_until)) is None
        with hub.database.everything() as session:
            session.execute(update(ProviderSwitch).values(enabled=True))
        made.finish(hub)
        assert_books_agree(made, hub)


def test_a_pause_stops_a_running_drain_and_what_was_under_way_is_still_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path) as made, made.hub() as hub:
        fill(made, hub, (item(number) for number in range(1, 1000)))
        after_the_first_send(monkeypatch, lambda: set_state(hub, ConnectionState.PAUSED))
        drain(hub, made.connection)
        states = task_states(hub, made.connection)
        assert states[TaskState.WAITING] > 0
        assert TaskState.SENDING not in states
        assert len(made.sandbox.ledger()["items"]) == states[TaskState.DONE]
        set_state(hub, ConnectionState.ACTIVE)
        made.finish(hub)
        assert_books_agree(made, hub)


def test_a_disconnected_company_loses_its_drain_at_once_and_a_reconnection_finds_what_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path, rate=60) as made, made.hub() as hub:
        fill(made, hub, (item(number) for number in range(1, 1000)))
        after_the_first_send(
            monkeypatch,
            lambda: disconnect(hub, tenant_id=made.tenant, connection_id=made.connection, by="the test"),
        )
        drain(hub, made.connection)
        with hub.database.everything(read=True) as session:
            assert session.scalar(select(func.count(Link.id))) == 0
            assert session.scalar(select(func.count(Send.id)).where(Send.state == SendState.OPEN))
        assert 0 < len(made.sandbox.ledger()["items"]) < 999
        assert connect(hub, made.sandbox, made.tenant) == made.connection
        made.finish(hub)
        assert_books_agree(made, hub)


@pytest.mark.parametrize("act", ["pause", "disconnect"])
def test_records_that_go_one_by_one_after_a_refused_batch_stop_within_a_second_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    carry, acted = Carrier.carry, threading.Event()
    began: list[float] = []
    stopped: list[float] = []

    with world(tmp_path, rate=60) as made, made.hub() as hub:
        fill(made, hub, (item(number) for number in range(1, 1000)))
        made.sandbox.fault("refuse_batch", code="2010", match={"entity": "Item"}, count=None)

        def stop() -> None:
            if act == "pause":
                set_state(hub, ConnectionState.PAUSED)
            else:
                disconnect(hub, tenant_id=made.tenant, connection_id=made.connection, by="the test")

        def carry_and_stop(carrier: Carrier, order: Order) -> Any:
            began.append(time.monotonic())
            answer = carry(carrier, order)
            if len(order.parcels) == 1 and not acted.is_set():
                acted.set()
                stop()
                stopped.append(time.monotonic())
            return answer

        monkeypatch.setattr(Carrier, "carry", carry_and_stop)
        drain(hub, made.connection)
        assert max(began) < stopped[0] + 1
        assert time.monotonic() < stopped[0] + 1
        assert task_states(hub, made.connection)[TaskState.WAITING]


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE, Kind.PAYMENT])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_grant_withdrawn_in_the_middle_asks_for_a_reconnection_that_finishes_everything(
    tmp_path: Path, provider: str, kind: Kind
) -> None:
    with world(tmp_path, provider, rate=60) as made, made.hub() as hub:
        fill(made, hub, small_shop(provider))
        made.sandbox.fault("revoked_grant", match=one_of(provider, kind))
        made.finish(hub)
        with hub.database.everything(read=True) as session:
            connection = session.scalars(select(Connection)).one()
            assert connection.state == ConnectionState.NEEDS_RECONNECTION
            assert connection.reason.startswith(f"Reconnect required. {made.terms.label} no longer accepts")
            assert "Nothing is lost: " in connection.reason
            assert session.scalar(select(func.count(Task.id)).where(Task.state == TaskState.WAITING))
        connect(hub, made.sandbox, made.tenant, connection_id=made.connection)
        made.finish(hub)
        assert_books_agree(made, hub)


def test_an_error_in_our_own_code_gives_the_lease_back_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path, rate=60) as made, made.hub() as hub:
        fill(made, hub, [item(1)])
        carry = Carrier.carry

        def carry_and_fail(carrier: Carrier, order: Any) -> Any:
            carry(carrier, order)
            raise ArithmeticError("made up by the test")

        monkeypatch.setattr(Carrier, "carry", carry_and_fail)
        with pytest.raises(ArithmeticError):
            drain(hub, made.connection)
        monkeypatch.undo()
        made.finish(hub)
        assert len(made.sandbox.ledger()["items"]) == 1
        assert_books_agree(made, hub)
