"""Invoices, estimates, payments, tax and closed books (fact sheet, section 9a)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_quickbooks_sandbox.forms import bill, customer, item, line, pay
from ledgerport_quickbooks_sandbox.visitor import REALM, Visitor
from ledgerport_sandbox import Running


@pytest.fixture
def app() -> Iterator[Visitor]:
    """A visitor who has signed in, limits off."""
    sandbox = create_app(store=":memory:")
    sandbox.limits.enabled = False
    with Running(sandbox) as running, Visitor(running.url) as visitor:
        visitor.sign_in()
        yield visitor


def error(answer: httpx.Response) -> dict[str, Any]:
    """The first error of a 400."""
    assert answer.status_code == 400, answer.text
    found: dict[str, Any] = answer.json()["Fault"]["Error"][0]
    return found


def code(answer: httpx.Response) -> str:
    return str(error(answer)["code"])


# --- invoices ---


def test_the_lines_of_an_answer_are_items_subtotal_discount(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    percent = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    made = app.create("Invoice", bill(buyer, percent, line(sold, 290, Qty=2, UnitPrice=145)))
    assert [(row["DetailType"], row["Amount"]) for row in made["Line"]] == [
        ("SalesItemLineDetail", 290),
        ("SubTotalLineDetail", 290),
        ("DiscountLineDetail", 29),
    ]
    assert (made["TotalAmt"], made["Balance"]) == (261, 261)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "2020"),
        ([{"DetailType": "SubTotalLineDetail", "Amount": 5, "SubTotalLineDetail": {}}], "2020"),
        ([{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}], "2020"),
        (
            [{"DetailType": "SalesItemLineDetail", "Amount": 1, "SalesItemLineDetail": {"ItemRef": {"value": "77"}}}],
            "2500",
        ),
        (
            [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": 10.01,
                    "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "Qty": 2, "UnitPrice": 5},
                }
            ],
            "6070",
        ),
        (
            [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": 10,
                    "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "5"}},
                }
            ],
            "6100",
        ),
    ],
)
def test_a_bad_line_is_refused_with_its_code(app: Visitor, lines: list[dict[str, Any]], expected: str) -> None:
    buyer, _ = customer(app), item(app)
    assert code(app.post("invoice", bill(buyer, *lines))) == expected


def test_an_invoice_needs_a_customer_that_is_there_and_active(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    assert code(app.post("invoice", {"Line": [line(sold, 1)]})) == "2020"
    refused = error(app.post("invoice", {**bill(buyer, line(sold, 1)), "CustomerRef": {"value": "583"}}))
    assert refused["Detail"] == "Invalid Reference Id : Names element id 583 not found"
    app.create("Customer", {"Id": buyer["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert code(app.post("invoice", bill(buyer, line(sold, 1)))) == "610"


def test_a_number_in_use_is_6140_with_the_id_of_its_owner(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    body = bill(buyer, line(sold, 10), DocNumber="FS-1")
    first = app.create("Invoice", body)
    assert error(app.post("invoice", body))["Detail"] == (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber=FS-1 is assigned to TxnType=Invoice with TxnId={first['Id']}"
    )
    assert app.post("invoice", body, include="allowduplicatedocnum").status_code == 200
    app.control("switches", {"warn_duplicate_numbers": False})
    assert app.post("invoice", body).status_code == 200


def test_without_custom_numbers_the_company_counts_itself(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    assert "DocNumber" not in app.create("Invoice", bill(buyer, line(sold, 10)))
    app.control("person", {"company": REALM, "action": "settings", "data": {"custom_txn_numbers": False}})
    numbers = [app.create("Invoice", bill(buyer, line(sold, 10)))["DocNumber"] for _ in range(2)]
    assert numbers == ["1001", "1002"]


def test_an_estimate_is_closed_by_the_invoice_that_links_it(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    offer = app.create("Estimate", bill(buyer, line(sold, 10), DocNumber="E-1"))
    assert (offer["TxnStatus"], offer["TotalAmt"]) == ("Pending", 10)
    link = {"TxnId": offer["Id"], "TxnType": "Estimate"}
    made = app.create("Invoice", bill(buyer, line(sold, 10), LinkedTxn=[link]))
    assert made["LinkedTxn"] == [link]
    closed = app.read("Estimate", offer["Id"])
    assert (closed["TxnStatus"], closed["LinkedTxn"]) == ("Closed", [{"TxnId": made["Id"], "TxnType": "Invoice"}])


def test_sending_marks_the_invoice_as_sent(app: Visitor) -> None:
    made = app.create("Invoice", bill(customer(app), line(item(app), 10)))
    sent = app.http.post(f"/v3/company/{REALM}/invoice/{made['Id']}/send", params={"sendTo": "dana@h.example"}).json()
    assert (sent["Invoice"]["EmailStatus"], sent["Invoice"]["BillEmail"]["Address"]) == ("EmailSent", "dana@h.example")


# --- payments ---


def test_a_payment_lowers_the_balance_and_links_both_ways(app: Visitor) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", pay(buyer, 100, {owed["Id"]: 60}))
    assert (paid["UnappliedAmt"], paid["Line"][0]["LinkedTxn"]) == (40, [{"TxnId": owed["Id"], "TxnType": "Invoice"}])
    after = app.read("Invoice", owed["Id"])
    assert (after["Balance"], after["SyncToken"]) == (40, "1")
    assert after["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert app.read("Customer", buyer["Id"])["Balance"] == 0
    assert app.ledger()["checks"] == []


def test_a_payment_for_somebody_elses_invoice_stays_unapplied(app: Visitor) -> None:
    owed = app.create("Invoice", bill(customer(app), line(item(app), 100)))
    paid = app.create("Payment", pay(customer(app, "Another"), 100, {owed["Id"]: 100}))
    assert (paid["UnappliedAmt"], paid["Line"]) == (100, [])
    assert app.read("Invoice", owed["Id"])["Balance"] == 100


@pytest.mark.parametrize(("total", "part"), [(100, 100.01), (50, 60)])
def test_applying_more_than_there_is_is_6000(app: Visitor, total: float, part: float) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    assert code(app.post("payment", pay(buyer, total, {owed["Id"]: part}))) == "6000"


def test_a_document_number_in_place_of_the_id_is_610(app: Visitor) -> None:
    buyer = customer(app)
    app.create("Invoice", bill(buyer, line(item(app), 100), DocNumber="4711"))
    assert code(app.post("payment", pay(buyer, 100, {"4711": 100}))) == "610"


def test_an_update_of_a_payment_replaces_its_lines(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    first, second = (app.create("Invoice", bill(buyer, line(sold, 100))) for _ in range(2))
    paid = app.create("Payment", pay(buyer, 100, {first["Id"]: 100}))
    moved = pay(buyer, 100, {second["Id"]: 100})
    app.create("Payment", {**moved, "Id": paid["Id"], "SyncToken": "0"})
    assert [app.read("Invoice", one["Id"])["Balance"] for one in (first, second)] == [100, 0]


def test_a_voided_payment_opens_its_invoice_again(app: Visitor) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", {**pay(buyer, 100, {owed["Id"]: 100}), "PrivateNote": "hub"})
    body = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    void = app.create("Payment", body, operation="update", include="void")
    assert (void["TotalAmt"], void["Line"], void["PrivateNote"]) == (0, [], "Voided - hub")
    assert app.read("Invoice", owed["Id"])["Balance"] == 100
    assert (app.ledger()["payments"][0]["void"], app.ledger()["checks"]) == (True, [])


def test_a_deleted_payment_opens_its_invoice_again(app: Visitor) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", pay(buyer, 100, {owed["Id"]: 100}))
    gone = app.create("Payment", {"Id": paid["Id"], "SyncToken": "0"}, operation="delete")
    assert gone == {"domain": "QBO", "status": "Deleted", "Id": paid["Id"]}
    assert app.read("Invoice", owed["Id"])["Balance"] == 100
    assert code(app.get(f"payment/{paid['Id']}")) == "610"


@pytest.mark.parametrize("operation", ["void", "delete"])
def test_a_voided_or_deleted_invoice_frees_its_payment(app: Visitor, operation: str) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", pay(buyer, 100, {owed["Id"]: 100}))
    app.create("Invoice", {"Id": owed["Id"], "SyncToken": "1"}, operation=operation)
    free = app.read("Payment", paid["Id"])
    assert (free["UnappliedAmt"], free["Line"], free["SyncToken"]) == (100, [], "1")
    assert app.ledger()["checks"] == []


# --- tax, closed books, locales ---


def test_automated_tax_is_computed_for_taxable_lines_and_a_stated_total_is_honoured(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    lines = (line(sold, 100, TaxCodeRef={"value": "TAX"}), line(sold, 50))
    computed = app.create("Invoice", bill(buyer, *lines))
    assert (computed["TxnTaxDetail"]["TotalTax"], computed["TotalAmt"]) == (8.25, 158.25)
    assert computed["Line"][1]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}
    stated = app.create("Invoice", bill(buyer, *lines, TxnTaxDetail={"TotalTax": 7.77}))
    assert (stated["TxnTaxDetail"]["TotalTax"], stated["TotalAmt"]) == (7.77, 157.77)


def test_without_sales_tax_the_tax_detail_is_ignored(app: Visitor) -> None:
    app.control("companies", {"id": "78", "name": "No Tax Inc", "locale": "us"})
    app.realm = "78"
    app.sign_in()
    made = app.create("Invoice", bill(customer(app), line(item(app), 100), TxnTaxDetail={"TotalTax": 5}))
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (100, 0)


def test_outside_the_us_every_line_needs_a_code(app: Visitor) -> None:
    app.control("companies", {"id": "79", "name": "Leeds Pipes Ltd", "locale": "uk"})
    app.realm = "79"
    app.sign_in()
    buyer, sold = customer(app), item(app)
    refused = error(app.post("invoice", bill(buyer, line(sold, 100), GlobalTaxCalculation="TaxExcluded")))
    assert refused["Detail"] == (
        "Business Validation Error: Make sure all your transactions have a VAT rate before you save."
    )
    coded = line(sold, 100, TaxCodeRef={"value": "3"})
    assert app.create("Invoice", bill(buyer, coded, GlobalTaxCalculation="TaxExcluded"))["TotalAmt"] == 120
    inclusive = app.create("Invoice", bill(buyer, coded, GlobalTaxCalculation="TaxInclusive"))
    assert (inclusive["TotalAmt"], inclusive["TxnTaxDetail"]["TotalTax"]) == (100, 16.67)


def test_closed_books_refuse_every_change_up_to_their_date(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    early = bill(buyer, line(sold, 10), TxnDate="2026-06-30")
    made = app.create("Invoice", early)
    app.control("person", {"company": REALM, "action": "close_books", "until": "2026-06-30"})
    assert code(app.post("invoice", early)) == "6210"
    assert code(app.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")) == "6210"
    assert app.post("invoice", {**early, "TxnDate": "2026-07-01"}).status_code == 200


def test_an_expired_subscription_is_6190(app: Visitor) -> None:
    app.control("person", {"company": REALM, "action": "settings", "data": {"subscription": "EXPIRED"}})
    assert code(app.post("customer", {"DisplayName": "A"})) == "6190"


def test_bytes_that_are_not_utf_8_are_code_500(app: Visitor) -> None:
    answer = app.http.post(f"/v3/company/{REALM}/customer", content=b'{"DisplayName":"caf\xe9"}')
    assert code(answer) == "500"


def test_name_lists_cannot_be_deleted(app: Visitor) -> None:
    made = customer(app)
    assert code(app.post("customer", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")) == "500"
