"""Xero's sandbox: contacts, items, accounts and tax rates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.xero_desk import JUNK, contact, draft, fresh, invoice, line, payment, refusal, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.company import account_id
from ledgerport_xero_sandbox.state import COMPANY
from ledgerport_xero_sandbox.visitor import Visitor

TAKEN = (
    "The contact name {} is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        visitor.sign_in()
        yield visitor


# -- contacts ------------------------------------------------------------------------------------------------


def test_a_created_contact_has_four_phones_and_two_addresses(app: Visitor) -> None:
    made = contact(app, Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "5550142"}])
    assert [phone["PhoneType"] for phone in made["Phones"]] == ["DEFAULT", "DDI", "FAX", "MOBILE"]
    assert made["Phones"][3]["PhoneNumber"] == "5550142"
    assert [address["AddressType"] for address in made["Addresses"]] == ["STREET", "POBOX"]
    assert (made["ContactStatus"], made["HasValidationErrors"]) == ("ACTIVE", False)


@pytest.mark.parametrize("name", ["Meadow Lane Dental", "MEADOW lane dental", "  Meadow Lane Dental "])
def test_a_name_of_an_active_contact_is_taken_whatever_its_case(app: Visitor, name: str) -> None:
    contact(app, "Meadow Lane Dental")
    assert refusal(app.put("Contacts", {"Name": name})) == TAKEN.format(name.strip())


def test_the_name_of_an_archived_contact_is_free(app: Visitor) -> None:
    old = contact(app, "Meadow Lane Dental")
    app.change("Contacts", old["ContactID"], {"ContactStatus": "ARCHIVED"})
    assert contact(app, "Meadow Lane Dental")["ContactID"] != old["ContactID"]
    assert refusal(app.post("Contacts", {"ContactID": old["ContactID"], "ContactStatus": "ACTIVE"})) == TAKEN.format(
        "Meadow Lane Dental"
    )


def test_an_archived_contact_may_share_its_name_with_an_active_one(app: Visitor) -> None:
    old = contact(app, "Meadow Lane Dental")
    app.person("archive", id=old["ContactID"])
    contact(app, "Meadow Lane Dental")
    assert app.change("Contacts", old["ContactID"], {"FirstName": "Dana"})["FirstName"] == "Dana"


def test_numbers_are_unique_among_archived_contacts_too(app: Visitor) -> None:
    old = contact(app, "A", ContactNumber="HUB-1", AccountNumber="77")
    app.person("archive", id=old["ContactID"])
    assert refusal(app.put("Contacts", {"Name": "B", "ContactNumber": "hub-1"})).startswith("The contact number hub-1 ")
    text = "The Account Number already exists. Please enter a different Account Number."
    assert refusal(app.put("Contacts", {"Name": "B", "AccountNumber": "77"})) == text


def test_post_overwrites_the_contact_of_the_same_name(app: Visitor) -> None:
    made = contact(app, "Meadow Lane Dental", EmailAddress="a@m.example")
    again = app.only("Contacts", app.post("Contacts", {"Name": "meadow lane dental", "EmailAddress": "b@m.example"}))
    assert (again["ContactID"], again["EmailAddress"]) == (made["ContactID"], "b@m.example")


def test_post_matches_the_number_before_the_name(app: Visitor) -> None:
    numbered, named = contact(app, "A", ContactNumber="HUB-1"), contact(app, "B")
    found = app.only("Contacts", app.post("Contacts", {"ContactNumber": "HUB-1", "FirstName": "Ann"}))
    assert found["ContactID"] == numbered["ContactID"]
    app.control("switches", {"match_order": "id, name, number"})
    found = app.only("Contacts", app.post("Contacts", {"Name": "B", "FirstName": "Bob"}))
    assert found["ContactID"] == named["ContactID"]


def test_an_update_keeps_what_it_does_not_say(app: Visitor) -> None:
    made = contact(
        app,
        FirstName="Dana",
        Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "1"}, {"PhoneType": "FAX", "PhoneNumber": "2"}],
        ContactPersons=[{"FirstName": "Pat"}],
    )
    changed = app.change("Contacts", made["ContactID"], {"Phones": [{"PhoneType": "FAX", "PhoneNumber": "3"}]})
    phones = {phone["PhoneType"]: phone["PhoneNumber"] for phone in changed["Phones"]}
    assert (phones["MOBILE"], phones["FAX"]) == ("1", "3")
    assert (changed["FirstName"], changed["ContactPersons"][0]["FirstName"]) == ("Dana", "Pat")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            {"FirstName": "Ann"},
            "The Contact must contain at least 1 of the following elements to identify the contact: "
            "Name, ContactID, ContactNumber",
        ),
        ({"Name": "A", "EmailAddress": "nobody"}, "Email address must be valid."),
        ({"Name": "A", "ContactStatus": "ARCHIVED"}, "The status 'ARCHIVED' is not valid for contacts"),
        ({"Name": "A" * 256}, "The length of the field Name must not exceed 255 characters"),
        ({"ContactID": JUNK}, "An existing Contact with the specified ContactID could not be found"),
        ({"Name": "A", "Addresses": [{"Country": "US1"}]}, "Country must contain letters only"),
    ],
)
def test_bad_contacts_are_refused(app: Visitor, body: dict[str, Any], text: str) -> None:
    assert refusal(app.put("Contacts", body)) == text
    assert app.ledger()["customers"] == []


def test_a_contact_is_read_by_id_and_by_its_number(app: Visitor) -> None:
    made = contact(app, ContactNumber="HUB-1")
    assert app.read("Contacts", "HUB-1")["ContactID"] == made["ContactID"]
    assert app.read("Contacts", made["ContactID"].upper())["Name"] == made["Name"]


def test_a_contact_becomes_a_customer_without_a_new_date_of_change(app: Visitor) -> None:
    made = contact(app)
    app.control("clock", {"advance": 60})
    invoice(app, buyer=made["ContactID"])
    now = app.read("Contacts", made["ContactID"])
    assert (now["IsCustomer"], now["UpdatedDateUTC"]) == (True, made["UpdatedDateUTC"])


def test_a_merged_contact_is_archived_and_names_the_winner(app: Visitor) -> None:
    winner, loser = contact(app, "A")["ContactID"], contact(app, "B")["ContactID"]
    bill = invoice(app, buyer=loser)
    app.create("Payments", payment(bill, 10))
    app.person("merge", id=loser, into=winner)
    gone = app.read("Contacts", loser)
    assert (gone["ContactStatus"], gone["MergedToContactID"]) == ("ARCHIVED", winner)
    assert app.read("Invoices", bill["InvoiceID"])["Contact"]["ContactID"] == winner
    books = app.ledger()
    assert (books["payments"][0]["customer_id"], books["checks"]) == (winner, [])


# -- items ---------------------------------------------------------------------------------------------------


def item(app: Visitor, code: str = "SNAKE", **more: Any) -> dict[str, Any]:
    return app.create("Items", {"Code": code, **more}, unitdp="4")


def test_an_item_keeps_four_decimals_when_asked_and_two_otherwise(app: Visitor) -> None:
    made = item(app, SalesDetails={"UnitPrice": 1.2345, "AccountCode": "200", "TaxType": "TAX001"})
    assert made["SalesDetails"] == {"UnitPrice": 1.2345, "AccountCode": "200", "TaxType": "TAX001"}
    assert app.read("Items", "SNAKE")["SalesDetails"]["UnitPrice"] == 1.23
    rounded = app.create("Items", {"Code": "B", "SalesDetails": {"UnitPrice": 1.2345}})
    assert app.read("Items", rounded["ItemID"], unitdp="4")["SalesDetails"]["UnitPrice"] == 1.23


def test_details_that_are_empty_are_empty_objects(app: Visitor) -> None:
    made = item(app)
    assert (made["SalesDetails"], made["PurchaseDetails"], made["IsSold"], made["IsPurchased"]) == ({}, {}, True, True)


def test_a_code_is_taken_whatever_its_case(app: Visitor) -> None:
    item(app)
    assert refusal(app.put("Items", {"Code": "snake"})) == "Price List Item with Code 'snake' already exists"


def test_post_overwrites_the_item_of_the_same_code(app: Visitor) -> None:
    made = item(app, Name="Old")
    again = app.only("Items", app.post("Items", {"Code": "SNAKE", "Name": "New"}))
    assert (again["ItemID"], again["Name"]) == (made["ItemID"], "New")


def test_an_item_that_is_not_sold_loses_its_sales_half(app: Visitor) -> None:
    made = item(app, Description="x", SalesDetails={"UnitPrice": 5})
    changed = app.change("Items", made["ItemID"], {"IsSold": False})
    assert changed["SalesDetails"] == {}
    assert "Description" not in changed


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"Name": "A"}, "Price List Item Code must be specified"),
        ({"Code": "A" * 31}, "The length of the Price List Item Code must not exceed 30 characters"),
        (
            {"Code": "A", "SalesDetails": {"AccountCode": "999"}},
            "Account code '999' is not a valid code for this document.",
        ),
        (
            {"Code": "A", "SalesDetails": {"AccountCode": "290"}},
            "Account code '290' has been archived, or deleted.",
        ),
        (
            {"Code": "A", "SalesDetails": {"TaxType": "INPUT"}},
            "The TaxType code INPUT does not exist or cannot be used for this type of transaction.",
        ),
    ],
)
def test_bad_items_are_refused(app: Visitor, body: dict[str, Any], text: str) -> None:
    assert refusal(app.put("Items", body)) == text


def test_five_hundred_items_go_in_one_request_and_not_one_more(app: Visitor) -> None:
    rows = [{"Code": f"C{n}"} for n in range(501)]
    assert app.put("Items", {"Items": rows}).status_code == 400
    assert app.ledger()["items"] == []
    assert app.put("Items", {"Items": rows[:500]}, summarizeErrors="false").status_code == 200
    assert len(app.all("Items")) == 500


def test_an_item_is_deleted_unless_a_document_uses_it(app: Visitor) -> None:
    used, free = item(app), item(app, "FREE")
    invoice(app, line(ItemCode="SNAKE"))
    assert app.call("DELETE", f"Items/{free['ItemID']}").status_code == 204
    assert app.get("Items/FREE").status_code == 404
    assert "in use" in refusal(app.call("DELETE", f"Items/{used['ItemID']}"))
    assert item(app, "FREE")["ItemID"] != free["ItemID"]


# -- settings ------------------------------------------------------------------------------------------------


def test_the_chart_of_accounts_has_income_and_payment_accounts(app: Visitor) -> None:
    rows = app.all("Accounts")
    income = [row["Code"] for row in rows if row["Class"] == "REVENUE" and row["Status"] == "ACTIVE"]
    money = [row.get("Code") for row in rows if row["Type"] == "BANK" or row["EnablePaymentsToAccount"]]
    assert (income, money) == (["200", "260", "270"], ["090", None, "855", "970"])
    assert rows[0]["AccountID"] == account_id(COMPANY, "Business Bank Account")


def test_tax_rates_hold_the_texas_sales_tax(app: Visitor) -> None:
    rates = {row["TaxType"]: row for row in app.all("TaxRates")}
    assert (rates["TAX001"]["EffectiveRate"], rates["TAX001"]["CanApplyToRevenue"]) == (8.25, True)
    assert (rates["NONE"]["EffectiveRate"], rates["INPUT"]["CanApplyToRevenue"]) == (0.0, False)
    assert sum(part["Rate"] for part in rates["TAX001"]["TaxComponents"]) == 8.25


def test_the_organisation_tells_its_currency_and_locks(app: Visitor) -> None:
    app.person("close_books", until="2026-06-30")
    (row,) = app.get("Organisation").json()["Organisations"]
    assert (row["OrganisationID"], row["BaseCurrency"], row["CountryCode"]) == (COMPANY, "USD", "US")
    assert row["PeriodLockDate"] == "/Date(1782777600000+0000)/"
    assert app.all("Currencies") == [{"Code": "USD", "Description": "United States Dollar"}]
    (first, *_) = app.get("Organisation/Actions").json()["Actions"]
    assert first == {"Name": "CreateApprovedInvoice", "Status": "ALLOWED"}


def test_of_several_accounts_only_the_first_is_made(app: Visitor) -> None:
    rows = [{"Code": "301", "Name": "One", "Type": "REVENUE"}, {"Code": "302", "Name": "Two", "Type": "REVENUE"}]
    assert app.put("Accounts", {"Accounts": rows}).status_code == 200
    assert [row["Name"] for row in app.all("Accounts", where='Code=="301" OR Code=="302"')] == ["One"]
    assert refusal(app.put("Accounts", {"Name": "One", "Type": "REVENUE"})) == "Please enter a unique Name."


def test_a_contact_that_is_archived_gets_no_invoice(app: Visitor) -> None:
    made = contact(app)
    app.person("archive", id=made["ContactID"])
    text = refusal(app.put("Invoices", draft(app, made["ContactID"])))
    assert text.startswith("The contact with the specified contact details has been archived.")
    app.person("restore", id=made["ContactID"])
    assert app.put("Invoices", draft(app, made["ContactID"])).status_code == 200


def test_an_account_is_renamed_and_archived_by_its_id(app: Visitor) -> None:
    made = app.create("Accounts", {"Code": "301", "Name": "One", "Type": "REVENUE"})
    changed = app.change("Accounts", made["AccountID"], {"Name": "Two", "Status": "ARCHIVED"})
    assert (changed["Code"], changed["Name"], changed["Status"]) == ("301", "Two", "ARCHIVED")


def test_a_tracked_item_needs_its_cost_account(app: Visitor) -> None:
    body = {"Code": "PIPE", "InventoryAssetAccountCode": "630"}
    assert "COGSAccountCode" in refusal(app.put("Items", body))
    made = item(app, "PIPE", InventoryAssetAccountCode="630", PurchaseDetails={"COGSAccountCode": "310"})
    assert (made["IsTrackedAsInventory"], made["QuantityOnHand"]) == (True, 0.0)
