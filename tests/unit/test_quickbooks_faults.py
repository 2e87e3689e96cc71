"""QuickBooks' answers as decisions: every row of its list of errors, every envelope, and what is no answer at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.quickbooks_factories import fault_body

from ledgerport.contract import (
    Broken,
    ContractError,
    Gone,
    LoginNeeded,
    NameTaken,
    Refused,
    Stale,
    TryLater,
    Unknown,
)
from ledgerport_quickbooks.answers import parse
from ledgerport_quickbooks.faults import fault_of


def decision(
    status: int, body: Any, *, write: bool = True, updates: bool = False, headers: dict[str, str] | None = None
) -> ContractError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = fault_of(status, headers or {}, content, write=write, updates=updates)
    assert error is not None
    return error


# (code, status, branch, field): the catalogue of Intuit's list, as it comes for a record that is created.
CATALOGUE = [
    ("100", 401, TryLater, None),
    ("110", 401, TryLater, None),
    ("120", 401, Refused, ""),
    ("130", 400, TryLater, None),
    ("140", 400, TryLater, None),
    ("150", 400, TryLater, None),
    ("500", 400, Refused, ""),
    ("600", 400, Unknown, None),
    ("610", 400, Refused, ""),
    ("620", 400, Refused, "invoice"),
    ("630", 400, Refused, ""),
    ("700", 400, Refused, ""),
    ("900", 400, Refused, ""),
    ("1040", 400, Refused, ""),
    ("2010", 400, Refused, ""),
    ("2020", 400, Refused, ""),
    ("2030", 400, Refused, ""),
    ("2040", 400, Refused, ""),
    ("2050", 400, Refused, ""),
    ("2070", 400, Refused, ""),
    ("2090", 400, Refused, ""),
    ("2110", 400, Refused, ""),
    ("2130", 400, Refused, ""),
    ("2140", 400, Refused, ""),
    ("2170", 400, Refused, ""),
    ("2210", 400, Refused, "email"),
    ("2390", 400, Refused, ""),
    ("2500", 400, Refused, ""),
    ("3001", 429, TryLater, None),
    ("3100", 403, Refused, ""),
    ("3200", 401, TryLater, None),
    ("4000", 400, Broken, None),
    ("4001", 400, Broken, None),
    ("5010", 400, Stale, None),
    ("5020", 400, Refused, ""),
    ("5030", 400, Refused, ""),
    ("6000", 400, Refused, ""),
    ("6070", 400, Refused, "lines"),
    ("6080", 400, Refused, "name"),
    ("6100", 400, Refused, "lines"),
    ("6140", 400, NameTaken, "number"),
    ("6190", 400, Refused, ""),
    ("6200", 400, Refused, ""),
    ("6210", 400, Refused, ""),
    ("6240", 400, NameTaken, "name"),
    ("6250", 400, Refused, "customer"),
    ("6270", 400, Refused, "lines"),
    ("6430", 400, Refused, "account"),
    ("6540", 400, Refused, ""),
    ("10000", 500, Unknown, None),
    ("99999", 400, Refused, ""),
]


@pytest.mark.parametrize(("code", "status", "branch", "field"), CATALOGUE, ids=[row[0] for row in CATALOGUE])
def test_each_code_of_the_catalogue_has_its_branch(code: str, status: int, branch: type, field: str | None) -> None:
    error = decision(status, fault_body(code, "the provider's words"), headers={"intuit_tid": "1-abc"})
    assert type(error) is branch
    assert getattr(error, "field", None) == field
    assert error.code == code
    assert error.trace_id == "1-abc"
    assert "the provider's words" in error.detail


@pytest.mark.parametrize("code", [row[0] for row in CATALOGUE])
def test_no_fault_of_the_api_asks_for_a_login(code: str) -> None:
    for status in (200, 400, 401, 403, 500):
        assert not isinstance(decision(status, fault_body(code)), LoginNeeded)


def test_the_same_trouble_inside_may_be_asked_again_when_it_was_a_read() -> None:
    assert isinstance(decision(500, fault_body("10000"), write=False), TryLater)


def test_a_read_that_quickbooks_cannot_make_sense_of_is_a_fault_of_ours() -> None:
    assert isinstance(decision(400, fault_body("500"), write=False), Broken)


def test_a_fault_in_a_200_is_a_fault() -> None:
    assert isinstance(decision(200, fault_body("6240")), NameTaken)


def test_a_throttle_counts_under_any_status() -> None:
    error = decision(403, fault_body("3001", kind="SERVICE"))
    assert isinstance(error, TryLater)
    assert error.throttled


def test_a_429_without_retry_after_names_no_time() -> None:
    error = decision(429, b"<html>slow down</html>")
    assert isinstance(error, TryLater)
    assert (error.throttled, error.after, error.at) == (True, None, None)


def test_a_429_with_seconds_is_held_for_them() -> None:
    error = decision(429, b"", headers={"Retry-After": "17"})
    assert isinstance(error, TryLater)
    assert error.after == timedelta(seconds=17)


def test_a_429_with_a_date_is_held_until_then() -> None:
    error = decision(429, b"", headers={"retry-after": "Tue, 01 Sep 2026 08:00:00 GMT"})
    assert isinstance(error, TryLater)
    assert error.at == datetime(2026, 9, 1, 8, tzinfo=UTC)


GATEWAY_401 = {
    "fault": {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired: 9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a",
                "code": None,
                "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    },
    "batchItemResponse": [],
    "time": 1601391072830,
}


def test_the_gateways_envelope_in_lower_case_is_read_and_its_token_hidden() -> None:
    error = decision(401, GATEWAY_401)
    assert isinstance(error, TryLater)
    assert not error.throttled
    assert error.code == "3200"
    assert "9f8e7d6c" not in error.detail


def test_a_403_of_quickbooks_own_asks_a_person() -> None:
    body = {
        "fault": {"error": [{"message": "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"}]}
    }
    error = decision(403, body)
    assert isinstance(error, Refused)
    assert "Reconnect" in error.reason


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_firewalls_page_is_waited_out(status: int) -> None:
    error = decision(
        status, b"<!DOCTYPE html><html><head><title>Blocked</title></head><body>Request denied</body></html>"
    )
    assert isinstance(error, TryLater)
    assert error.detail == "Blocked: Request denied"


@pytest.mark.parametrize("status", [200, 302, 408, 500, 502, 503, 504])
@pytest.mark.parametrize(
    "body",
    [b"", b"upstream connect error", b"<html><body>Bad gateway</body></html>", b'{"Invoice":{"Id":"31', b"null", b"[]"],
    ids=["empty", "text", "html", "cut", "null", "list"],
)
def test_what_cannot_be_read_leaves_a_write_unknown_and_a_read_to_be_asked_again(status: int, body: bytes) -> None:
    assert isinstance(decision(status, body), Unknown)
    assert isinstance(decision(status, body, write=False), TryLater)


def test_a_throttle_written_as_bare_text_is_a_throttle() -> None:
    error = decision(403, b"message=ThrottleExceeded; errorCode=003001; statusCode=429")
    assert isinstance(error, TryLater)
    assert error.throttled


def test_an_unreadable_400_is_broken_and_shows_its_words() -> None:
    error = decision(400, b"Bad Request: header too large")
    assert isinstance(error, Broken)
    assert "header too large" in error.detail


def test_an_xml_fault_is_read() -> None:
    body = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
    <IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="ValidationFault">
    <Error code="6240" element=""><Message>Duplicate Name Exists Error</Message>
    <Detail>The name supplied already exists. : null</Detail></Error></Fault></IntuitResponse>"""
    assert isinstance(decision(400, body), NameTaken)


def test_an_xml_fault_with_prefixes_is_read() -> None:
    body = b"""<ns0:IntuitResponse xmlns:ns0="http://schema.intuit.com/finance/v3"><ns0:Fault type="ValidationFault">
    <ns0:Error code="5010"><ns0:Message>Stale Object Error</ns0:Message></ns0:Error></ns0:Fault></ns0:IntuitResponse>"""
    assert isinstance(decision(400, body), Stale)


def test_a_batch_answered_in_xml_has_its_items() -> None:
    body = b"""<IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><BatchItemResponse bId="1"><Item>
    <Id xmlns="">41</Id></Item></BatchItemResponse><BatchItemResponse bId="2"><Fault type="ValidationFault">
    <Error code="6240"><Message>Duplicate</Message></Error></Fault></BatchItemResponse></IntuitResponse>"""
    answer = parse(body)
    assert answer is not None
    first, second = answer["BatchItemResponse"]
    assert (first["bId"], first["Item"]["Id"]) == ("1", "41")
    assert second["Fault"]["Error"][0]["code"] == "6240"


def test_an_entity_bomb_is_not_opened() -> None:
    body = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
    <IntuitResponse><Fault><Error code="6240"><Detail>&b;</Detail></Error></Fault></IntuitResponse>"""
    assert parse(body) is None
    assert isinstance(decision(400, body), Broken)


def test_nesting_without_end_is_no_answer() -> None:
    assert parse(b"<a>" * 10_000) is None
    assert parse(b'{"a":' * 100_000) is None


def test_of_several_errors_the_one_that_decides_most_is_taken() -> None:
    body = {"Fault": {"Error": [{"code": "2050", "Detail": "too long"}, {"code": "6240", "Detail": "taken"}]}}
    assert isinstance(decision(400, body), NameTaken)


def test_a_number_taken_by_an_invoice_names_it() -> None:
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
    )
    error = decision(400, fault_body("6140", detail + "DocNumber=18696 is assigned to TxnType=Invoice with TxnId=6575"))
    assert isinstance(error, NameTaken)
    assert error.remote_id == "6575"


def test_a_number_taken_by_something_else_names_no_object_of_ours() -> None:
    error = decision(400, fault_body("6140", "DocNumber=1 is assigned to TxnType=SalesReceipt with TxnId=6575"))
    assert isinstance(error, NameTaken)
    assert error.remote_id is None


def test_what_is_missing_is_named_by_its_list() -> None:
    error = decision(400, fault_body("2500", "Invalid Reference Id : Accounts element id 583 not found"))
    assert isinstance(error, Refused)
    assert error.reason == "The account with QuickBooks' id 583 does not exist: map it anew."
    assert error.field == "account"


def test_the_element_of_a_refusal_is_told_as_our_field() -> None:
    error = decision(400, fault_body("2050", "String length ... Max:21", element="DocNumber"))
    assert isinstance(error, Refused)
    assert error.field == "number"


def test_an_object_that_is_gone_is_gone_only_for_an_update() -> None:
    assert isinstance(decision(400, fault_body("610"), updates=True), Gone)
    assert isinstance(decision(400, fault_body("610"), updates=False), Refused)


def test_a_merged_customer_is_gone() -> None:
    detail = "Business Validation Error: You cannot modify a list element that has been deleted."
    assert isinstance(decision(400, fault_body("6000", detail), updates=True), Gone)


def test_a_repeated_batchs_unexpected_error_says_nothing_of_the_record() -> None:
    detail = "Business Validation Error: An unexpected error occurred while accessing or saving your data."
    assert isinstance(decision(200, fault_body("6000", detail)), Unknown)


def test_a_business_rules_own_words_are_the_reason() -> None:
    error = decision(400, fault_body("6000", "Business Validation Error: You must set a transaction amount."))
    assert error.reason == "QuickBooks refuses it: You must set a transaction amount."


def test_the_providers_words_are_cut_at_500_characters() -> None:
    assert len(decision(400, fault_body("6000", "x " * 2000)).detail) == 500


@given(st.integers(100, 599), st.binary(max_size=300), st.booleans(), st.booleans())
def test_no_body_makes_the_reading_fail(status: int, body: bytes, write: bool, updates: bool) -> None:
    error = fault_of(status, {}, body, write=write, updates=updates)
    assert error is not None or 200 <= status < 300
    assert error is None or type(error) in (TryLater, Unknown, Broken, Refused)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Fault", "fault", "Error", "error", "code", "type", "Detail"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from([200, 400, 401, 403, 429, 500]), JSON)
def test_no_shape_of_fault_makes_the_reading_fail(status: int, body: Any) -> None:
    error = fault_of(status, {}, json.dumps(body).encode(), write=True)
    assert error is None or isinstance(error, ContractError)
    assert error is None or error.reason
    assert error is not None or status == 200
