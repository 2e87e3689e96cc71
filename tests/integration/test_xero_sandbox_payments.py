"""Xero's sandbox: payments, batch payments and quotes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.xero_desk import JUNK, contact, fresh, invoice, line, payment, refusal, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.company import account_id
from ledgerport_xero_sandbox.state import COMPANY
from ledgerport_xero_sandbox.visitor import Visitor

EXCEEDS = "Payment amount exceeds the amount outstanding on this document"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        visitor.sign_in()
        yield visitor


# -- payments ------------------------------------------------------------------------------------------------


def test_a_payment_takes_its_amount_off_and_the_last_one_pays_the_invoice(app: Visitor) -> None:
    made = invoice(app)
    first = app.create("Payments", payment(made, 40, Reference="HUB-P-1"))
    assert (first["PaymentType"], first["Status"], first["Invoice"]["AmountDue"]) == (
        "ACCRECPAYMENT",
        "AUTHORISED",
        60.0,
    )
    app.create("Payments", payment(made, 60, Date="2026-08-12"))
    paid = app.read("Invoices", made["InvoiceID"])
    assert (paid["Status"], paid["AmountDue"], paid["AmountPaid"]) == ("PAID", 0.0, 100.0)
    assert paid["FullyPaidOnDate"] == "/Date(1786492800000+0000)/"
    assert [row["Amount"] for row in paid["Payments"]] == [40.0, 60.0]


def test_a_deleted_payment_opens_the_invoice_again(app: Visitor) -> None:
    made = invoice(app)
    paid = app.create("Payments", payment(made, 100))
    gone = app.change("Payments", paid["PaymentID"], {"Payments": [{"Status": "DELETED"}]})
    assert gone["Status"] == "DELETED"
    opened = app.read("Invoices", made["InvoiceID"])
    assert (opened["Status"], opened["AmountDue"], opened["Payments"]) == ("AUTHORISED", 100.0, [])
    again = app.post(f"Payments/{paid['PaymentID']}", {"Status": "DELETED"})
    assert refusal(again) == "Payment not of valid status for modification"
    assert app.ledger()["checks"] == []


def test_a_void_waits_until_the_payments_are_gone(app: Visitor) -> None:
    made = invoice(app)
    paid = app.create("Payments", payment(made, 40))
    text = refusal(app.post(f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"}))
    assert text == (
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
    )
    app.change("Payments", paid["PaymentID"], {"Status": "DELETED"})
    assert app.change("Invoices", made["InvoiceID"], {"Status": "VOIDED"})["Status"] == "VOIDED"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Amount": 100.01}, EXCEEDS),
        ({"Amount": 0}, "Payment amount must be greater than zero"),
        ({"Invoice": {"InvoiceID": JUNK}}, "An existing Invoice with the specified InvoiceID could not be found"),
        ({"Account": {"Code": "999"}}, "Account could not be found"),
        (
            {"Account": {"Code": "200"}},
            "Account type is not valid for payments. It must be a bank account or have payments enabled.",
        ),
    ],
)
def test_bad_payments_are_refused(app: Visitor, changes: dict[str, Any], text: str) -> None:
    made = invoice(app)
    assert refusal(app.put("Payments", payment(made, 10, **changes))) == text
    assert app.ledger()["payments"] == []


def test_drafts_and_paid_invoices_take_no_payment(app: Visitor) -> None:
    made = invoice(app, Status="DRAFT")
    assert refusal(app.put("Payments", payment(made, 10))) == "Payments can only be made against Authorised documents"
    app.change("Invoices", made["InvoiceID"], {"Status": "AUTHORISED"})
    app.create("Payments", payment(made, 100))
    assert refusal(app.put("Payments", payment(made, 1))) == EXCEEDS


def test_a_bank_account_without_a_code_is_named_by_its_id(app: Visitor) -> None:
    savings = account_id(COMPANY, "Business Savings Account")
    made = app.create("Payments", payment(invoice(app), 10, Account={"AccountID": savings}))
    assert made["Account"] == {"AccountID": savings, "Name": "Business Savings Account"}


def test_a_reconciled_payment_stays(app: Visitor) -> None:
    paid = app.create("Payments", payment(invoice(app), 10))
    app.person("reconcile", id=paid["PaymentID"])
    assert "reconciled" in refusal(app.post(f"Payments/{paid['PaymentID']}", {"Status": "DELETED"}))


def test_a_batch_payment_is_one_deposit_of_several_payments(app: Visitor) -> None:
    bills = [invoice(app, InvoiceNumber=f"F-{n}") for n in range(3)]
    parts = [{"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": 30 + n} for n, bill in enumerate(bills)]
    body = {"Account": {"Code": "090"}, "Date": "2026-08-10", "Reference": "D-1", "Payments": parts}
    made = app.create("BatchPayments", body)
    assert (made["Type"], made["TotalAmount"], len(made["Payments"])) == ("RECBATCH", 93.0, 3)
    one = made["Payments"][0]["PaymentID"]
    assert app.read("Payments", one)["BatchPaymentID"] == made["BatchPaymentID"]
    assert refusal(app.post(f"Payments/{one}", {"Status": "DELETED"})) == "Payments within a batch cannot be deleted."
    app.change("BatchPayments", made["BatchPaymentID"], {"Status": "DELETED"})
    assert [row["balance"] for row in app.ledger()["invoices"]] == ["100.00"] * 3


def test_a_batch_payment_is_made_whole_or_not_at_all(app: Visitor) -> None:
    bill = invoice(app)
    parts = [{"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": amount} for amount in (60, 60)]
    assert refusal(app.put("BatchPayments", {"Account": {"Code": "090"}, "Payments": parts})) == EXCEEDS
    assert (app.ledger()["payments"], app.ledger()["invoices"][0]["balance"]) == ([], "100.00")


# -- quotes --------------------------------------------------------------------------------------------------


def quote(app: Visitor, **more: Any) -> dict[str, Any]:
    buyer = contact(app)["ContactID"]
    body = {"Contact": {"ContactID": buyer}, "Date": "2026-08-03", "LineItems": [line(100, TaxType="TAX001")], **more}
    return app.create("Quotes", body)


def test_a_quote_gets_a_number_and_its_sums(app: Visitor) -> None:
    made = quote(app)
    assert (made["QuoteNumber"], made["Status"], made["LineAmountTypes"]) == ("QU-0001", "DRAFT", "EXCLUSIVE")
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (100.0, 8.25, 108.25)
    assert app.ledger()["estimates"][0]["total"] == "108.25"


def test_the_answer_to_a_quote_says_how_errors_were_summed_up(app: Visitor) -> None:
    answer = app.put("Quotes", {"LineItems": []}, summarizeErrors="false").json()
    assert answer["SummarizeErrors"] is False


def test_an_update_of_a_quote_needs_contact_and_date_again(app: Visitor) -> None:
    made = quote(app)
    path, whole = f"Quotes/{made['QuoteID']}", {"Contact": made["Contact"], "Date": "2026-08-03"}
    assert refusal(app.post(path, {"Title": "T"})) == "Contact and Date must be specified to update a quote"
    assert app.only("Quotes", app.post(path, {**whole, "Title": "T"}))["Title"] == "T"


def test_a_quotes_status_moves_by_documented_steps(app: Visitor) -> None:
    made = quote(app)
    whole = {"Contact": made["Contact"], "Date": "2026-08-03"}
    jump = app.post(f"Quotes/{made['QuoteID']}", {**whole, "Status": "INVOICED"})
    assert refusal(jump) == "Quote not of valid status for modification"
    for status in ("SENT", "ACCEPTED", "INVOICED"):
        assert app.change("Quotes", made["QuoteID"], {**whole, "Status": status})["Status"] == status


def test_a_quotes_spelling_of_line_amount_types_is_its_own(app: Visitor) -> None:
    answer = app.put("Quotes", {"Contact": {"Name": "A"}, "LineAmountTypes": "Exclusive", "LineItems": [line()]})
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)


def test_post_finds_a_quote_by_its_number(app: Visitor) -> None:
    made = quote(app, QuoteNumber="Q-1")
    body = {"QuoteNumber": "q-1", "Contact": made["Contact"], "Date": "2026-08-03", "Title": "T"}
    found = app.only("Quotes", app.post("Quotes", body))
    assert (found["QuoteID"], found["Title"]) == (made["QuoteID"], "T")
    again = {**body, "LineItems": [line()]}
    assert refusal(app.put("Quotes", again)) == "Quote # must be unique."


def test_a_payment_finds_its_invoice_by_number(app: Visitor) -> None:
    made = invoice(app, InvoiceNumber="F-1")
    paid = app.create("Payments", payment(made, 10, Invoice={"InvoiceNumber": "F-1"}))
    assert paid["Invoice"]["InvoiceID"] == made["InvoiceID"]
