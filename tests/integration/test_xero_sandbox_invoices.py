"""Xero's sandbox: invoices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.xero_desk import JUNK, contact, draft, fresh, invoice, line, payment, refusal, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.visitor import Visitor

EDIT = "This document cannot be edited as it has a payment or credit note allocated to it."
STATUS = "Invoice not of valid status for modification"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        visitor.sign_in()
        yield visitor


def sums(doc: dict[str, Any]) -> tuple[float, float, float]:
    return doc["SubTotal"], doc["TotalTax"], doc["Total"]


# -- amounts -------------------------------------------------------------------------------------------------


def test_the_invoice_of_the_fact_sheet_comes_to_the_same_cents(app: Visitor) -> None:
    lines = [line(150, TaxType="TAX001"), line(48, Quantity=2, DiscountRate=10, TaxType="TAX001")]
    made = invoice(app, *lines, InvoiceNumber="FS-20417", Reference="Job 8812")
    assert sums(made) == (236.4, 19.51, 255.91)
    assert (made["AmountDue"], made["TotalDiscount"], made["IsDiscounted"]) == (255.91, 9.6, True)
    assert [(row["LineAmount"], row["TaxAmount"]) for row in made["LineItems"]] == [(150.0, 12.38), (86.4, 7.13)]


def test_tax_is_rounded_per_line(app: Visitor) -> None:
    # Three lines of 0.06 at 8.25 %: 0.00495 each, nothing; of their sum it would be a cent.
    assert sums(invoice(app, *[line(0.06, TaxType="TAX001")] * 3)) == (0.18, 0.0, 0.18)


@pytest.mark.parametrize(("rounding", "tax"), [("half_up", 0.17), ("half_even", 0.16)])
def test_an_exact_half_cent_follows_the_switch(app: Visitor, rounding: str, tax: float) -> None:
    app.control("switches", {"tax_rounding": rounding})
    assert invoice(app, line(2, TaxType="TAX001"))["TotalTax"] == tax


def test_inclusive_amounts_hold_their_tax(app: Visitor) -> None:
    made = invoice(app, line(108.25, TaxType="TAX001"), LineAmountTypes="Inclusive")
    assert sums(made) == (100.0, 8.25, 108.25)


def test_no_tax_means_none_whatever_the_lines_say(app: Visitor) -> None:
    made = invoice(app, line(100, TaxType="TAX001", TaxAmount=5), LineAmountTypes="NoTax")
    assert sums(made) == (100.0, 0.0, 100.0)


def test_a_tax_amount_that_is_sent_is_taken(app: Visitor) -> None:
    assert sums(invoice(app, line(100, TaxType="TAX001", TaxAmount=8.3))) == (100.0, 8.3, 108.3)


def test_a_line_without_tax_type_gets_that_of_its_account(app: Visitor) -> None:
    wanted = line(100, AccountCode="200")
    del wanted["TaxType"]
    assert sums(invoice(app, wanted)) == (100.0, 8.25, 108.25)


def test_unit_amounts_are_cut_to_two_decimals_without_unitdp(app: Visitor) -> None:
    buyer = contact(app)["ContactID"]
    rough = app.create("Invoices", draft(app, buyer, line(1.2345, Quantity=100)))
    exact = app.create("Invoices", draft(app, buyer, line(1.2345, Quantity=100)), unitdp="4")
    assert (rough["Total"], exact["Total"]) == (123.0, 123.45)


def test_an_item_fills_in_price_account_and_tax(app: Visitor) -> None:
    details = {"UnitPrice": 50, "AccountCode": "200", "TaxType": "TAX001"}
    app.create("Items", {"Code": "SNAKE", "SalesDetails": details})
    made = invoice(app, {"ItemCode": "SNAKE", "Description": "Snake", "Quantity": 2})
    assert sums(made) == (100.0, 8.25, 108.25)
    assert made["LineItems"][0]["AccountCode"] == "200"


def test_a_discount_amount_comes_off_its_line(app: Visitor) -> None:
    assert sums(invoice(app, line(100, DiscountAmount=30))) == (70.0, 0.0, 70.0)


def test_a_line_of_text_only_is_allowed(app: Visitor) -> None:
    assert sums(invoice(app, line(100), {"Description": "Thank you"})) == (100.0, 0.0, 100.0)


# -- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Contact": None}, "A Contact must be specified for this type of transaction"),
        (
            {"Contact": {"ContactID": JUNK}},
            "An existing Contact with the specified ContactID could not be found",
        ),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"Status": "PAID"}, "Invoice not of valid status for creation"),
        ({"InvoiceID": JUNK}, "An existing Invoice with the specified InvoiceID could not be found"),
        ({"InvoiceNumber": "taken"}, "Invoice # must be unique."),
        ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
        ({"DueDate": None}, "A due date must be specified to approve an invoice"),
        ({"LineItems": [line(AccountCode="999")]}, "Account code '999' is not a valid code for this document."),
        ({"LineItems": [line(AccountCode="610")]}, "Account code '610' is not a valid code for this document."),
        ({"LineItems": [line(AccountCode="290")]}, "Account code '290' has been archived, or deleted."),
        (
            {"LineItems": [line(TaxType="TAX002")]},
            "The TaxType code TAX002 does not exist or cannot be used for this type of transaction.",
        ),
        (
            {"LineItems": [line(DiscountRate=127.83)]},
            "The discount rate '127.83' is invalid. Discount must not be greater than the line total.",
        ),
        (
            {"LineItems": [line(LineAmount=99)]},
            "The line total 99.00 does not match the expected line total 100.00",
        ),
        ({"LineItems": [line(Description=None)]}, "Description is required for a line item"),
        ({"LineItems": [line(-5)]}, "The invoice total must not be negative"),
        ({"Type": "ACCPAY"}, "This sandbox keeps sales invoices (ACCREC) only"),
    ],
)
def test_bad_invoices_are_refused(app: Visitor, changes: dict[str, Any], text: str) -> None:
    buyer = contact(app)["ContactID"]
    app.create("Invoices", draft(app, buyer, InvoiceNumber="TAKEN"))
    assert refusal(app.put("Invoices", {**draft(app, buyer), **changes})) == text
    assert len(app.ledger()["invoices"]) == 1


def test_an_unknown_account_only_warns_on_a_draft(app: Visitor) -> None:
    buyer = contact(app)["ContactID"]
    body = draft(app, buyer, line(AccountCode="600"), Status="DRAFT")
    made = app.only("Invoices", app.put("Invoices", body, summarizeErrors="false"))
    text = "Account code '600' has been removed as it does not match a recognised account."
    assert (made["StatusAttributeString"], made["Warnings"]) == ("WARNING", [{"Message": text}])
    assert "AccountCode" not in made["LineItems"][0]


@pytest.mark.parametrize(
    ("body", "shown"),
    [({"LineAmountTypes": "NO_TAX"}, "NO_TAX"), ({"Date": "31/12/2026"}, "31/12/2026"), ({"Status": "OPEN"}, "OPEN")],
)
def test_a_value_of_the_wrong_type_refuses_the_whole_request(app: Visitor, body: dict[str, Any], shown: str) -> None:
    buyer = contact(app)["ContactID"]
    good, bad = draft(app, buyer), {**draft(app, buyer), **body}
    answer = app.put("Invoices", {"Invoices": [good, bad]}, summarizeErrors="false")
    error = answer.json()
    assert (answer.status_code, error["ErrorNumber"], error["Type"]) == (400, 14, "PostDataInvalidException")
    assert error["Message"].startswith(f'Error converting value "{shown}" to type ')
    assert app.ledger()["invoices"] == []


# -- numbers and dates ---------------------------------------------------------------------------------------


def test_a_missing_number_is_generated_and_skips_taken_ones(app: Visitor) -> None:
    invoice(app, InvoiceNumber="INV-0002")
    numbers = [invoice(app, buyer=contact(app, f"C{n}")["ContactID"])["InvoiceNumber"] for n in range(2)]
    assert numbers == ["INV-0001", "INV-0003"]


def test_the_number_of_a_voided_invoice_stays_taken_by_default(app: Visitor) -> None:
    old = invoice(app, InvoiceNumber="F-1")
    app.change("Invoices", old["InvoiceID"], {"Status": "VOIDED"})
    body = draft(app, old["Contact"]["ContactID"], InvoiceNumber="F-1")
    assert refusal(app.put("Invoices", body)) == "Invoice # must be unique."
    app.control("switches", {"void_numbers_free": True})
    assert app.put("Invoices", body).status_code == 200


def test_put_refuses_a_number_and_post_overwrites_its_invoice(app: Visitor) -> None:
    first = invoice(app, line(100), InvoiceNumber="F-1")
    body = draft(app, first["Contact"]["ContactID"], line(50), InvoiceNumber="F-1")
    assert refusal(app.put("Invoices", body)) == "Invoice # must be unique."
    again = app.only("Invoices", app.post("Invoices", body))
    assert (again["InvoiceID"], again["Total"]) == (first["InvoiceID"], 50.0)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-08-03", "2026-08-03T00:00:00"),
        ("2026-08-03T00:00:00+12:00", "2026-08-02T00:00:00"),
        ("/Date(1785715200000+1300)/", "2026-08-03T00:00:00"),
    ],
)
def test_dates_are_kept_as_days_in_utc(app: Visitor, sent: str, kept: str) -> None:
    assert invoice(app, Date=sent)["DateString"] == kept


def test_a_missing_date_is_today_in_the_organisations_zone(app: Visitor) -> None:
    app.control("clock", {"rate": 0, "at": 1_790_042_400})  # 2026-09-22 02:00 UTC, still the 21st in Chicago
    app.sign_in()
    assert invoice(app, Date=None)["DateString"] == "2026-09-21T00:00:00"


# -- changes -------------------------------------------------------------------------------------------------


def test_known_lines_stay_new_ones_come_and_those_left_out_go(app: Visitor) -> None:
    made = invoice(app, line(10), line(20))
    first = made["LineItems"][0]["LineItemID"]
    changed = app.change(
        "Invoices", made["InvoiceID"], {"LineItems": [{"LineItemID": first, "Description": "Kept"}, line(30)]}
    )
    rows = changed["LineItems"]
    assert [(row["Description"], row["LineAmount"]) for row in rows] == [("Kept", 10.0), ("Drain cleaning", 30.0)]
    assert rows[0]["LineItemID"] == first
    assert changed["Total"] == 40.0


def test_lines_without_their_ids_are_deleted_and_made_again(app: Visitor) -> None:
    made = invoice(app, line(10))
    changed = app.change("Invoices", made["InvoiceID"], {"LineItems": [line(10)]})
    assert changed["LineItems"][0]["LineItemID"] != made["LineItems"][0]["LineItemID"]


@pytest.mark.parametrize(
    ("start", "wanted", "allowed"),
    [
        ("DRAFT", "SUBMITTED", True),
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False),
        ("SUBMITTED", "DRAFT", True),
        ("SUBMITTED", "DELETED", True),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "DRAFT", False),
        ("AUTHORISED", "PAID", False),
    ],
)
def test_the_status_moves_as_documented(app: Visitor, start: str, wanted: str, allowed: bool) -> None:
    made = invoice(app, Status=start)
    answer = app.post(f"Invoices/{made['InvoiceID']}", {"Status": wanted})
    if allowed:
        assert app.only("Invoices", answer)["Status"] == wanted
    else:
        assert refusal(answer) == STATUS


def test_a_voided_invoice_keeps_its_total_and_cannot_be_changed(app: Visitor) -> None:
    made = invoice(app)
    gone = app.change("Invoices", made["InvoiceID"], {"Status": "VOIDED"})
    assert (gone["Total"], gone["AmountDue"]) == (100.0, 0.0)
    assert refusal(app.post(f"Invoices/{made['InvoiceID']}", {"Reference": "x"})) == STATUS


def test_an_approved_invoice_of_nothing_is_paid_at_once(app: Visitor) -> None:
    assert invoice(app, line(0))["Status"] == "PAID"
    app.control("switches", {"zero_total_is_paid": False})
    assert invoice(app, line(0), InvoiceNumber="Z")["Status"] == "AUTHORISED"


def test_a_part_paid_invoice_changes_only_its_reference_and_the_like(app: Visitor) -> None:
    made = invoice(app)
    app.create("Payments", payment(made, 40))
    path = f"Invoices/{made['InvoiceID']}"
    row = {"LineItemID": made["LineItems"][0]["LineItemID"], "Description": "New words", "AccountCode": "270"}
    changed = app.only("Invoices", app.post(path, {"Reference": "R", "DueDate": "2026-09-30", "LineItems": [row]}))
    assert (changed["Reference"], changed["AmountDue"]) == ("R", 60.0)
    assert changed["LineItems"][0]["Description"] == "New words"
    for wish in ({"LineItems": [line(100)]}, {"LineItems": [{**row, "Quantity": 2}]}, {"Date": "2026-08-04"}):
        assert refusal(app.post(path, wish)) == EDIT


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("close_books", "The document date cannot be before the period lock date"),
        ("end_year", "The document date cannot be before the end of year lock date"),
    ],
)
def test_a_lock_refuses_documents_and_payments_of_its_days(app: Visitor, action: str, text: str) -> None:
    made = invoice(app)
    app.person(action, until="2026-08-31")
    assert refusal(app.put("Invoices", draft(app, made["Contact"]["ContactID"]))) == text
    assert refusal(app.post(f"Invoices/{made['InvoiceID']}", {"Status": "VOIDED"})) == text
    assert refusal(app.put("Payments", payment(made, 10))) == text
    assert app.create("Payments", payment(made, 10, Date="2026-09-01"))["Amount"] == 10.0


def test_a_payment_of_a_locked_day_is_not_deleted(app: Visitor) -> None:
    paid = app.create("Payments", payment(invoice(app), 10))
    app.person("close_books", until="2026-08-31")
    answer = app.post(f"Payments/{paid['PaymentID']}", {"Status": "DELETED"})
    assert refusal(answer) == "The document date cannot be before the period lock date"


def test_the_switch_puts_the_date_into_the_text_of_the_lock(app: Visitor) -> None:
    made = invoice(app)
    app.control("switches", {"lock_date_suffix": True})
    app.person("close_books", until="2026-08-31")
    assert refusal(app.put("Payments", payment(made, 10))).endswith("the period lock date of 31 Aug 2026")


def test_an_unknown_name_in_a_document_makes_a_contact(app: Visitor) -> None:
    body = {**draft(app, JUNK), "Contact": {"Name": "Walk-in"}}
    first, second = (app.create("Invoices", body)["Contact"]["ContactID"] for _ in range(2))
    assert first == second
    assert [row["name"] for row in app.ledger()["customers"]] == ["Walk-in"]


def test_a_document_that_says_more_of_its_contact_changes_it_and_drops_its_persons(app: Visitor) -> None:
    made = contact(app, ContactPersons=[{"FirstName": "Pat"}])
    embedded = {"ContactID": made["ContactID"], "FirstName": "Dana"}
    app.create("Invoices", {**draft(app, made["ContactID"]), "Contact": embedded})
    now = app.read("Contacts", made["ContactID"])
    assert (now["FirstName"], now["ContactPersons"]) == ("Dana", [])


def test_sent_to_contact_waits_for_approval(app: Visitor) -> None:
    body = draft(app, contact(app)["ContactID"], Status="DRAFT", SentToContact=True)
    made = app.only("Invoices", app.put("Invoices", body, summarizeErrors="false"))
    assert made["Warnings"] == [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}]
    assert made["SentToContact"] is False


def test_an_approved_invoice_has_an_online_address_and_goes_out_by_mail(app: Visitor) -> None:
    buyer = contact(app, EmailAddress="d@h.example")["ContactID"]
    made = invoice(app, buyer=buyer)
    (online,) = app.get(f"Invoices/{made['InvoiceID']}/OnlineInvoice").json()["OnlineInvoices"]
    assert online["OnlineInvoiceUrl"].startswith("https://in.xero.com/")
    assert app.post(f"Invoices/{made['InvoiceID']}/Email", {}).status_code == 204
    assert app.read("Invoices", made["InvoiceID"])["SentToContact"] is True


def test_a_discount_of_one_kind_replaces_that_of_the_other(app: Visitor) -> None:
    made = invoice(app, line(100, DiscountRate=10))
    row = {"LineItemID": made["LineItems"][0]["LineItemID"], "DiscountAmount": 30}
    changed = app.change("Invoices", made["InvoiceID"], {"LineItems": [row]})
    assert changed["Total"] == 70.0
    assert "DiscountRate" not in changed["LineItems"][0]


def test_a_line_amount_alone_gives_the_unit_amount(app: Visitor) -> None:
    wanted = {"Description": "x", "Quantity": 4, "LineAmount": 50, "AccountCode": "260", "TaxType": "NONE"}
    assert invoice(app, wanted)["LineItems"][0]["UnitAmount"] == 12.5


def test_a_changed_price_gets_its_tax_anew_and_other_changes_keep_it(app: Visitor) -> None:
    made = invoice(app, line(100, TaxType="TAX001", TaxAmount=8.3))
    path, row = f"Invoices/{made['InvoiceID']}", {"LineItemID": made["LineItems"][0]["LineItemID"]}
    assert app.only("Invoices", app.post(path, {"LineItems": [{**row, "Description": "y"}]}))["TotalTax"] == 8.3
    assert app.only("Invoices", app.post(path, {"Reference": "R"}))["TotalTax"] == 8.3
    assert app.only("Invoices", app.post(path, {"LineItems": [{**row, "UnitAmount": 200}]}))["TotalTax"] == 16.5


def test_an_invoice_keeps_a_contact_that_was_archived_since(app: Visitor) -> None:
    made = invoice(app)
    buyer = made["Contact"]["ContactID"]
    app.person("archive", id=buyer)
    body = {"Contact": {"ContactID": buyer}, "Reference": "R"}
    assert app.change("Invoices", made["InvoiceID"], body)["Reference"] == "R"
