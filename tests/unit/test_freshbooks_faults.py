"""FreshBooks' answers as decisions, in each of its error shapes and in none of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.freshbooks_factories import new_error, old_error

from ledgerport.contract import Broken, ContractError, Gone, LoginNeeded, NameTaken, Refused, TryLater, Unknown
from ledgerport_freshbooks.answers import parse
from ledgerport_freshbooks.envelopes import ErrorRow, error_rows, safe_words
from ledgerport_freshbooks.faults import fault_of

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"


def decided(
    answer: tuple[int, Any], *, write: bool = True, updates: bool = False, headers: Any = None
) -> ContractError | None:
    status, body = answer
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return fault_of(status, headers or {}, content, write=write, updates=updates)


def same(errno: int, **more: Any) -> list[tuple[int, Any]]:
    """One error in the old and in the new accounting shape."""
    return [old_error(errno, **more), new_error(errno, **more)]


def test_a_success_is_no_fault() -> None:
    assert decided((200, {"response": {"result": {"client": {"id": 1}}}})) is None
    assert decided((200, {"data": []})) is None
    assert decided((200, {})) is None


@pytest.mark.parametrize("answer", same(12001, message="You do not have access to items.", status=200))
def test_an_error_with_a_status_of_200_is_an_error(answer: tuple[int, Any]) -> None:
    error = decided(answer)
    assert isinstance(error, Refused)
    assert error.code == "12001"
    assert "does not include this part" in error.reason
    assert error.detail == "You do not have access to items."


@pytest.mark.parametrize("errno", [12001, 31001, 41001, 41101])
def test_a_part_of_freshbooks_that_the_account_lacks_is_refused(errno: int) -> None:
    assert isinstance(decided(old_error(errno, status=403)), Refused)


@pytest.mark.parametrize("answer", same(1012, status=404, object="invoice", field="invoiceid"))
def test_a_record_that_is_not_there_is_gone_when_we_named_it_and_a_refused_reference_when_not(answer: Any) -> None:
    assert isinstance(decided(answer, updates=True), Gone)
    error = decided(answer)
    assert isinstance(error, Refused)
    assert (error.field, error.reason) == ("invoice", "The invoice that this refers to is not in FreshBooks any more.")


@pytest.mark.parametrize("answer", same(1011, status=422))
def test_a_deleted_record_is_gone(answer: Any) -> None:
    assert isinstance(decided(answer, updates=True), Gone)


def test_a_gateways_404_is_not_taken_for_a_deleted_record() -> None:
    error = decided((404, {"message": "no Route matched with those values"}), updates=True)
    assert isinstance(error, Refused)


@pytest.mark.parametrize("answer", same(1003, message="Permission Denied", status=403))
def test_a_missing_right_needs_another_user_and_costs_no_other_company_the_grant(answer: Any) -> None:
    error = decided(answer)
    assert isinstance(error, LoginNeeded)
    assert error.company_only
    assert "reconnect with a user who is owner" in error.reason


@pytest.mark.parametrize("answer", same(1038, message="Write access denied", status=403, field="due_date"))
def test_a_read_only_member_is_a_fault_of_the_plugin_and_not_a_missing_right(answer: Any) -> None:
    error = decided(answer)
    assert isinstance(error, Refused)
    assert "due_date" in error.reason
    assert "fault of the plugin" in error.reason


@pytest.mark.parametrize("answer", same(1042, status=403))
def test_an_inactive_account_names_the_subscription(answer: Any) -> None:
    error = decided(answer)
    assert isinstance(error, Refused)
    assert "subscription" in error.reason


@pytest.mark.parametrize("answer", [*same(409, status=409), (409, {"message": "conflict"}), *same(409, status=422)])
def test_a_conflict_with_another_request_is_tried_later(answer: Any) -> None:
    error = decided(answer)
    assert isinstance(error, TryLater)
    assert not error.throttled


@pytest.mark.parametrize(
    "answer",
    [
        old_error(429, status=429),
        new_error(429, status=429, code=8),
        (429, {"error": "rate_limited", "error_description": "slow down"}),
        (429, b"Too many requests"),
        (429, b""),
    ],
)
def test_a_429_of_any_shape_waits_as_long_as_it_says(answer: Any) -> None:
    error = decided(answer, headers={"Retry-After": "21"})
    assert isinstance(error, TryLater)
    assert error.throttled
    assert error.after == timedelta(seconds=21)


def test_a_429_may_name_a_moment_or_nothing() -> None:
    named = decided((429, b""), headers={"retry-after": "Thu, 01 Oct 2026 09:01:00 GMT"})
    silent = decided((429, b""))
    assert isinstance(named, TryLater)
    assert isinstance(silent, TryLater)
    assert named.at == datetime(2026, 10, 1, 9, 1, tzinfo=UTC)
    assert (silent.after, silent.at) == (None, None)


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"error": "unauthenticated", "error_description": "This action requires authentication to continue."}),
        (401, {"errno": 401, "message": "invalid_token: The request token failed to authenticate or validate."}),
        old_error(1003, status=401),
        new_error(1003, status=401, code=16),
        (401, {"code": 16, "message": "unauthenticated", "details": []}),
        (401, b""),
        (403, PAGE),
        (403, {"message": "Forbidden"}),
        (407, PAGE),
    ],
)
def test_a_refused_token_or_a_firewall_is_waited_out_and_asks_nobody_to_log_in(answer: Any) -> None:
    error = decided(answer)
    assert isinstance(error, TryLater)
    assert not error.throttled


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (502, PAGE),
        (503, b"upstream connect error"),
        (504, {"message": "timeout"}),
        (200, PAGE),
        (200, b""),
        (200, b'{"response": {"result": {"client": {"id": 1'),
        (408, b""),
        (302, b""),
        *same(500, status=500),
        *same(500, status=200),
        (500, {"code": 13, "message": "internal", "details": []}),
    ],
)
def test_an_answer_that_does_not_say_what_became_of_a_write_leaves_it_unknown(answer: Any) -> None:
    assert isinstance(decided(answer), Unknown)
    assert isinstance(decided(answer, write=False), TryLater)


@pytest.mark.parametrize(
    "message", ["Invoice number already exists.", "This number is in use", "Number must be unique", "Duplicate number"]
)
@pytest.mark.parametrize("errno", [1004, 1012, 1020])
def test_a_number_in_use_is_told_by_its_words_whatever_the_errno(errno: int, message: str) -> None:
    error = decided(old_error(errno if errno != 1012 else 1005, message=message, field="invoice_number"))
    assert isinstance(error, NameTaken)
    assert error.field == "number"


def test_a_number_that_is_too_long_is_not_one_in_use() -> None:
    error = decided(
        old_error(1017, message="The field 'invoice_number' exists and is too long.", field="invoice_number")
    )
    assert isinstance(error, Refused)
    assert error.field == "number"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("organization", "name"),
        ("email", "email"),
        ("p_street", "address"),
        ("customerid", "customer"),
        ("unit_cost.amount", "price"),
        ("lines[0].unit_cost", "lines"),
        ("lines[1].taxName1", "tax"),
        ("type", "method"),
        ("something_new", ""),
        ("", ""),
    ],
)
def test_a_refusal_names_our_field(theirs: str, ours: str) -> None:
    error = decided(new_error(1004, message="No good.", field=theirs))
    assert isinstance(error, Refused)
    assert (error.field, error.reason) == (ours, "FreshBooks refuses it: No good.")


def test_of_several_errors_the_one_that_decides_most_is_taken_and_all_words_are_kept() -> None:
    rows = [{"errno": 1001, "message": "email is required"}, {"errno": 429, "message": "too fast"}]
    error = decided((422, {"response": {"errors": rows}}))
    assert isinstance(error, TryLater)
    assert error.detail == "email is required; too fast"


def test_a_read_that_freshbooks_cannot_understand_is_broken() -> None:
    assert isinstance(decided(old_error(1014), write=False), Broken)
    assert isinstance(decided((418, b"teapot"), write=False), Broken)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"errors": {"message": "m", "status": 400, "details": []}}, ErrorRow(code="400", message="m")),
        (
            {"errno": 422, "message": "bad", "details": ["event: Value error, Unrecognized event."]},
            ErrorRow(code="422", message="bad; event: Value error, Unrecognized event.", field="event"),
        ),
        (
            {"code": 3, "message": "bad", "details": [{"fieldViolations": [{"field": "uri", "description": "no"}]}]},
            ErrorRow(message="no", field="uri"),
        ),
        (
            {"error": "Requested resource could not be found."},
            ErrorRow(message="Requested resource could not be found."),
        ),
        ({"errno": 2001, "error": {"name": "blank"}}, ErrorRow(code="2001", message="name: blank", field="name")),
        ({"error_type": "not_found", "message": "no"}, ErrorRow(code="not_found", message="no")),
        ({"errors": [{"field": "x", "message": "no"}]}, ErrorRow(message="no", field="x")),
        ({"response": {"errors": []}}, ErrorRow()),
    ],
)
def test_each_shape_of_an_error_is_read(answer: Any, expected: ErrorRow) -> None:
    assert error_rows(answer) == [expected]


def test_words_that_look_like_a_token_are_hidden() -> None:
    shown = safe_words(ErrorRow(message="Bearer eyJhbGciOiJSUzI1NiJ9.abc refused, " + "a1" * 32 + " too"))
    assert "eyJ" not in shown
    assert "a1a1" not in shown
    assert shown.endswith("too")


def test_words_are_cut() -> None:
    assert len(safe_words(ErrorRow(message="word " * 400))) == 500


@settings(max_examples=60)
@given(
    status=st.integers(200, 599),
    body=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=6),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "response",
                            "errors",
                            "error",
                            "errno",
                            "code",
                            "message",
                            "details",
                            "reason",
                            "metadata",
                            "field",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_whatever_comes_back_is_a_decision_and_never_an_accident(status: int, body: bytes) -> None:
    error = fault_of(status, {}, body, write=True)
    if error is None:
        answer = parse(body)
        assert 200 <= status < 300
        assert answer is not None
        assert not error_rows(answer)
