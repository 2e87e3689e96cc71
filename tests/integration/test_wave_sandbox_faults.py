"""Every named fault at the Wave sandbox, seen from the client's side of a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledgerport_sandbox import Clock, Running
from ledgerport_wave_sandbox.app import create_app
from ledgerport_wave_sandbox.state import COMPANY
from ledgerport_wave_sandbox.visitor import Visitor

THREE = "mutation({declared}) {{ {fields} }}".format(
    declared=", ".join(f"${key}: CustomerCreateInput!" for key in "abc"),
    fields=" ".join(
        f"{key}: customerCreate(input: ${key}) {{ didSucceed inputErrors {{ message }} }}" for key in "abc"
    ),
)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000))) as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    """A visitor who has signed in, limits off."""
    with Visitor(running.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"at": 1_790_000_000, "rate": 0})
        visitor.control("limits", {"enabled": False})
        visitor.sign_in()
        yield visitor


def customers(app: Visitor) -> list[str]:
    return [row["name"] for row in app.ledger()["customers"]]


def add(app: Visitor, name: str = "Harbor View HOA") -> httpx.Response:
    return app.send("customerCreate", {"name": name}, "customer { id }")


def three(app: Visitor) -> dict[str, Any]:
    app.control("switches", {"several_mutations": "allow"})
    answer = app.ask(THREE, **{key: {"businessId": COMPANY, "name": key} for key in "abc"})
    body: dict[str, Any] = answer.json()
    return body


def test_drop_before_closes_the_connection_and_applies_nothing(app: Visitor) -> None:
    app.control("faults", {"name": "drop_before"})
    with pytest.raises(httpx.RemoteProtocolError):
        add(app)
    assert customers(app) == []


@pytest.mark.parametrize("fault", [{"name": "drop_after"}, {"name": "cut_after", "bytes": 20}])
def test_a_connection_lost_afterwards_has_applied_the_mutation(app: Visitor, fault: dict[str, Any]) -> None:
    app.control("faults", fault)
    with pytest.raises(httpx.RemoteProtocolError):
        add(app)
    assert customers(app) == ["Harbor View HOA"]


@pytest.mark.parametrize("applied", [True, False])
@pytest.mark.parametrize(
    ("kind", "status"), [("json", 200), ("json", 500), ("html", 502), ("text", 503), ("empty", 504)]
)
def test_a_status_says_nothing_about_what_was_applied(app: Visitor, kind: str, status: int, applied: bool) -> None:
    app.control("faults", {"name": "status", "status": status, "body": kind, "applied": applied})
    answer = add(app)
    assert answer.status_code == status
    if kind == "json":
        assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert answer.json()["data"] == {"customerCreate": None}
    assert customers(app) == (["Harbor View HOA"] if applied else [])


@pytest.mark.parametrize("wait", [7, None])
def test_throttle_is_a_429_with_or_without_a_wait(app: Visitor, wait: int | None) -> None:
    app.control("faults", {"name": "throttle", **({"retry_after": wait} if wait else {})})
    answer = add(app)
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, str(wait) if wait else None)
    app.control("switches", {"throttle_body": "text"})
    app.control("faults", {"name": "throttle"})
    assert add(app).text == "Too Many Requests"
    assert customers(app) == []


def test_expired_token_is_unauthenticated_with_200_and_a_refresh_helps(app: Visitor) -> None:
    app.control("faults", {"name": "expired_token"})
    answer = add(app)
    assert (answer.status_code, answer.json()["data"]) == (200, {"customerCreate": None})
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert customers(app) == []
    app.hold(app.refresh().json())
    assert add(app).json()["data"]["customerCreate"]["didSucceed"]


def test_revoked_grant_is_unauthenticated_and_a_refresh_does_not_help(app: Visitor) -> None:
    app.control("faults", {"name": "revoked_grant"})
    assert add(app).json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert app.refresh().json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("pick", [{}, {"index": 0}, {"record": "Harbor View HOA"}])
def test_refuse_item_refuses_a_single_record_once(app: Visitor, pick: dict[str, Any]) -> None:
    app.control("faults", {"name": "refuse_item", "code": "TEAPOT", "message": "No tea.", **pick})
    row = app.refused("customerCreate", {"name": "Harbor View HOA"})[0]
    assert row == {"path": ["input"], "message": "No tea.", "code": "TEAPOT"}
    add(app)
    assert customers(app) == ["Harbor View HOA"]


@pytest.mark.parametrize("pick", [{"index": 1}, {"record": "b"}])
def test_refuse_item_refuses_one_of_several_mutations(app: Visitor, pick: dict[str, Any]) -> None:
    app.control("faults", {"name": "refuse_item", "match": {"operation": "batch"}, **pick})
    data = three(app)["data"]
    assert [data[key]["didSucceed"] for key in "abc"] == [True, False, True]
    assert customers(app) == ["a", "c"]


def test_refuse_batch_refuses_several_mutations_as_a_whole(app: Visitor) -> None:
    app.control("faults", {"name": "refuse_batch", "match": {"operation": "batch"}})
    body = three(app)
    assert (body["errors"][0]["extensions"]["code"], "data" in body) == ("BAD_USER_INPUT", False)
    assert customers(app) == []


def test_shuffle_batch_changes_the_order_of_the_answers_only(app: Visitor) -> None:
    app.control("faults", {"name": "shuffle_batch"})
    assert list(three(app)["data"]) != ["a", "b", "c"]
    assert customers(app) == ["a", "b", "c"]


def test_drop_bid_leaves_one_answer_out_though_it_was_applied(app: Visitor) -> None:
    app.control("faults", {"name": "drop_bid", "index": 1})
    assert list(three(app)["data"]) == ["a", "c"]
    assert customers(app) == ["a", "b", "c"]


def test_html_page_is_a_gateways_page_and_applies_nothing(app: Visitor) -> None:
    app.control("faults", {"name": "html_page", "status": 403})
    answer = add(app)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html")
    assert customers(app) == []


def test_a_request_over_a_minute_is_given_up_by_the_gateway(app: Visitor) -> None:
    app.control("faults", {"name": "slow", "seconds": 90, "applied": "before"})
    app.control("clock", {"rate": 2000})
    assert add(app).status_code == 504
    assert customers(app) == ["Harbor View HOA"]


@pytest.mark.parametrize(
    ("entity", "operation", "mutation"),
    [
        ("Customer", "create", "customerCreate"),
        ("Customer", "update", "customerPatch"),
        ("Customer", "delete", "customerDelete"),
        ("Item", "create", "productCreate"),
        ("Item", "update", "productPatch"),
        ("Item", "archive", "productArchive"),
        ("Invoice", "create", "invoiceCreate"),
        ("Invoice", "update", "invoicePatch"),
        ("Invoice", "approve", "invoiceApprove"),
        ("Invoice", "mark_sent", "invoiceMarkSent"),
        ("Invoice", "delete", "invoiceDelete"),
        ("Payment", "create", "invoicePaymentCreateManual"),
        ("Payment", "update", "invoicePaymentPatch"),
        ("Payment", "delete", "invoicePaymentDelete"),
        ("Estimate", "create", "estimateCreate"),
        ("Estimate", "update", "estimatePatch"),
        ("Estimate", "delete", "estimateDelete"),
        ("Transaction", "batch", "moneyTransactionsCreate"),
    ],
)
def test_each_mutation_is_matched_by_the_hubs_words(app: Visitor, entity: str, operation: str, mutation: str) -> None:
    app.control("faults", {"name": "throttle", "match": {"entity": entity, "operation": operation, "company": COMPANY}})
    assert add(app, "Bystander").status_code == (429 if mutation == "customerCreate" else 200)
    if mutation != "customerCreate":
        type = f"{mutation[0].upper()}{mutation[1:]}Input!"
        query = f"mutation($input: {type}) {{ {mutation}(input: $input) {{ didSucceed }} }}"
        assert app.ask(query, input={"businessId": COMPANY}).status_code == 429
    assert app.control("faults")["waiting"] == []


@pytest.mark.parametrize(
    ("entity", "selection"),
    [
        ("Customer", "customers { edges { node { id } } }"),
        ("Item", "products { edges { node { id } } }"),
        ("Invoice", "invoices { edges { node { id } } }"),
        ("Payment", "invoices { edges { node { payments { id } } } }"),
        ("Estimate", "estimates { edges { node { id } } }"),
    ],
)
def test_each_list_is_matched_by_the_hubs_words(app: Visitor, entity: str, selection: str) -> None:
    app.control("faults", {"name": "throttle", "match": {"entity": entity, "operation": "query"}})
    assert app.ask("{ user { id } }").status_code == 200
    assert app.ask(f"{{ business {{ {selection} }} }}").status_code == 429
