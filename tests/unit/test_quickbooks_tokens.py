"""Intuit's token endpoint: a good token is never given up, a lost one is said to be lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from ledgerport.contract import Broken, Endpoint, Grant, LoginNeeded, TryLater
from ledgerport_quickbooks import hooks

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
GRANT = Grant(
    access_token=SecretStr("old-access"),
    access_expires_at=NOW,
    refresh_token=SecretStr("old-refresh"),
    hard_expires_at=NOW + timedelta(days=900),
)
GOOD = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "token_type": "bearer",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8726400,
}


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


class Intuit:
    """One scripted answer, and what it was asked."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.requests: list[httpx.Request] = []

    def endpoint(self) -> Endpoint:
        return endpoint(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, content=self.body, headers={"intuit_tid": "1-abc"})


def endpoint(answer: Callable[[httpx.Request], httpx.Response]) -> Endpoint:
    return Endpoint(
        http=httpx.Client(transport=httpx.MockTransport(answer)),
        token_url="https://oauth.example/tokens/bearer",
        revoke_url="https://oauth.example/tokens/revoke",
        clock=Stopped(),
    )


def refresh(intuit: Intuit) -> Grant:
    return hooks.refresh_token(grant=GRANT, endpoint=intuit.endpoint())


def test_a_refresh_trades_the_token_and_keeps_the_new_pair() -> None:
    intuit = Intuit(200, GOOD)
    grant = refresh(intuit)
    (request,) = intuit.requests
    assert parse_qs(request.content.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["old-refresh"]}
    assert request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert grant.access_token.get_secret_value() == "new-access"
    assert grant.refresh_token is not None
    assert grant.refresh_token.get_secret_value() == "new-refresh"
    assert grant.refresh_expires_at == NOW + timedelta(days=101)


def test_the_hard_end_is_read_where_it_is_told_and_kept_where_it_is_not() -> None:
    told = refresh(Intuit(200, {**GOOD, "x_refresh_token_hard_expires_in": 157680000}))
    assert told.hard_expires_at == NOW + timedelta(seconds=157680000)
    assert refresh(Intuit(200, GOOD)).hard_expires_at == GRANT.hard_expires_at


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_grant"},
        {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"},
        {"error": "invalid_grant", "error_description": "Incorrect Token type or clientID"},
        {"error_description": "Token invalid", "error": "invalid_grant"},
    ],
    ids=["bare", "2025", "foreign", "2018"],
)
@pytest.mark.parametrize("status", [400, 401, 200])
def test_an_invalid_grant_needs_a_login_whatever_the_status(status: int, body: dict[str, str]) -> None:
    with pytest.raises(LoginNeeded) as caught:
        refresh(Intuit(status, body))
    assert caught.value.trace_id == "1-abc"


def test_a_wrong_client_is_our_own_fault() -> None:
    with pytest.raises(Broken, match="client id or secret"):
        refresh(Intuit(401, {"error": "invalid_client"}))


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503, 504, 200])
@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><title>Blocked</title>", b"upstream", b'{"access_token":"ab'])
def test_what_is_no_answer_of_the_endpoint_keeps_the_token(status: int, body: bytes) -> None:
    with pytest.raises(TryLater):
        refresh(Intuit(status, body))


def test_a_word_in_the_description_does_not_end_a_grant() -> None:
    with pytest.raises(TryLater):
        refresh(Intuit(503, {"message": "invalid_grant service is down"}))


def test_only_the_error_decides_and_never_its_description() -> None:
    with pytest.raises(TryLater):
        refresh(Intuit(400, {"error": "temporarily_unavailable", "error_description": "invalid_grant store is down"}))


def test_a_server_error_in_words_is_waited_out() -> None:
    with pytest.raises(TryLater):
        refresh(Intuit(500, {"error": "server_error"}))


def test_an_endpoint_that_cannot_be_reached_keeps_the_token() -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("no answer", request=request)

    with pytest.raises(TryLater):
        hooks.refresh_token(grant=GRANT, endpoint=endpoint(lost))


def test_an_answer_without_a_token_is_broken_and_names_no_value() -> None:
    with pytest.raises(Broken) as caught:
        refresh(Intuit(200, {"refresh_token": "RT1-secret"}))
    assert "RT1-secret" not in f"{caught.value} {caught.value.detail}"


def test_the_recorded_refusal_needs_a_login(shared: Path) -> None:
    folder = shared / "recorded" / "quickbooks" / "intuit-oauth-jsclient"
    recorded = json.loads((folder / "errorResponse.json").read_text())
    with pytest.raises(LoginNeeded):
        refresh(Intuit(recorded["response"]["status"], recorded["body"].encode()))


def test_the_recorded_answer_is_a_grant(shared: Path) -> None:
    folder = shared / "recorded" / "quickbooks" / "intuit-oauth-jsclient"
    recorded = json.loads((folder / "response.json").read_text())
    grant = refresh(Intuit(recorded["status"], recorded["body"].encode()))
    assert grant.access_expires_at == NOW + timedelta(hours=1)
    assert grant.refresh_expires_at == NOW + timedelta(seconds=8726400)


def test_a_revoke_names_the_refresh_token() -> None:
    intuit = Intuit(200, b"")
    assert hooks.revoke_token(grant=GRANT, endpoint=intuit.endpoint()) is True
    assert json.loads(intuit.requests[0].content) == {"token": "old-refresh"}


def test_a_grant_that_was_ended_before_is_ended() -> None:
    assert hooks.revoke_token(grant=GRANT, endpoint=Intuit(400, {"error": "invalid_grant"}).endpoint()) is True


def test_a_refusal_without_a_known_reason_is_not_called_ended() -> None:
    assert hooks.revoke_token(grant=GRANT, endpoint=Intuit(400, {"error": "invalid_request"}).endpoint()) is False


def test_a_revoke_that_may_pass_later_is_tried_later() -> None:
    with pytest.raises(TryLater):
        hooks.revoke_token(grant=GRANT, endpoint=Intuit(503, b"").endpoint())


def test_a_revoke_with_a_wrong_client_is_our_own_fault() -> None:
    with pytest.raises(Broken):
        hooks.revoke_token(grant=GRANT, endpoint=Intuit(401, {"error": "invalid_client"}).endpoint())
