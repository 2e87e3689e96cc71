"""FreshBooks' token endpoint: a good token is never given up, a lost one is said to be lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from ledgerport.contract import Broken, Endpoint, Grant, LoginNeeded, Refused, TryLater
from ledgerport_freshbooks import hooks
from ledgerport_freshbooks.terms import TERMS

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
CALLBACK = "https://hub.example/oauth/freshbooks/callback"
GRANT = Grant(access_token=SecretStr("old-access"), access_expires_at=NOW, refresh_token=SecretStr("old-refresh"))
GOOD = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "token_type": "Bearer",
    "expires_in": 43200,
    "scope": "user:profile:read user:clients:read",
    "created_at": int(NOW.timestamp()),
    "direct_buy_tokens": {},
}
PAGE = b"<html><title>Forbidden</title></html>"


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


class FreshBooks:
    """Scripted answers, the last one again and again, and what was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(
            http=httpx.Client(transport=httpx.MockTransport(self._answer)),
            token_url="https://freshbooks.example/auth/oauth/token",
            revoke_url="https://freshbooks.example/auth/oauth/revoke",
            clock=Stopped(),
            redirect_uri=CALLBACK,
        )

    @property
    def forms(self) -> list[dict[str, list[str]]]:
        return [parse_qs(request.content.decode()) for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())


def refresh(status: int, body: Any) -> Grant:
    return hooks.refresh_token(grant=GRANT, endpoint=FreshBooks((status, body)).endpoint)


def test_a_refresh_sends_the_callback_too() -> None:
    freshbooks = FreshBooks((200, GOOD))
    grant = hooks.refresh_token(grant=GRANT, endpoint=freshbooks.endpoint)
    form = {"grant_type": ["refresh_token"], "refresh_token": ["old-refresh"], "redirect_uri": [CALLBACK]}
    assert freshbooks.forms == [form]
    assert grant.refresh_token is not None
    assert grant.refresh_token.get_secret_value() == "new-refresh"
    assert grant.access_expires_at == NOW + timedelta(hours=12)
    assert (grant.refresh_expires_at, grant.hard_expires_at) == (None, None)


def test_the_access_token_ends_counted_from_when_it_was_made_and_not_from_now() -> None:
    made = int((NOW - timedelta(hours=5)).timestamp())
    grant = refresh(200, {**GOOD, "created_at": made, "expires_in": 43199})
    assert grant.access_expires_at == NOW + timedelta(hours=7) - timedelta(seconds=1)


def test_a_new_pair_that_would_be_over_already_is_used_a_while_so_that_refreshes_do_not_chase_each_other() -> None:
    grant = refresh(200, {**GOOD, "created_at": int((NOW - timedelta(days=2)).timestamp())})
    assert NOW < grant.access_expires_at <= NOW + timedelta(minutes=5)


def test_only_invalid_grant_asks_for_a_new_login() -> None:
    with pytest.raises(LoginNeeded):
        refresh(400, {"error": "invalid_grant", "error_description": "The provided authorization grant is invalid."})


def test_a_wrong_client_is_the_operators_to_mend_and_costs_no_grant() -> None:
    with pytest.raises(Refused, match="callback address"):
        refresh(401, {"error": "invalid_client", "error_description": "Client authentication failed."})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (502, PAGE),
        (403, PAGE),
        (429, {"error": "too_many", "error_description": "slow down"}),
        (400, {"error": "temporarily_unavailable"}),
        (400, b""),
        (200, PAGE),
        (401, {"message": "no"}),
    ],
)
def test_what_may_pass_keeps_the_token(status: int, body: Any) -> None:
    with pytest.raises(TryLater):
        refresh(status, body)


def test_another_error_is_a_fault_of_ours() -> None:
    with pytest.raises(Broken):
        refresh(400, {"error": "unsupported_grant_type"})
    with pytest.raises(Broken):
        refresh(200, {"token_type": "Bearer"})


def test_without_a_refresh_token_nothing_is_sent() -> None:
    freshbooks = FreshBooks((200, GOOD))
    bare = Grant(access_token=SecretStr("a"), access_expires_at=NOW)
    with pytest.raises(Broken):
        hooks.refresh_token(grant=bare, endpoint=freshbooks.endpoint)
    assert freshbooks.requests == []


def test_no_error_repeats_a_token() -> None:
    with pytest.raises(LoginNeeded) as lost:
        refresh(400, {"error": "invalid_grant", "error_description": "token " + "ab12" * 16 + " is spent"})
    assert "ab12ab12" not in lost.value.detail


def test_a_network_that_is_down_keeps_the_token() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("old-refresh was in there")

    endpoint = Endpoint(
        http=httpx.Client(transport=httpx.MockTransport(fail)),
        token_url="https://freshbooks.example/token",
        revoke_url="",
        clock=Stopped(),
    )
    with pytest.raises(TryLater) as later:
        hooks.refresh_token(grant=GRANT, endpoint=endpoint)
    assert later.value.detail == "ConnectError"


def test_disconnecting_ends_the_refresh_token_and_then_the_access_token() -> None:
    freshbooks = FreshBooks((200, {}))
    assert hooks.revoke_token(grant=GRANT, endpoint=freshbooks.endpoint)
    assert freshbooks.forms == [{"token": ["old-refresh"]}, {"token": ["old-access"]}]
    assert {request.url.path for request in freshbooks.requests} == {"/auth/oauth/revoke"}


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_token"])
def test_a_grant_that_was_ended_before_is_ended(error: str) -> None:
    assert hooks.revoke_token(grant=GRANT, endpoint=FreshBooks((400, {"error": error})).endpoint)


def test_a_refusal_to_end_it_is_told() -> None:
    assert not hooks.revoke_token(grant=GRANT, endpoint=FreshBooks((400, {"error": "nope"}), (200, {})).endpoint)
    with pytest.raises(TryLater):
        hooks.revoke_token(grant=GRANT, endpoint=FreshBooks((503, b"")).endpoint)
    with pytest.raises(Refused):
        hooks.revoke_token(grant=GRANT, endpoint=FreshBooks((401, {"error": "invalid_client"})).endpoint)


def test_the_terms_ask_for_no_scope_that_freshbooks_does_not_have() -> None:
    scopes = TERMS.oauth.scopes
    assert len(set(scopes)) == len(scopes)
    assert "user:profile:read" in scopes
    assert not {"user:profile:write", "user:reports:write", "user:notifications:write"} & set(scopes)
