"""Every named fault, seen from the client's side of a real connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_quickbooks_sandbox.visitor import REALM, Visitor
from ledgerport_sandbox import Running


@pytest.fixture
def app() -> Iterator[Visitor]:
    """A visitor who has signed in, limits off."""
    sandbox = create_app()
    sandbox.limits.enabled = False
    with Running(sandbox) as running, Visitor(running.url) as visitor:
        visitor.sign_in()
        yield visitor


def customers(app: Visitor) -> list[str]:
    return [row["name"] for row in app.ledger()["customers"]]


def add(app: Visitor, name: str = "Harbor View HOA") -> httpx.Response:
    return app.post("customer", {"DisplayName": name})


def three(app: Visitor) -> list[dict[str, Any]]:
    return [{"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"C{n}"}} for n in range(3)]


def test_drop_before_closes_the_connection_and_applies_nothing(app: Visitor) -> None:
    app.control("faults", {"name": "drop_before"})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        add(app)
    assert customers(app) == []


def test_drop_after_applies_and_closes_without_a_byte(app: Visitor) -> None:
    app.control("faults", {"name": "drop_after", "match": {"entity": "Customer"}})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        add(app)
    assert customers(app) == ["Harbor View HOA"]


@pytest.mark.parametrize("size", [0, 40])
def test_cut_after_sends_the_head_and_some_bytes(app: Visitor, size: int) -> None:
    app.control("faults", {"name": "cut_after", "bytes": size})
    received: list[bytes] = []
    with app.http.stream("POST", f"/v3/company/{REALM}/customer", json={"DisplayName": "Cut"}) as answer:
        parts = answer.iter_bytes()
        with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|closed"):
            received.extend(parts)
    assert answer.status_code == 200
    assert len(b"".join(received)) == size
    assert customers(app) == ["Cut"]


def test_throttle_is_xml_without_retry_after(app: Visitor) -> None:
    app.control("faults", {"name": "throttle"})
    answer = add(app)
    assert (answer.status_code, "retry-after" in answer.headers) == (429, False)
    assert '<Fault type="SERVICE"><Error code="3001">' in answer.text
    assert customers(app) == []


def test_throttle_may_name_the_seconds(app: Visitor) -> None:
    app.control("faults", {"name": "throttle", "retry_after": 17})
    assert add(app).headers["retry-after"] == "17"


def test_the_switch_makes_throttle_json_in_lower_case(app: Visitor) -> None:
    app.control("switches", {"throttle_body": "json"})
    app.control("faults", {"name": "throttle"})
    assert add(app).json()["fault"]["error"][0]["code"] == "3001"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    ("body", "start"), [("json", b'{"Fault"'), ("html", b"<html>"), ("text", b"upstream"), ("empty", b"")]
)
def test_status_answers_with_the_body_asked_for(app: Visitor, status: int, body: str, start: bytes) -> None:
    app.control("faults", {"name": "status", "status": status, "body": body})
    answer = add(app)
    assert answer.status_code == status
    assert answer.content.startswith(start)
    assert bool(answer.content) == bool(start)
    assert customers(app) == []


def test_status_may_have_been_applied(app: Visitor) -> None:
    app.control("faults", {"name": "status", "status": 500, "applied": True})
    assert add(app).status_code == 500
    assert customers(app) == ["Harbor View HOA"]


def test_html_page_comes_with_200_too(app: Visitor) -> None:
    app.control("faults", {"name": "html_page"})
    answer = add(app)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert customers(app) == []


@pytest.mark.parametrize("applied", ["before", "after"])
def test_slow_waits_on_the_scaled_clock_and_is_applied(app: Visitor, applied: str) -> None:
    app.control("clock", {"rate": 600})
    app.control("faults", {"name": "slow", "seconds": 60, "applied": applied})
    start = time.monotonic()
    assert add(app).status_code == 200
    assert 0.09 < time.monotonic() - start < 5
    assert customers(app) == ["Harbor View HOA"]


def test_a_request_over_120_seconds_is_given_up_by_the_gateway_and_applied_later(app: Visitor) -> None:
    app.control("clock", {"rate": 0})
    app.control("faults", {"name": "slow", "seconds": 200})
    with httpx.Client(trust_env=False) as other:
        # The clock stands still, so a second client moves it while the first one waits.
        app.control("clock", {"rate": 2000})
        answer = add(app)
        assert answer.status_code == 504
        deadline = time.monotonic() + 10
        while not (rows := other.get(f"{app.url}/_sandbox/ledger?company={REALM}").json()["customers"]):
            assert time.monotonic() < deadline, "the late work was never applied"
    assert [row["name"] for row in rows] == ["Harbor View HOA"]


def test_expired_token_is_a_401_and_a_refresh_helps(app: Visitor) -> None:
    app.control("faults", {"name": "expired_token"})
    assert add(app).status_code == 401
    app.hold(app.refresh().json())
    assert add(app).status_code == 200


def test_revoked_grant_is_a_401_and_a_refresh_does_not_help(app: Visitor) -> None:
    app.control("faults", {"name": "revoked_grant"})
    assert add(app).status_code == 401
    assert app.refresh().json() == {"error": "invalid_grant"}


def test_refuse_batch_refuses_the_whole_batch(app: Visitor) -> None:
    app.control("faults", {"name": "refuse_batch", "code": "10000", "match": {"operation": "batch"}})
    answer = app.post("batch", {"BatchItemRequest": three(app)})
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "10000")
    assert customers(app) == []


@pytest.mark.parametrize("pick", [{"index": 1}, {"record": "C1"}])
def test_refuse_item_refuses_one_record_of_a_batch(app: Visitor, pick: dict[str, Any]) -> None:
    app.control("faults", {"name": "refuse_item", "code": "2210", "detail": "bad mail", **pick})
    answers = app.batch(three(app))
    assert [("Fault" in row) for row in answers] == [False, True, False]
    assert answers[1]["Fault"]["Error"][0]["Detail"] == "bad mail"
    assert customers(app) == ["C0", "C2"]


def test_refuse_item_refuses_a_single_record(app: Visitor) -> None:
    app.control("faults", {"name": "refuse_item"})
    assert add(app).json()["Fault"]["Error"][0]["code"] == "6000"
    assert add(app).status_code == 200


def test_shuffle_batch_changes_the_order_of_the_answers_only(app: Visitor) -> None:
    app.control("faults", {"name": "shuffle_batch"})
    answers = app.batch(three(app))
    assert [row["bId"] for row in answers] != ["0", "1", "2"]
    assert {row["bId"]: row["Customer"]["DisplayName"] for row in answers} == {"0": "C0", "1": "C1", "2": "C2"}


def test_drop_bid_leaves_one_answer_out_though_it_was_applied(app: Visitor) -> None:
    app.control("faults", {"name": "drop_bid", "index": 1})
    assert [row["bId"] for row in app.batch(three(app))] == ["0", "2"]
    assert customers(app) == ["C0", "C1", "C2"]


def test_skip_lets_matching_calls_pass_first_and_count_ends_the_fault(app: Visitor) -> None:
    app.control("faults", {"name": "throttle", "skip": 1, "count": 2, "match": {"method": "post", "path": "/customer"}})
    assert [add(app, f"N{n}").status_code for n in range(4)] == [200, 429, 429, 200]


def test_match_by_body_strikes_only_the_call_that_carries_the_text(app: Visitor) -> None:
    app.control("faults", {"name": "throttle", "match": {"body": "Unlucky"}})
    assert [add(app, name).status_code for name in ("Lucky", "Unlucky")] == [200, 429]
