"""What each failure of the wire means: nothing was applied, or something may have been."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from tests.integration.acme_books import (
    SECRET,
    Office,
    Server,
    badly_compressed,
    chain,
    cut,
    cut_within,
    nonsense,
    silent,
    unanswered_until,
)

from ledgerport.contract import (
    ScaledClock,
    TryLater,
    Unknown,
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


NO_ANSWERS = [cut, cut_within, nonsense, badly_compressed, silent]


class TestNoAnswer:
    @pytest.mark.parametrize("failure", NO_ANSWERS)
    def test_a_write_without_a_whole_answer_is_unknown(
        self, office: Office, server: Server, failure: Callable[[socket.socket], None]
    ) -> None:
        server.answers = [failure]
        with office.open() as call, pytest.raises(Unknown) as failed:
            call.account.http.post("/x", json={"amount": "125.00"})
        assert call.sent and call.calls == 1
        assert office.under_way() == 0
        assert SECRET not in chain(failed.value)

    @pytest.mark.parametrize("failure", NO_ANSWERS)
    def test_a_read_without_a_whole_answer_may_be_tried_again(
        self, office: Office, server: Server, failure: Callable[[socket.socket], None]
    ) -> None:
        server.answers = [failure, failure]
        with office.open() as call:
            with pytest.raises(TryLater):
                call.account.http.get("/x")
            with pytest.raises(TryLater):
                call.account.http.post("/query", content=b"select", extensions=call_options(read=True))
        assert not call.sent

    def test_a_write_that_is_not_answered_in_time_is_unknown(self, office: Office, server: Server) -> None:
        office.request_seconds = 0.3
        released = threading.Event()
        server.answers = [unanswered_until(released)]
        with office.open() as call, pytest.raises(Unknown, match="may have been made"):
            call.account.http.post("/x", json={})
        released.set()

    def test_the_time_to_answer_runs_on_the_hubs_clock(self, office: Office, server: Server) -> None:
        office.clock = ScaledClock(rate=60, at=datetime(2026, 11, 23, tzinfo=UTC))
        office.request_seconds = 30.0
        released = threading.Event()
        server.answers = [unanswered_until(released)]
        began = time.monotonic()
        with office.open() as call, pytest.raises(TryLater):
            call.account.http.get("/x")
        assert 0.4 < time.monotonic() - began < 3
        released.set()

    def test_a_request_that_never_left_may_be_tried_again_and_costs_nothing(
        self, office: Office, wire: httpx.HTTPTransport
    ) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            office.url = f"http://127.0.0.1:{closed.getsockname()[1]}"
            with office.open() as call, pytest.raises(TryLater, match="could not be reached"):
                call.account.http.post("/x", json={})
        assert not call.sent and call.calls == 0
        for _ in range(100):
            office.permit().end()

    def test_a_body_that_fails_while_it_is_made_never_leaves(self, office: Office, server: Server) -> None:
        def body() -> Iterator[bytes]:
            yield b"half"
            raise ZeroDivisionError

        with office.open() as call, pytest.raises(ZeroDivisionError):
            call.account.http.post("/x", content=body())
        assert not call.sent and server.heard == []
