"""What stands before Xero's books: tokens, scopes, limits, outages, and what is no answer at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_xero_faults import decision
from tests.unit.xero_factories import problem

from ledgerport.contract import Broken, ContractError, Gone, Kind, LoginNeeded, Refused, TryLater, Unknown
from ledgerport_xero.faults import judge, token_refused

EXPIRED = "TokenExpired: token expired at 01/23/2020 18:21:16"
SCOPE = {"WWW-Authenticate": "insufficient_scope"}


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


@pytest.mark.parametrize("detail", [EXPIRED, "AuthenticationUnsuccessful"])
def test_a_token_that_is_not_accepted_is_to_be_renewed(detail: str) -> None:
    assert token_refused(answer(401, problem(401, detail)))
    assert isinstance(decision(401, problem(401, detail)), TryLater)


def test_a_401_that_nobody_can_read_is_to_be_renewed_too() -> None:
    assert token_refused(httpx.Response(401, content=b"<html>"))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (problem(401, "AuthorizationUnsuccessful"), SCOPE),
        (problem(401, "AuthorizationUnsuccessful"), {}),
        ({}, SCOPE),
        ({}, {"www-authenticate": 'Bearer error="insufficent_scope"'}),
        ({"title": "Unauthorized", "status": 401, "detail": "AuthorizationUnsuccessful"}, {}),
    ],
    ids=["both", "detail", "header", "misspelt", "lower case"],
)
def test_a_missing_scope_is_no_reason_to_renew_and_asks_for_a_new_consent(
    body: dict[str, Any], headers: dict[str, str]
) -> None:
    assert not token_refused(answer(401, body, headers))
    error = decision(401, body, headers=headers)
    assert isinstance(error, LoginNeeded)
    assert error.company_only
    assert error.code == "insufficient_scope"
    assert "allow everything" in error.reason


@pytest.mark.parametrize("status", [200, 400, 403, 404, 500])
def test_no_other_status_is_a_refused_token(status: int) -> None:
    assert not token_refused(answer(status, problem(status, "AuthenticationUnsuccessful")))


def test_a_403_of_one_organisation_costs_no_other_its_grant() -> None:
    for body in (
        problem(403, "AuthenticationUnsuccessful", "Forbidden"),
        {"title": "Forbidden", "status": 403, "detail": "AuthenticationUnsuccessful", "instance": "x"},
    ):
        error = decision(403, body)
        assert isinstance(error, LoginNeeded)
        assert error.company_only
        assert error.code == "disconnected"


@pytest.mark.parametrize("body", [b"<html><title>Blocked</title></html>", b"", b"no", problem(403, "Something else")])
def test_a_403_that_is_not_about_the_organisation_is_waited_out(body: Any) -> None:
    assert isinstance(decision(403, body), TryLater)


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "17"}, timedelta(seconds=17)),
        ({"x-rate-limit-problem": "Day", "retry-after": "52000"}, timedelta(seconds=52000)),
        ({"X-Rate-Limit-Problem": "appminute", "Retry-After": "3"}, timedelta(seconds=3)),
        ({"X-Rate-Limit-Problem": "Concurrent"}, timedelta(seconds=1)),
        ({"X-Rate-Limit-Problem": "minute"}, timedelta(minutes=1)),
        ({"X-Rate-Limit-Problem": "daily"}, timedelta(hours=1)),
        ({}, timedelta(minutes=1)),
    ],
)
def test_a_429_waits_as_long_as_its_limit_says(headers: dict[str, str], after: timedelta) -> None:
    for body in (b"", b"<html>", {"Title": "Too Many Requests", "Status": 429, "Detail": "x"}):
        error = decision(429, body, headers=headers)
        assert isinstance(error, TryLater)
        assert error.throttled
        assert error.after == after


@pytest.mark.parametrize(
    "text",
    [
        b"The Xero API is currently offline for maintenance",
        b"The Xero API is temporarily unavailable",
        b"The Organisation is offline",
    ],
)
def test_a_503_in_xeros_own_words_did_nothing_and_is_tried_in_five_minutes(text: bytes) -> None:
    error = decision(503, text)
    assert isinstance(error, TryLater)
    assert (error.after, error.throttled) == (timedelta(minutes=5), False)


def test_a_503_of_a_limit_is_a_limit() -> None:
    error = decision(503, b"oauth_problem=rate%20limit%20exceeded".replace(b"%20", b" "))
    assert isinstance(error, TryLater)
    assert error.throttled


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
@pytest.mark.parametrize(
    "body",
    [b"", b"<html><title>Bad gateway</title></html>", b"upstream", {"Type": "Exception", "Message": "unhandled"}],
    ids=["empty", "page", "text", "exception"],
)
def test_a_server_that_failed_leaves_a_write_unknown_and_a_read_for_later(status: int, body: Any) -> None:
    assert isinstance(decision(status, body), Unknown)
    assert isinstance(decision(status, body, write=False), TryLater)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"Invoices": [{"Inv', b"OK"])
def test_a_success_that_cannot_be_read_is_none(body: bytes) -> None:
    assert isinstance(decision(200, body), Unknown)
    assert isinstance(decision(200, body, write=False), TryLater)


@pytest.mark.parametrize("body", [b"The resource you're looking for cannot be found", problem(404, "NotFound")])
def test_a_404_is_gone_for_an_object_that_we_know(body: Any) -> None:
    assert isinstance(decision(404, body, updates=True), Gone)
    assert isinstance(decision(404, body, updates=False), Broken)


def test_a_page_of_a_proxy_is_not_what_xero_says_of_an_object() -> None:
    assert not isinstance(decision(404, b"<html><title>404 Not Found</title>nginx</html>", updates=True), Gone)


def test_a_value_that_cannot_be_read_is_refused_so_that_a_batch_is_taken_apart() -> None:
    error = decision(
        400, {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": 'Error converting value "NO_TAX"'}
    )
    assert isinstance(error, Refused)
    assert error.whole_batch


@pytest.mark.parametrize(
    ("status", "number", "kind"),
    [(400, 16, "QueryParseException"), (501, 20, "ApiMethodNotImplementedException")],
)
def test_a_request_that_xero_does_not_understand_is_our_fault(status: int, number: int, kind: str) -> None:
    assert isinstance(decision(status, {"ErrorNumber": number, "Type": kind, "Message": "Syntax error"}), Broken)


@pytest.mark.parametrize("inside", [True, False])
def test_a_key_that_was_used_for_something_else_means_an_unknown_outcome(inside: bool) -> None:
    text = "Idempotency Key: abc is used with a different request."
    body: dict[str, Any] = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "" if inside else text}
    if inside:
        body["Elements"] = [{"ValidationErrors": [{"Message": text}]}]
    assert isinstance(decision(400, body), Unknown)


def test_a_request_that_is_too_large_is_taken_apart() -> None:
    error = decision(413, b"Request Entity Too Large")
    assert isinstance(error, Refused)
    assert error.whole_batch


def test_no_token_is_repeated_in_what_is_told() -> None:
    secret = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjFDQUY4RTY2"
    error = decision(401, problem(401, f"Bearer {secret} is not accepted"))
    assert secret not in f"{error.reason} {error.detail}"


@given(status=st.integers(400, 599), body=st.binary(max_size=200), write=st.booleans(), updates=st.booleans())
def test_every_failure_is_a_decision_whatever_its_body(status: int, body: bytes, write: bool, updates: bool) -> None:
    error = judge(status, {}, body, write=write, kind=Kind.INVOICE, updates=updates)
    assert isinstance(error, ContractError)
    assert not isinstance(error, LoginNeeded)


@given(status=st.integers(200, 599), text=st.text(max_size=80))
def test_an_exception_is_never_taken_for_a_success(status: int, text: str) -> None:
    body = {"ErrorNumber": 10, "Type": "ValidationException", "Message": text}
    assert isinstance(decision(status, body), ContractError)
