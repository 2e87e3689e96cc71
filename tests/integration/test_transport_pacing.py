"""Calls to a provider wait for its limits, and for the pauses that it asks for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from tests.integration.acme_books import (
    ROUTE,
    Office,
    Server,
    answer,
)

from ledgerport.contract import (
    Account,
    TryLater,
    call_options,
)
from ledgerport.engine.exchange import make_wire


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def wire() -> Iterator[httpx.HTTPTransport]:
    with make_wire() as wire:
        yield wire


@pytest.fixture
def office(wire: httpx.HTTPTransport, server: Server) -> Office:
    return Office(wire, server.url)


class TestPacing:
    def test_the_given_permit_pays_for_the_first_request_and_no_other(self, office: Office, server: Server) -> None:
        server.answers = [answer(200), answer(200)]
        with office.open(office.permit()) as call:
            call.account.http.get("/x")
            call.account.http.get("/x")
        for _ in range(98):
            office.permit().end()
        assert isinstance(office.limiter.ask(ROUTE), datetime)

    def test_a_permit_that_no_request_used_is_given_back(self, office: Office) -> None:
        with office.open(office.permit()):
            assert office.under_way() == 1
        assert office.under_way() == 0
        for _ in range(100):
            office.permit().end()

    def test_a_permit_stays_taken_while_a_plugin_that_was_given_up_waits_for_its_answer(
        self, office: Office, server: Server
    ) -> None:
        arrived, released = threading.Event(), threading.Event()

        def slow(connection: socket.socket) -> None:
            arrived.set()
            released.wait(10)
            connection.sendall(answer(200))

        server.answers = [slow]
        with office.open(office.permit()) as call:
            plugin = threading.Thread(target=call.account.http.get, args=("/x",))
            plugin.start()
            assert arrived.wait(5)
        assert office.under_way() == 1
        released.set()
        plugin.join(5)
        assert office.under_way() == 0

    def test_a_request_that_still_waits_when_its_call_is_given_up_never_leaves(
        self, office: Office, server: Server
    ) -> None:
        office.limiter.hold(ROUTE, office.clock.now() + timedelta(seconds=0.5))
        raised: list[Exception] = []

        def plugin(account: Account) -> None:
            try:
                account.http.post("/x", json={})
            except TryLater as error:
                raised.append(error)

        with office.open() as call:
            waiting = threading.Thread(target=plugin, args=(call.account,))
            waiting.start()
            waiting.join(0.1)
        waiting.join(5)
        assert len(raised) == 1 and not call.sent and server.heard == []

    def test_a_long_wait_goes_back_to_the_scheduler_before_anything_left(self, office: Office, server: Server) -> None:
        until = office.clock.now() + timedelta(seconds=30)
        office.limiter.hold(ROUTE, until)
        with office.open() as call, pytest.raises(TryLater) as failed:
            call.account.http.post("/x", json={})
        assert failed.value.at is not None and abs(failed.value.at - until) < timedelta(milliseconds=1)
        assert not call.sent and server.heard == []

    def test_a_short_wait_is_waited_out(self, office: Office, server: Server) -> None:
        server.answers = [answer(200)]
        until = office.clock.now() + timedelta(seconds=0.3)
        office.limiter.hold(ROUTE, until)
        with office.open() as call:
            assert call.account.http.get("/x").status_code == 200
        assert until <= office.clock.now() < until + timedelta(seconds=1)

    def test_a_call_counts_on_the_meter_it_names(self, office: Office, server: Server) -> None:
        server.answers = [answer(200), answer(200), answer(200)]
        with office.open() as call:
            for _ in range(2):
                call.account.http.post("/batch", json={}, extensions=call_options(meter="batch"))
            with pytest.raises(TryLater):
                call.account.http.post("/batch", json={}, extensions=call_options(meter="batch"))
            assert call.account.http.post("/x", json={}).status_code == 200

    @pytest.mark.parametrize(
        ("status", "headers", "seconds"),
        [
            (429, {"Retry_After": "20"}, 20),
            (503, {"Retry_After": "20"}, 20),
            (429, {}, 60),
            (429, {"Retry_After": "soon"}, 60),
            (
                429,
                {"Retry_After": "Mon, 23 Nov 2026 12:00:45 GMT", "Date": "Mon, 23 Nov 2026 12:00:00 GMT"},
                45,
            ),
        ],
    )
    def test_a_provider_that_asks_for_a_pause_gets_it(
        self, office: Office, server: Server, status: int, headers: dict[str, str], seconds: int
    ) -> None:
        server.answers = [answer(status, b"{}", **headers)]
        with office.open() as call:
            assert call.account.http.get("/x").status_code == status
        until = office.limiter.ask(ROUTE)
        assert isinstance(until, datetime)
        assert until - office.clock.now() == pytest.approx(timedelta(seconds=seconds), abs=timedelta(seconds=2))

    def test_a_503_without_a_pause_holds_nothing(self, office: Office, server: Server) -> None:
        server.answers = [answer(503)]
        with office.open() as call:
            call.account.http.get("/x")
        office.permit().give_back()
