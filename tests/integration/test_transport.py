"""A request to a provider over a real socket: what left, what came back, and what a 401 does."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest
from pydantic import SecretStr
from tests.integration.acme_books import (
    SECRET,
    TERMS,
    Office,
    Server,
    answer,
    chain,
    unanswered_until,
)

from ledgerport.contract import (
    Broken,
    LoginNeeded,
    TryLater,
    call_options,
)
from ledgerport.engine.exchange import make_wire
from ledgerport.engine.pacing import route_for
from ledgerport.engine.transport import AccessToken


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


class TestARequest:
    def test_it_carries_the_bearer_token_and_says_who_we_are(self, office: Office, server: Server) -> None:
        server.answers = [answer(200, b'{"ok": 1}')]
        with office.open() as call:
            assert call.account.http.get("/v3/items", params={"q": "a b"}).json() == {"ok": 1}
        (heard,) = server.heard
        assert heard.line == "GET /v3/items?q=a+b HTTP/1.1"
        assert heard.headers["authorization"] == f"Bearer {SECRET}-1"
        assert heard.headers["user-agent"].startswith("ledgerport/")
        assert heard.headers["accept"] == "application/json"

    def test_the_plugin_never_gets_to_see_the_token(self, office: Office, server: Server) -> None:
        server.answers = [answer(200)]
        with office.open() as call:
            response = call.account.http.get("/x")
        assert SECRET not in str(response.request.headers.raw) + str(response.extensions) + str(vars(call.account))

    def test_it_goes_to_the_provider_and_nowhere_else(self, office: Office, server: Server) -> None:
        with office.open() as call, pytest.raises(Broken, match="not its provider"):
            call.account.http.get("http://localhost:9/steal")
        assert server.heard == [] and call.calls == 0

    def test_answers_of_every_status_come_back_as_they_are(self, office: Office, server: Server) -> None:
        server.answers = [answer(status, b"<html>") for status in (200, 302, 400, 404, 500, 503)]
        with office.open() as call:
            got = [call.account.http.get("/x") for _ in range(6)]
        assert [one.status_code for one in got] == [200, 302, 400, 404, 500, 503]
        assert {one.text for one in got} == {"<html>"}

    def test_compressed_answers_are_read(self, office: Office, server: Server) -> None:
        server.answers = [answer(200, gzip.compress(b'{"total": "12.50"}'), content_encoding="gzip")]
        with office.open() as call:
            assert call.account.http.get("/x").json() == {"total": "12.50"}

    def test_the_last_trace_id_is_kept(self, office: Office, server: Server) -> None:
        server.answers = [answer(200, intuit_tid="one"), answer(500, x_trace="two"), answer(200)]
        with office.open() as call:
            for _ in range(3):
                call.account.http.get("/x")
        assert call.trace_id in {"one", "two"} and call.calls == 3

    def test_a_write_that_was_answered_has_left(self, office: Office, server: Server) -> None:
        server.answers = [answer(200), answer(200), answer(200)]
        with office.open() as call:
            call.account.http.get("/x")
            call.account.http.post("/query", content=b"select", extensions=call_options(read=True))
            assert not call.sent
            call.account.http.post("/x", json={"a": 1})
            assert call.sent

    def test_a_plugin_cannot_take_the_time_limit_off(self, office: Office, server: Server) -> None:
        office.request_seconds = 0.3
        released = threading.Event()
        server.answers = [unanswered_until(released)]
        with office.open() as call, pytest.raises(TryLater):
            call.account.http.get("/x", timeout=None)
        released.set()

    def test_a_token_that_no_header_can_carry_is_not_quoted(self, office: Office, server: Server) -> None:
        office.tokens = lambda _: AccessToken(SecretStr(f"{SECRET}\n"), 1)  # type: ignore[assignment]
        with office.open() as call, pytest.raises(Broken) as failed:
            call.account.http.get("/x")
        assert SECRET not in chain(failed.value)


class TestARefusedToken:
    def test_a_401_gets_a_newer_token_and_the_same_request_again(self, office: Office, server: Server) -> None:
        server.answers = [answer(401), answer(200, b'{"id": 5}')]
        with office.open() as call:
            assert call.account.http.post("/x", json={"name": "Ann"}).json() == {"id": 5}
        first, second = server.heard
        assert first.body == second.body == b'{"name":"Ann"}'
        assert second.headers["authorization"] == f"Bearer {SECRET}-2"
        assert office.tokens.refused == [1]
        assert call.calls == 2

    def test_the_newer_token_serves_the_rest_of_the_call(self, office: Office, server: Server) -> None:
        server.answers = [answer(401), answer(200), answer(200)]
        with office.open() as call:
            call.account.http.get("/x")
            call.account.http.get("/y")
        assert server.heard[2].headers["authorization"] == f"Bearer {SECRET}-2"

    def test_a_second_401_comes_back_as_it_is(self, office: Office, server: Server) -> None:
        server.answers = [answer(401), answer(401, b"no")]
        with office.open() as call:
            assert call.account.http.get("/x").status_code == 401
        assert len(server.heard) == 2

    def test_no_newer_token_means_no_second_request(self, office: Office, server: Server) -> None:
        server.answers = [answer(401)]
        office.tokens = lambda _: AccessToken(SecretStr(SECRET), 1)  # type: ignore[assignment]
        with office.open() as call:
            assert call.account.http.get("/x").status_code == 401
        assert len(server.heard) == 1

    def test_a_lost_grant_reaches_the_plugin(self, office: Office, server: Server) -> None:
        server.answers = [answer(401)]
        office.tokens.error = LoginNeeded("Reconnect Acme.")
        with office.open() as call, pytest.raises(LoginNeeded):
            call.account.http.get("/x")
        assert office.under_way() == 0

    def test_the_repeat_is_paced_as_well(self, office: Office, server: Server) -> None:
        server.answers = [answer(401)]
        used = [office.permit() for _ in range(3)]
        for permit in used:
            permit.end()
        spare = route_for(TERMS, client_id="our-app", company_id="7", meters=("batch",))
        first = office.limiter.ask(spare)
        second = office.limiter.ask(spare)
        assert not isinstance(first, datetime) and not isinstance(second, datetime)
        second.end()
        with office.open(first) as call, pytest.raises(TryLater) as failed:
            call.account.http.post("/batch", json={}, extensions=call_options(meter="batch"))
        assert failed.value.code == "paced" and len(server.heard) == 1


def test_opening_an_account_is_cheap(office: Office) -> None:
    spent = []
    for _ in range(5):
        began = time.thread_time()
        for _ in range(20):
            with office.open():
                pass
        spent.append((time.thread_time() - began) / 20)
    assert min(spent) < 0.002


class TestAnotherCallsAccount:
    def test_it_cannot_be_used_while_both_are_open(self, office: Office, server: Server) -> None:
        with office.open() as mine, office.open() as yours:
            with pytest.raises(Broken, match="account of another call") as caught:
                mine.account.http.post("/v3/payments")
            assert caught.value.code == "plugin_fault"
            server.answers = [answer(200)]
            assert yours.account.http.get("/x").status_code == 200
        assert [one.line for one in server.heard] == ["GET /x HTTP/1.1"]

    def test_a_call_within_a_call_gives_the_outer_one_back(self, office: Office, server: Server) -> None:
        server.answers = [answer(200), answer(200)]
        with office.open() as outer:
            with office.open() as inner:
                inner.account.http.get("/inner")
            assert outer.account.http.get("/outer").status_code == 200

    def test_a_thread_of_the_plugins_own_may_use_the_one_it_was_given(self, office: Office, server: Server) -> None:
        server.answers = [answer(200)]
        got: list[int] = []
        with office.open() as call:
            thread = threading.Thread(target=lambda: got.append(call.account.http.get("/x").status_code))
            thread.start()
            thread.join(10)
        assert got == [200]
