"""How Wave's endpoint takes and refuses requests: the order of refusals, both channels, limits."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ledgerport_sandbox import Clock, Running
from ledgerport_wave_sandbox import ids
from ledgerport_wave_sandbox.app import create_app
from ledgerport_wave_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_wave_sandbox.visitor import Visitor

CREATE = "mutation($input: CustomerCreateInput!) { customerCreate(input: $input) { didSucceed customer { id } } }"
TWO = """mutation($a: CustomerCreateInput!, $b: CustomerCreateInput!) {
  a: customerCreate(input: $a) { didSucceed customer { name } }
  b: customerCreate(input: $b) { didSucceed customer { name } }
}"""


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000))) as sandbox:
        yield sandbox


@pytest.fixture
def stranger(running: Running) -> Iterator[Visitor]:
    """A visitor without a token."""
    with Visitor(running.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"at": 1_790_000_000})
        yield visitor


@pytest.fixture
def app(stranger: Visitor) -> Visitor:
    """The same, signed in."""
    stranger.sign_in()
    return stranger


def error(app: Visitor, query: str, **variables: Any) -> dict[str, Any]:
    """The only error of a request; it has an id of its own."""
    answer = app.ask(query, **variables)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["errors"]
    assert uuid.UUID(found["extensions"]["id"])
    return {**found, "code": found["extensions"]["code"], "data": answer.json().get("data", "no data")}


def customers(app: Visitor) -> list[str]:
    return [row["name"] for row in app.ledger()["customers"]]


def test_an_invalid_document_is_told_before_the_token_is_looked_at(stranger: Visitor) -> None:
    found = error(stranger, "{ nonsense }")
    assert (found["code"], found["data"]) == ("GRAPHQL_VALIDATION_FAILED", "no data")


def test_a_variable_of_the_wrong_type_is_told_before_the_token_is_looked_at(stranger: Visitor) -> None:
    found = error(stranger, CREATE, input={"businessId": COMPANY, "name": "A", "currency": "DOLLARS"})
    assert (found["code"], found["data"]) == ("BAD_USER_INPUT", "no data")


def test_a_good_document_without_a_token_is_unauthenticated_and_its_field_null(stranger: Visitor) -> None:
    found = error(stranger, CREATE, input={"businessId": COMPANY, "name": "A"})
    assert (found["code"], found["data"], found["path"]) == (
        "UNAUTHENTICATED",
        {"customerCreate": None},
        ["customerCreate"],
    )
    assert customers(stranger) == []


def test_introspection_needs_no_token(stranger: Visitor) -> None:
    assert stranger.data("{ __schema { queryType { name } } }") == {"__schema": {"queryType": {"name": "Query"}}}


def test_a_status_of_400_may_come_with_invalid_documents(stranger: Visitor) -> None:
    stranger.control("switches", {"validation_status": 400})
    assert stranger.ask("{ nonsense }").status_code == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"query": 1}', b'{"query": "{user{id}}", "variables": []}'])
def test_what_is_no_graphql_request_is_400(app: Visitor, body: bytes) -> None:
    assert app.http.post("/graphql/public", content=body).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        '{ business { customers(email: "a@b.example") { edges { node { id } } } } }',
        '{ __type(name: "Invoice") { name } }',
        f'mutation {{ customerCreate(input: {{businessId: "{COMPANY}", name: "A"}}) {{ didSucceed }} }}',
    ],
)
def test_a_string_written_into_the_document_is_refused(app: Visitor, query: str) -> None:
    assert error(app, query)["code"] == "VARIABLE_VALUE"
    app.control("switches", {"inline_strings": "accept"})
    assert "errors" not in app.ask(query).json()


def test_an_id_may_be_written_into_the_document(app: Visitor) -> None:
    assert app.data(f'{{ business(id: "{COMPANY}") {{ name }} }}')["business"]["name"] == "Blue Heron Plumbing"


def test_null_for_sort_is_refused_written_out_and_as_a_variable(app: Visitor) -> None:
    assert error(app, "{ business { products(sort: null) { edges { node { id } } } } }")["code"] == (
        "GRAPHQL_VALIDATION_FAILED"
    )
    query = "query($s: [ProductSort!]) { business { products(sort: $s) { edges { node { id } } } } }"
    found = error(app, query, s=None)
    assert (found["code"], found["data"]) == ("BAD_USER_INPUT", {"business": {"products": None}})
    assert app.data(query) == {"business": {"products": {"edges": []}}}


def test_an_unknown_business_is_not_found_in_the_documented_words(app: Visitor) -> None:
    found = error(app, "query($id: ID!) { business(id: $id) { id } }", id="BAD_ID")
    assert (found["code"], found["message"]) == ("NOT_FOUND", "Business 'BAD_ID' could not be found.")
    assert (found["data"], found["path"]) == ({"business": None}, ["business"])


def test_ids_are_base64_of_business_and_kind(app: Visitor) -> None:
    buyer, item = app.customer(), app.product()
    invoice = app.invoice(buyer, [{"productId": item}])["id"]
    owner = ids.raw(COMPANY)[0]
    assert ids.raw(buyer)[:2] == (owner, "Customer")
    assert (ids.raw(invoice)[:2], len(ids.raw(invoice)[2])) == ((owner, "Invoice"), 19)


def test_the_id_of_another_business_is_not_found_when_it_is_read(app: Visitor) -> None:
    app.sign_in(COMPANY, OTHER_COMPANY)
    foreign = app.customer()
    query = "query($b: ID!, $id: ID!) { business(id: $b) { customer(id: $id) { id } } }"
    assert error(app, query, b=OTHER_COMPANY, id=foreign)["code"] == "NOT_FOUND"
    assert app.data(query, b=COMPANY, id=foreign)["business"]["customer"] == {"id": foreign}


@pytest.mark.parametrize("habit", ["not_found", "empty_refusal"])
def test_a_mutation_of_another_business_changes_nothing(app: Visitor, habit: str) -> None:
    foreign = app.customer()
    app.sign_in(OTHER_COMPANY)
    app.control("switches", {"unknown_target": habit})
    body = app.send("customerPatch", {"id": foreign, "name": "Taken over"}, "customer { id }").json()
    if habit == "not_found":
        assert (body["errors"][0]["extensions"]["code"], body["data"]) == ("NOT_FOUND", {"customerPatch": None})
    else:
        assert body["data"]["customerPatch"] == {"didSucceed": False, "inputErrors": [], "customer": None}
    assert customers(app) == ["Harbor View HOA"]


@pytest.mark.parametrize("habit", ["input_error", "empty_refusal", "not_found"])
def test_a_reference_to_another_business_is_refused(app: Visitor, habit: str) -> None:
    foreign = app.customer()
    app.sign_in(OTHER_COMPANY)
    app.company = OTHER_COMPANY
    app.control("switches", {"unknown_reference": habit})
    body = app.send("invoiceCreate", {"customerId": foreign, "items": []}).json()
    if habit == "not_found":
        assert body["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    else:
        paths = [row["path"] for row in body["data"]["invoiceCreate"]["inputErrors"]]
        assert paths == ([["input", "customerId"]] if habit == "input_error" else [])


def test_several_mutations_in_one_document_are_refused_by_default(app: Visitor) -> None:
    given = {key: {"businessId": COMPANY, "name": key} for key in "ab"}
    assert error(app, TWO, **given)["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert customers(app) == []


def test_several_mutations_are_run_in_order_where_they_are_allowed(app: Visitor) -> None:
    app.control("switches", {"several_mutations": "allow"})
    data = app.data(TWO, **{key: {"businessId": COMPANY, "name": key} for key in "ab"})
    assert [data[key]["customer"]["name"] for key in data] == ["a", "b"]


def test_a_refused_mutation_leaves_the_other_ones_of_its_document_alone(app: Visitor) -> None:
    app.control("switches", {"several_mutations": "allow"})
    data = app.data(TWO, a={"businessId": COMPANY, "name": " "}, b={"businessId": COMPANY, "name": "b"})
    assert [data[key]["didSucceed"] for key in "ab"] == [False, True]
    assert customers(app) == ["b"]


def test_input_errors_of_a_success_may_be_null(app: Visitor) -> None:
    assert app.do("customerCreate", {"name": "A"})["inputErrors"] == []
    app.control("switches", {"input_errors_when_fine": "null"})
    assert app.do("customerCreate", {"name": "B"})["inputErrors"] is None


def test_archivable_breaks_the_answer_as_it_did_live(app: Visitor) -> None:
    query = "{ accountSubtypes { value archivable } }"
    answer = app.ask(query).json()
    assert (answer["data"], answer["errors"][0]["extensions"]["code"]) == (None, "INTERNAL_SERVER_ERROR")
    app.control("switches", {"archivable_is_null": False})
    assert app.data(query)["accountSubtypes"][0] == {"value": "CASH_AND_BANK", "archivable": True}


def test_decimals_come_as_texts_and_go_as_texts_or_numbers(app: Visitor) -> None:
    for price in ("19.90", 19.9):
        made = app.do("productCreate", {"name": "Valve", "unitPrice": price}, "product { unitPrice }")
        assert made["product"] == {"unitPrice": "19.9"}


def test_more_than_two_requests_at_once_are_throttled(app: Visitor) -> None:
    app.control("limits", {"limits": [{"name": "requests at once", "count": 0, "per": None}]})
    answer = app.ask("{ user { id } }")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert app.control("limits")["refusals"]["requests at once"] == 1


def test_a_minutes_requests_are_counted_for_each_business_and_told_with_retry_after(app: Visitor) -> None:
    app.sign_in(COMPANY, OTHER_COMPANY)
    app.control("limits", {"limits": [{"name": "requests per minute", "count": 2, "per": 60}]})
    query = "query($id: ID!) { business(id: $id) { name } }"
    assert [app.ask(query, id=COMPANY).status_code for _ in range(3)] == [200, 200, 429]
    assert app.ask(query, id=OTHER_COMPANY).status_code == 200
    assert app.ask(query, id=COMPANY).headers["retry-after"] == "60"
    app.control("clock", {"advance": 60})
    assert app.ask(query, id=COMPANY).status_code == 200


def test_the_published_limits_are_two_at_once_and_five_hundred_a_minute(app: Visitor) -> None:
    limits = {row["name"]: (row["count"], row["per"]) for row in app.control("limits")["limits"]}
    assert limits == {"requests at once": (2, None), "requests per minute": (500, 60.0)}
