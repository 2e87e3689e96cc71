"""Faults, limits, control routes and what survives a restart, seen from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerport_freshbooks_sandbox.app import create_app
from ledgerport_freshbooks_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_freshbooks_sandbox.visitor import Visitor
from ledgerport_sandbox import Clock, Running, load

NOW = 1_790_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(create_app()) as running:
        yield running


@pytest.fixture
def app(server: Running) -> Iterator[Visitor]:
    """A visitor who has signed in to a fresh sandbox; the clock stands still until it is advanced."""
    with Visitor(server.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"rate": 0, "at": NOW})
        visitor.sign_in()
        yield visitor


def add(app: Visitor, name: str = "Harbor View HOA") -> httpx.Response:
    return app.post("Customer", {"organization": name})


def customers(app: Visitor) -> list[str]:
    return [row["name"] for row in app.ledger()["customers"]]


def errno(answer: httpx.Response) -> int:
    found: int = answer.json()["response"]["errors"][0]["errno"]
    return found


def billed(app: Visitor) -> int:
    add(app)
    line = {"name": "Drain cleaning", "unit_cost": {"amount": "100.00", "code": "USD"}}
    body = {"customerid": 56789, "create_date": "2026-09-01", "lines": [line], "action_mark_as_sent": True}
    id: int = app.create("Invoice", body)["id"]
    return id


def paid(invoice: int, amount: str = "60.00") -> dict[str, Any]:
    return {"invoiceid": invoice, "amount": {"amount": amount, "code": "USD"}, "date": "2026-09-10", "type": "Check"}


# --- faults -----------------------------------------------------------------------------------------------------------


def test_the_installed_entry_point_builds_the_sandbox() -> None:
    app = load("freshbooks", store=":memory:")
    assert app.provider == "freshbooks"
    app.close()


@pytest.mark.parametrize(
    ("fault", "applied"),
    [({"name": "drop_before"}, []), ({"name": "drop_after"}, ["Harbor View HOA"])],
)
def test_a_dropped_connection_may_have_been_applied(app: Visitor, fault: dict[str, Any], applied: list[str]) -> None:
    app.control("faults", {**fault, "match": {"entity": "Customer", "operation": "create"}})
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        add(app)
    assert customers(app) == applied


def test_a_cut_answer_has_been_applied(app: Visitor) -> None:
    app.control("faults", {"name": "cut_after", "bytes": 40})
    with pytest.raises(httpx.RemoteProtocolError):
        add(app)
    assert customers(app) == ["Harbor View HOA"]


@pytest.mark.parametrize(
    ("kind", "operation"),
    [("Customer", "create"), ("Invoice", "update"), ("Invoice", "delete"), ("Payment", "create"), ("Payment", "query")],
)
def test_faults_strike_the_entity_and_operation_they_name(app: Visitor, kind: str, operation: str) -> None:
    invoice = billed(app)
    app.control("faults", {"name": "status", "status": 503, "match": {"entity": kind, "operation": operation}})
    statuses = {
        ("Customer", "create"): add(app, "Other").status_code,
        ("Invoice", "update"): app.put("Invoice", invoice, {"notes": "n"}).status_code,
        ("Payment", "create"): app.post("Payment", paid(invoice)).status_code,
        ("Payment", "query"): app.call("GET", "payments/payments").status_code,
        ("Invoice", "delete"): app.put("Invoice", invoice, {"vis_state": 1}).status_code,
    }
    assert [place for place, status in statuses.items() if status == 503] == [(kind, operation)]


def test_refuse_item_refuses_the_record_it_names(app: Visitor) -> None:
    fault = {"name": "refuse_item", "record": "Unlucky", "code": "1011", "message": "no", "count": None}
    app.control("faults", {**fault, "match": {"entity": "Customer"}})
    assert add(app, "Lucky").status_code == 200
    assert errno(add(app, "Unlucky")) == 1011
    assert customers(app) == ["Lucky"]


def test_a_409_is_the_conflict_of_two_writers(app: Visitor) -> None:
    app.control("faults", {"name": "status", "status": 409})
    answer = add(app)
    assert (answer.status_code, errno(answer)) == (409, 409)


def test_a_second_write_on_one_invoice_is_a_conflict_while_the_first_runs(app: Visitor) -> None:
    invoice = billed(app)
    app.control("clock", {"rate": 1})
    app.control("faults", {"name": "slow", "seconds": 0.5, "match": {"operation": "update"}})
    with ThreadPoolExecutor(1) as other, Visitor(app.url) as second:
        second.hold(app.tokens)
        slow = other.submit(second.put, "Invoice", invoice, {"notes": "first"})
        deadline = time.monotonic() + 5
        while not app.control("faults")["spent"]:
            assert time.monotonic() < deadline, "the slow write never began"
        answers = [app.put("Invoice", invoice, {"notes": "second"}), app.post("Payment", paid(invoice)), add(app, "N")]
        assert slow.result().status_code == 200
    assert [answer.status_code for answer in answers] == [409, 409, 200]
    assert app.read("Invoice", invoice)["notes"] == "first"


def test_an_expired_token_is_401_and_a_refresh_helps(app: Visitor) -> None:
    app.control("faults", {"name": "expired_token"})
    assert add(app).status_code == 401
    app.hold(app.refresh().json())
    assert add(app).status_code == 200


def test_a_revoked_grant_is_401_and_a_refresh_does_not_help(app: Visitor) -> None:
    app.control("faults", {"name": "revoked_grant"})
    assert (add(app).status_code, app.refresh().status_code) == (401, 400)


def test_an_html_page_comes_with_200(app: Visitor) -> None:
    app.control("faults", {"name": "html_page"})
    answer = add(app)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


# --- limits -----------------------------------------------------------------------------------------------------------


def test_every_answer_tells_the_limit_and_a_retry_after(app: Visitor) -> None:
    read, post = app.call("GET", "users/clients"), add(app)
    assert (read.headers["x-ratelimit-limit"], post.headers["x-ratelimit-limit"]) == ("600", "250")
    assert (read.headers["x-ratelimit-remaining"], post.headers["x-ratelimit-remaining"]) == ("599", "249")
    assert 0 < int(read.headers["x-ratelimit-reset"]) - NOW <= 60
    assert 0 < int(read.headers["retry-after"]) <= 60
    assert read.headers["x-api-version"] == "2023-02-20"


def test_posts_have_a_smaller_window_and_each_account_its_own(app: Visitor) -> None:
    limits = [
        {"name": "requests per minute", "count": 3, "per": 60},
        {"name": "accounting posts per minute", "count": 2, "per": 60},
    ]
    app.control("limits", {"limits": limits})
    assert [add(app).status_code for _ in range(3)] == [200, 200, 429]
    assert [app.call("GET", "users/clients").status_code for _ in range(4)] == [200, 200, 200, 429]
    app.account = OTHER_COMPANY
    assert add(app).status_code == 200


@pytest.mark.parametrize("body", ["envelope", "oauth"])
def test_a_429_names_the_seconds_after_which_it_works_again(app: Visitor, body: str) -> None:
    app.control("switches", {"throttle_body": body})
    app.control("limits", {"limits": [{"name": "accounting posts per minute", "count": 1, "per": 60}]})
    add(app)
    app.control("clock", {"advance": 18})
    refused = add(app)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "42")
    assert ("error_description" if body == "oauth" else "response") in refused.json()
    app.control("clock", {"advance": 42})
    assert add(app).status_code == 200


def test_a_throttle_fault_names_the_seconds_it_was_given(app: Visitor) -> None:
    app.control("faults", {"name": "throttle", "retry_after": 17})
    assert add(app).headers["retry-after"] == "17"


# --- person, companies, restart ---------------------------------------------------------------------------------------


def test_a_person_edits_archives_and_deletes(app: Visitor) -> None:
    invoice = billed(app)
    person: dict[str, Any] = {"company": COMPANY, "kind": "Customer", "id": 56789}
    assert app.control("person", {**person, "action": "rename", "name": "New name"})["organization"] == "New name"
    assert app.control("person", {**person, "action": "archive"})["vis_state"] == 2
    assert app.control("person", {**person, "action": "restore"})["vis_state"] == 0
    assert app.control("person", {"company": COMPANY, "action": "dispute", "id": invoice})["v3_status"] == "disputed"
    delete = {"company": COMPANY, "kind": "Invoice", "id": invoice, "action": "delete"}
    assert app.control("person", delete)["vis_state"] == 1
    assert app.ledger()["invoices"] == []
    assert app.http.post("/_sandbox/person", json={**person, "id": 1, "action": "archive"}).status_code == 404
    assert app.http.post("/_sandbox/person", json={**person, "action": "dance"}).status_code == 422


def test_a_business_is_added_and_belongs_to_the_person(app: Visitor) -> None:
    made = app.control("companies", {"id": "Qw3rt", "name": "Third Street Roofing"})
    assert made["business_id"] == 439102
    app.account = "Qw3rt"
    assert add(app).status_code == 200
    assert app.ledger()["company"]["name"] == "Third Street Roofing"
    assert app.http.post("/_sandbox/companies", json={"id": "Qw3rt", "name": "Again"}).status_code == 422


def test_revoke_ends_the_grants_and_reset_forgets_everything(app: Visitor) -> None:
    add(app)
    assert app.control("revoke", {"company": COMPANY}) == {"revoked": 1}
    assert add(app).status_code == 401
    app.control("reset", {})
    app.sign_in()
    assert customers(app) == []


def test_calls_are_logged_by_route_without_secrets(app: Visitor) -> None:
    app.http.delete("/_sandbox/calls")
    app.refresh()
    app.call("GET", "users/clients/1")
    report = app.control("calls")
    assert {(row["method"], row["route"], row["outcome"]) for row in report["counts"]} == {
        ("POST", "/auth/oauth/token", "200"),
        ("GET", "/accounting/account/{account}/users/clients/{id}", "404"),
    }
    assert app.tokens["refresh_token"] not in str(report)


def test_every_switch_says_what_it_does_and_its_default_is_a_choice(app: Visitor) -> None:
    switches = app.control("switches")
    assert all(row["about"] for row in switches.values())
    assert [name for name, row in switches.items() if row["choices"] and row["default"] not in row["choices"]] == []


def test_books_companies_and_tokens_survive_a_restart(tmp_path: Path) -> None:
    place = tmp_path / "books.sqlite"
    with Running(create_app(store=place, clock=Clock())) as first, Visitor(first.url) as app:
        tokens = app.sign_in()
        invoice = billed(app)
        app.control("person", {"company": COMPANY, "action": "lock_period", "until": "2026-08-31"})
    with Running(create_app(store=place, clock=Clock())) as second, Visitor(second.url) as app:
        app.hold(tokens)
        app.create("Payment", paid(invoice, "100.00"))
        assert app.read("Invoice", invoice)["v3_status"] == "paid"
        assert app.post("Payment", {**paid(invoice), "date": "2026-08-31"}).status_code == 422
        assert app.ledger()["checks"] == []
