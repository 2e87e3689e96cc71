"""Wave's token endpoint: a good token is never given up, a lapsed plan is not a lost login."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from ledgerport.contract import Broken, ContractError, Endpoint, Grant, LoginNeeded, Refused, TryLater
from ledgerport_wave import hooks

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
GRANT = Grant(access_token=SecretStr("old-access"), access_expires_at=NOW, refresh_token=SecretStr("old-refresh"))
GOOD = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "token_type": "Bearer",
    "expires_in": 7200,
    "scope": "business:read invoice:*",
}
PAGE = b"<!DOCTYPE html><html><title>Access denied</title></html>"


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


class Wave:
    """One scripted answer, and what it was asked."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, content=self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.requests[0].content.decode())


def endpoint(answer: Callable[[httpx.Request], httpx.Response]) -> Endpoint:
    return Endpoint(
        http=httpx.Client(transport=httpx.MockTransport(answer)),
        token_url="https://wave.example/oauth2/token/",
        revoke_url="https://wave.example/oauth2/token-revoke/",
        clock=Stopped(),
        redirect_uri="https://hub.example/oauth/wave/callback",
    )


def refresh(wave: Wave) -> Grant:
    return hooks.refresh_token(grant=GRANT, endpoint=endpoint(wave.answer))


def failure(status: int, body: Any) -> ContractError:
    with pytest.raises(ContractError) as caught:
        refresh(Wave(status, body))
    return caught.value


def test_a_refresh_names_our_callback_and_keeps_the_new_pair() -> None:
    wave = Wave(200, GOOD)
    grant = refresh(wave)
    assert wave.form == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["old-refresh"],
        "redirect_uri": ["https://hub.example/oauth/wave/callback"],
    }
    assert grant.access_token.get_secret_value() == "new-access"
    assert grant.refresh_token is not None
    assert grant.refresh_token.get_secret_value() == "new-refresh"
    assert grant.access_expires_at == NOW + timedelta(hours=2)


def test_the_old_refresh_token_is_kept_when_none_comes_back() -> None:
    grant = refresh(Wave(200, {"access_token": "new-access", "expires_in": 60}))
    assert grant.refresh_token is not None
    assert grant.refresh_token.get_secret_value() == "old-refresh"


@pytest.mark.parametrize("status", [400, 401])
def test_a_spent_refresh_token_asks_for_a_login(status: int) -> None:
    assert isinstance(failure(status, {"error": "invalid_grant"}), LoginNeeded)


@pytest.mark.parametrize("body", [{"error": "forbidden"}, {"error": "invalid_grant"}, {}, b"", b"Forbidden"])
def test_a_lapsed_plan_keeps_the_grant_and_says_to_renew_it(body: Any) -> None:
    found = failure(403, body)
    assert isinstance(found, Refused)
    assert found.code == "plan_lapsed"
    assert "renew the plan" in found.reason


def test_a_firewalls_403_is_tried_later() -> None:
    assert isinstance(failure(403, PAGE), TryLater)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (502, PAGE), (429, b""), (200, PAGE), (200, b'{"access_tok'), (503, {"error": "server_error"})],
)
def test_what_may_pass_costs_nobody_the_grant(status: int, body: Any) -> None:
    assert isinstance(failure(status, body), TryLater)


@pytest.mark.parametrize("code", ["invalid_client", "invalid_request", "unsupported_grant_type"])
def test_a_fault_of_our_settings_is_broken_and_no_lost_login(code: str) -> None:
    found = failure(401, {"error": code})
    assert isinstance(found, Broken)
    assert found.code == code


def test_an_answer_without_a_token_is_broken() -> None:
    assert isinstance(failure(200, {"token_type": "Bearer"}), Broken)


def test_an_endpoint_that_cannot_be_reached_is_tried_later() -> None:
    def unreachable(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(TryLater):
        hooks.refresh_token(grant=GRANT, endpoint=endpoint(unreachable))


def test_a_grant_without_a_refresh_token_cannot_be_renewed() -> None:
    grant = Grant(access_token=SecretStr("full-access"), access_expires_at=NOW)
    with pytest.raises(Broken):
        hooks.refresh_token(grant=grant, endpoint=endpoint(Wave(200, GOOD).answer))


def test_no_error_quotes_a_token() -> None:
    found = failure(400, {"error": "invalid_request", "error_description": "bad refresh_token: 'old-refresh-token-x'"})
    assert "old-refresh" not in found.detail


def test_a_disconnect_revokes_the_refresh_token() -> None:
    wave = Wave(200, b"")
    assert hooks.revoke_token(grant=GRANT, endpoint=endpoint(wave.answer))
    assert wave.form == {"token": ["old-refresh"]}
    assert wave.requests[0].url.path == "/oauth2/token-revoke/"


@pytest.mark.parametrize(
    ("status", "body", "ended"),
    [(400, {"error": "invalid_token"}, True), (400, {"error": "invalid_grant"}, True), (400, {"error": "odd"}, False)],
)
def test_a_grant_that_was_ended_before_is_ended(status: int, body: Any, ended: bool) -> None:
    assert hooks.revoke_token(grant=GRANT, endpoint=endpoint(Wave(status, body).answer)) is ended


@pytest.mark.parametrize(
    ("status", "body", "branch"),
    [(503, b"", TryLater), (403, b"", TryLater), (401, {"error": "invalid_client"}, Broken)],
)
def test_a_revocation_that_fails_says_why(status: int, body: Any, branch: type[ContractError]) -> None:
    with pytest.raises(branch):
        hooks.revoke_token(grant=GRANT, endpoint=endpoint(Wave(status, body).answer))
