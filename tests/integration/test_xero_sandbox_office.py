"""Xero's sandbox: what a bookkeeper does in Xero's own pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.xero_desk import JUNK, contact, draft, fresh, invoice, line, payment, refusal, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.visitor import Visitor


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        visitor.sign_in()
        yield visitor


@pytest.mark.parametrize("kind", ["Contact", "Customer"])
def test_a_person_makes_renames_and_archives_a_customer(app: Visitor, kind: str) -> None:
    made = app.person("create", kind=kind, data={"Name": "Old name"})
    app.person("rename", kind=kind, id=made["ContactID"], name="New name")
    app.person("archive", id=made["ContactID"])
    (row,) = app.ledger()["customers"]
    assert (row["name"], row["active"]) == ("New name", False)
    app.person("restore", id=made["ContactID"])
    assert app.ledger()["customers"][0]["active"] is True


def test_a_person_unarchives_where_the_api_may_not(app: Visitor) -> None:
    made = contact(app)
    app.person("archive", id=made["ContactID"])
    app.control("switches", {"unarchive_by_api": False})
    body = {"ContactID": made["ContactID"], "ContactStatus": "ACTIVE"}
    assert refusal(app.post("Contacts", body)) == "The status 'ACTIVE' is not valid for contacts"
    app.person("restore", id=made["ContactID"])
    assert app.read("Contacts", made["ContactID"])["ContactStatus"] == "ACTIVE"


def test_a_person_edits_and_deletes_an_item(app: Visitor) -> None:
    made = app.create("Items", {"Code": "SNAKE", "Name": "Snake"})
    details = {"UnitPrice": 9.99, "AccountCode": "260"}
    app.person("edit", kind="Item", id=made["ItemID"], data={"Name": "Drain snake", "SalesDetails": details})
    assert [(row["name"], row["price"]) for row in app.ledger()["items"]] == [("Drain snake", "9.99")]
    app.person("delete", kind="Item", id=made["ItemID"])
    assert app.ledger()["items"] == []


def test_a_person_edits_and_voids_an_invoice(app: Visitor) -> None:
    made = invoice(app)
    app.person("edit", kind="Invoice", id=made["InvoiceID"], data={"LineItems": [line(70)]})
    assert app.read("Invoices", made["InvoiceID"])["Total"] == 70.0
    app.person("void", id=made["InvoiceID"])
    assert app.read("Invoices", made["InvoiceID"])["Status"] == "VOIDED"


def test_a_person_takes_and_deletes_a_payment(app: Visitor) -> None:
    made = invoice(app)
    paid = app.person("create", kind="Payment", data=payment(made, 30))
    assert app.read("Invoices", made["InvoiceID"])["AmountDue"] == 70.0
    app.person("delete", kind="Payment", id=paid["PaymentID"])
    assert app.read("Invoices", made["InvoiceID"])["AmountDue"] == 100.0


def test_a_person_accepts_and_deletes_a_quote(app: Visitor) -> None:
    body = {"Contact": {"ContactID": contact(app)["ContactID"]}, "Date": "2026-08-03", "LineItems": [line()]}
    made = app.create("Quotes", body)
    app.person("edit", kind="Estimate", id=made["QuoteID"], data={"Status": "SENT"})
    assert app.read("Quotes", made["QuoteID"])["Status"] == "SENT"
    app.person("delete", kind="Quote", id=made["QuoteID"])
    assert app.ledger()["estimates"] == []


def test_accounts_and_tax_rates_are_archived(app: Visitor) -> None:
    app.person("archive_account", code="260")
    app.person("archive_tax", code="TAX001")
    buyer = contact(app)["ContactID"]
    assert refusal(app.put("Invoices", draft(app, buyer))) == "Account code '260' has been archived, or deleted."
    answer = app.put("Invoices", draft(app, buyer, line(AccountCode="270", TaxType="TAX001")))
    assert refusal(answer).startswith("The TaxType code TAX001 does not exist")
    assert {rate["TaxType"]: rate["Status"] for rate in app.all("TaxRates")}["TAX001"] == "ARCHIVED"


def test_a_plan_with_several_currencies_takes_one_more(app: Visitor) -> None:
    assert app.put("Currencies", {"Code": "EUR"}).status_code == 400
    app.person("settings", data={"plan": "PREMIUM"})
    assert [row["Code"] for row in app.put("Currencies", {"Code": "EUR"}).json()["Currencies"]] == ["USD", "EUR"]
    assert invoice(app, CurrencyCode="EUR")["CurrencyCode"] == "EUR"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "rename", "kind": "Contact", "id": JUNK, "name": "A"}, 404),
        ({"action": "archive_account", "code": "999"}, 404),
        ({"action": "dance", "kind": "Contact"}, 404),
        ({"action": "create", "kind": "Vendor", "data": {}}, 422),
        ({"action": "create", "kind": "Contact", "data": {"FirstName": "A"}}, 422),
        ({"action": "close_books", "until": "soon"}, 422),
        ({"action": "settings", "data": {"colour": "blue"}}, 422),
    ],
)
def test_what_a_person_cannot_do_is_said(app: Visitor, body: dict[str, Any], status: int) -> None:
    answer = app.http.post("/_sandbox/person", json={"company": app.tenant, **body})
    assert answer.status_code == status
    assert answer.json()["problem"]
