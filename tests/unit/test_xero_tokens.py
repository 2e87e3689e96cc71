"""Xero's token endpoint: a good token is never given up, a lost one is said to be lost; and the end of one
connection.
"""

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
from tests.unit.xero_factories import TENANT, problem

from ledgerport.contract import Broken, Company, Endpoint, Grant, LoginNeeded, Refused, TryLater
from ledgerport_xero import hooks

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
GRANT = Grant(
    access_token=SecretStr("old-access"), access_expires_at=NOW, refresh_token=SecretStr("old-refresh"), scopes=("a",)
)
GOOD = {
    "id_token": "eyJ.id",
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "token_type": "Bearer",
    "expires_in": 1800,
    "scope": "openid offline_access accounting.contacts",
}
API = "https://api.xero.example"
COMPANY = Company(id=TENANT, name="Demo Company (NZ)", currency="NZD")
CONNECTION = {"id": "182474d4-9413-49f0-b948-b83abd60304d", "tenantId": TENANT, "tenantType": "ORGANISATION"}
OTHER = {"id": "9332e669-0a35-4084-8f05-cd1ff31918c2", "tenantId": "another", "tenantType": "ORGANISATION"}


class Stopped:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


class Xero:
    """Scripted answers, and what was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def endpoint(self) -> Endpoint:
        return endpoint(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, body = self.answers.pop(0)
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())


def endpoint(answer: Callable[[httpx.Request], httpx.Response]) -> Endpoint:
    return Endpoint(
        http=httpx.Client(transport=httpx.MockTransport(answer)),
        token_url="https://identity.xero.example/connect/token",
        revoke_url="https://identity.xero.example/connect/revocation",
        clock=Stopped(),
        api_url=API,
    )


def refresh(xero: Xero) -> Grant:
    return hooks.refresh_token(grant=GRANT, endpoint=xero.endpoint())


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("no answer", request=request)


def test_a_refresh_trades_the_token_and_keeps_the_new_pair() -> None:
    xero = Xero((200, GOOD))
    grant = refresh(xero)
    (request,) = xero.requests
    assert parse_qs(request.content.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["old-refresh"]}
    assert grant.access_token.get_secret_value() == "new-access"
    assert grant.refresh_token is not None
    assert grant.refresh_token.get_secret_value() == "new-refresh"
    assert grant.access_expires_at == NOW + timedelta(minutes=30)
    assert grant.refresh_expires_at == NOW + timedelta(days=60)
    assert grant.scopes == ("openid", "offline_access", "accounting.contacts")


@pytest.mark.parametrize(
    "body",
    [{"error": "invalid_grant"}, {"error": "invalid_grant", "error_description": "expired"}],
    ids=["bare", "described"],
)
@pytest.mark.parametrize("status", [400, 401, 200])
def test_an_invalid_grant_needs_a_login_whatever_the_status(status: int, body: dict[str, str]) -> None:
    with pytest.raises(LoginNeeded) as caught:
        refresh(Xero((status, body)))
    assert not caught.value.company_only


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"])
def test_an_app_that_is_set_up_wrong_costs_nobody_the_grant(error: str) -> None:
    with pytest.raises(Refused, match="settings") as caught:
        refresh(Xero((400, {"error": error})))
    assert caught.value.code == error


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 502, 503, 504, 200])
@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><title>Blocked</title>", b"up", b'{"access_token":"ab', b"[]"])
def test_what_is_no_answer_of_the_endpoint_keeps_the_token(status: int, body: bytes) -> None:
    with pytest.raises(TryLater):
        refresh(Xero((status, body)))


def test_only_the_error_decides_and_never_its_description() -> None:
    with pytest.raises(TryLater):
        refresh(Xero((400, {"error": "temporarily_unavailable", "error_description": "invalid_grant store is down"})))


def test_an_endpoint_that_cannot_be_reached_keeps_the_token() -> None:
    with pytest.raises(TryLater):
        hooks.refresh_token(grant=GRANT, endpoint=endpoint(lost))


def test_an_answer_without_a_token_is_broken_and_names_no_value() -> None:
    with pytest.raises(Broken) as caught:
        refresh(Xero((200, {"refresh_token": "a-secret"})))
    assert "a-secret" not in f"{caught.value} {caught.value.detail}"


def test_the_recorded_answer_is_a_grant(shared: Path) -> None:
    recorded = json.loads((shared / "recorded/xero/xero-python/token-refresh.json").read_text())
    body = recorded["interactions"][0]["response"]["body"]
    grant = refresh(Xero((200, body.get("json", body) if isinstance(body, dict) else body.encode())))
    assert grant.access_expires_at == NOW + timedelta(minutes=30)
    assert "offline_access" in grant.scopes


def end(xero: Xero, company: Company | None = COMPANY) -> bool:
    return hooks.revoke_token(grant=GRANT, endpoint=xero.endpoint(), company=company)


def test_the_end_of_one_company_deletes_its_connection_by_the_connections_own_id() -> None:
    xero = Xero((200, [OTHER, CONNECTION]), (204, b""))
    assert end(xero) is True
    assert [(request.method, str(request.url)) for request in xero.requests] == [
        ("GET", f"{API}/connections"),
        ("DELETE", f"{API}/connections/{CONNECTION['id']}"),
    ]
    assert {request.headers["authorization"] for request in xero.requests} == {"Bearer old-access"}


def test_a_company_that_the_grant_does_not_reach_any_more_is_ended() -> None:
    assert end(Xero((200, [OTHER]))) is True
    assert end(Xero((200, [CONNECTION]), (404, b""))) is True


def test_a_grant_that_was_used_for_no_company_is_let_go_without_a_call() -> None:
    xero = Xero()
    assert end(xero, None) is True
    assert xero.requests == []


def test_an_expired_token_is_not_renewed_behind_the_hubs_back() -> None:
    xero = Xero((401, problem(401, "TokenExpired: token expired at 01/23/2020 18:21:16")))
    with pytest.raises(TryLater):
        end(xero)
    assert len(xero.requests) == 1


@pytest.mark.parametrize("answer", [(503, b""), (429, b""), (200, b"<html>"), (200, {"not": "a list"})])
def test_a_list_of_connections_that_cannot_be_had_now_is_tried_later(answer: tuple[int, Any]) -> None:
    with pytest.raises(TryLater):
        end(Xero(answer))


def test_an_api_that_cannot_be_reached_is_tried_later() -> None:
    with pytest.raises(TryLater):
        hooks.revoke_token(grant=GRANT, endpoint=endpoint(lost), company=COMPANY)
