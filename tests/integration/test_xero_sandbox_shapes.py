"""Xero's own descriptions judge the sandbox's answers: the OpenAPI schemas, and the members of recorded answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from tests.integration.xero_desk import contact, fresh, invoice, line, payment, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.visitor import Visitor

Json = dict[str, Any]


@pytest.fixture(scope="module")
def spec(shared: Path) -> Json:
    text = (shared / "specs/xero/xero_accounting.yaml").read_text()
    loaded: Json = yaml.load(text, Loader=yaml.CSafeLoader)  # the plain loader takes seven seconds
    return loaded


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def app(running: Running) -> Iterator[Visitor]:
    """A visitor in books with one of everything."""
    with fresh(running) as visitor:
        visitor.sign_in()
        buyer = contact(visitor, ContactPersons=[{"FirstName": "Pat", "EmailAddress": "p@x.example"}])["ContactID"]
        visitor.create("Items", {"Code": "SNAKE", "SalesDetails": {"UnitPrice": 5, "AccountCode": "260"}})
        body = {"Contact": {"ContactID": buyer}, "Date": "2026-08-03", "LineItems": [line(TaxType="TAX001")]}
        visitor.create("Quotes", body)
        bill = invoice(visitor, line(TaxType="TAX001", DiscountRate=10), line(ItemCode="SNAKE"), buyer=buyer)
        visitor.create("Payments", payment(bill, 50, Reference="P-1"))
        part = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": 10}
        visitor.create("BatchPayments", {"Account": {"Code": "090"}, "Date": "2026-08-10", "Payments": [part]})
        yield visitor


SCHEMAS = {
    "Contacts": "Contacts",
    "Items": "Items",
    "Invoices": "Invoices",
    "Quotes": "Quotes",
    "Payments": "Payments",
    "BatchPayments": "BatchPayments",
    "Accounts": "Accounts",
    "TaxRates": "TaxRates",
    "Organisation": "Organisations",
    "Currencies": "Currencies",
    "Organisation/Actions": "Actions",
}


def problems(spec: Json, schema: str, answer: Json) -> list[str]:
    whole = {"$ref": f"#/components/schemas/{schema}", "components": spec["components"]}
    return [f"{list(error.path)}: {error.message[:200]}" for error in OAS30Validator(whole).iter_errors(answer)]


def strangers(spec: Json, schema: Json, value: Any, path: str = "") -> list[str]:
    """Members of a value that its schema does not name."""
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, list):
        return [one for row in value for one in strangers(spec, schema.get("items", {}), row, f"{path}[]")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    found = [f"{path}.{name}" for name in value if name not in schema["properties"]]
    for name, inner in value.items():
        found += strangers(spec, schema["properties"].get(name, {}), inner, f"{path}.{name}")
    return found


@pytest.mark.parametrize("path", SCHEMAS)
@pytest.mark.parametrize("query", [{}, {"page": "1"}])
def test_lists_fit_xeros_schema(spec: Json, app: Visitor, path: str, query: dict[str, str]) -> None:
    answer = app.get(path, **query).json()
    assert len(next(value for value in answer.values() if isinstance(value, list))) > 0
    assert problems(spec, SCHEMAS[path], answer) == []


# Every answer has these; the spec's schemas of collections leave them out.
ENVELOPE = {".Id", ".Status", ".ProviderName", ".DateTimeUTC", ".SummarizeErrors", ".pagination"}
# Recorded or in the spec's own examples, but not in its schemas.
UNLISTED = {
    *(".Invoices[].DateString", ".Invoices[].DueDateString"),
}


@pytest.mark.parametrize("path", SCHEMAS)
def test_answers_say_nothing_that_the_schema_does_not_know(spec: Json, app: Visitor, path: str) -> None:
    answer = app.get(path, page="1").json()
    schema = spec["components"]["schemas"][SCHEMAS[path]]
    assert set(strangers(spec, schema, answer)) - ENVELOPE - UNLISTED == set()


@pytest.mark.parametrize("collection", ["Contacts", "Items", "Invoices", "Payments", "Quotes"])
def test_answers_to_writes_fit_xeros_schema(spec: Json, app: Visitor, collection: str) -> None:
    body = {collection: [{"Code": "SNAKE"}, {"Name": "S", "Code": "S"}]}
    answer = app.put(collection, body, summarizeErrors="false").json()
    verdicts = {row["StatusAttributeString"] for row in answer[collection]}
    assert "ERROR" in verdicts
    assert problems(spec, collection, answer) == []


def test_a_refused_request_fits_the_schema_of_errors(spec: Json, app: Visitor) -> None:
    answer = app.put("Contacts", {"FirstName": "A"})
    assert answer.status_code == 400
    assert problems(spec, "Error", answer.json()) == []


# -- recordings ----------------------------------------------------------------------------------------------


def recorded(shared: Path, name: str) -> Json:
    data: Any = json.loads((shared / "recorded/xero" / name).read_text())
    if isinstance(data, list):
        return {"Organisations": data}
    if "interactions" in data:
        data = data["interactions"][0]["response"]["body"]
    found: Json = data
    return found


def test_an_invoice_has_the_members_of_a_recorded_one(shared: Path, app: Visitor) -> None:
    rows = recorded(shared, "xero-python/get-invoices-page1.json")["Invoices"]
    paid = next(row for row in rows if row["Type"] == "ACCREC" and row["Payments"] and row["Status"] == "AUTHORISED")
    ours = next(row for row in app.all("Invoices", page="1") if row["Payments"])
    assert paid.keys() - ours.keys() == {"BrandingThemeID"}
    assert [name for name in paid if name in ours] == [name for name in ours if name in paid]
    assert paid["Payments"][0].keys() == ours["Payments"][0].keys()
    assert paid["Contact"].keys() == ours["Contact"].keys()
    assert paid["LineItems"][0].keys() - {"ItemCode"} <= ours["LineItems"][0].keys()


def test_a_created_contact_has_the_members_of_a_recorded_one(shared: Path, app: Visitor) -> None:
    (theirs,) = recorded(shared, "fyle-xero-api/create-contact.json")["Contacts"]
    ours = contact(app, "Shape of a contact", FirstName="sample")
    assert list(ours) == list(theirs)
    assert ours["Phones"] == theirs["Phones"]
    assert ours["Addresses"] == theirs["Addresses"]


def test_an_item_an_account_and_a_tax_rate_have_the_recorded_members(shared: Path, app: Visitor) -> None:
    for name, collection, missing in (
        ("get-items.json", "Items", {"Description", "Name", "PurchaseDescription"}),
        ("get-accounts.json", "Accounts", {"Description"}),
        ("get-taxrates.json", "TaxRates", set()),
    ):
        theirs = recorded(shared, f"fyle-xero-api/{name}")[collection][0]
        ours = app.all(collection)[0]
        assert theirs.keys() - ours.keys() <= missing, collection
        assert {key: type(value) for key, value in theirs.items() if key in ours} == {
            key: type(ours[key]) for key in theirs if key in ours
        }


def test_an_organisation_has_the_recorded_members(shared: Path, app: Visitor) -> None:
    (theirs,) = recorded(shared, "fyle-xero-api/get-organisation.json")["Organisations"]
    (ours,) = app.get("Organisation").json()["Organisations"]
    assert theirs.keys() - ours.keys() == {"TaxNumber", "TaxNumberName", "PeriodLockDate"}


def test_answers_carry_the_recorded_headers(shared: Path, app: Visitor) -> None:
    data = json.loads((shared / "recorded/xero/xero-python/get-invoices-page1.json").read_text())
    theirs = {name.lower() for name in data["interactions"][0]["response"]["headers"]}
    ours = set(app.get("Invoices", page="1").headers)
    assert theirs - ours == {"connection", "x-client-tls-ver"}


def test_connections_have_the_recorded_members(shared: Path, app: Visitor) -> None:
    data = json.loads((shared / "recorded/xero/fyle-xero-api/get-connections.json").read_text())
    (ours,) = app.http.get("/connections").json()
    assert ours.keys() == data[0].keys()
