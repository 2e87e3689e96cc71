"""Customers, items, payments, accounts and tax rates: our values as Xero's rows and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.xero_factories import BANK, CONTACT, MAPPING, MARKER, customer, guid, item, payment, push

from ledgerport.contract import AccountUse, Address, PaymentMethod, PushMapping, Refused
from ledgerport_xero.books import Books
from ledgerport_xero.mapping import accounts, customers, items, payments

BOOKS = Books(currency="NZD")


def test_a_new_customer_carries_our_mark_and_a_known_one_keeps_its_number() -> None:
    assert customers.to_wire(push(customer()), BOOKS)["ContactNumber"] == MARKER
    assert "ContactNumber" not in customers.to_wire(push(customer(), remote_id=CONTACT), BOOKS)


def test_empty_fields_of_a_customer_are_not_sent() -> None:
    assert customers.to_wire(push(customer(email="")), BOOKS).keys() == {"Name", "ContactNumber"}


@given(
    given_name=st.text(max_size=20),
    email=st.just("a@b.example"),
    phone=st.text("0123456789 +", max_size=20).map(str.strip),
    line1=st.text(max_size=40).map(str.strip),
    country=st.sampled_from(["", "New Zealand", "US"]),
)
def test_a_customer_comes_back_as_it_was_sent(
    given_name: str, email: str, phone: str, line1: str, country: str
) -> None:
    address = Address(line1=line1, country=country)
    value = customer(given_name=given_name, email=email, phone=phone, address=address)
    row = {**customers.to_wire(push(value), BOOKS), "ContactID": CONTACT, "ContactStatus": "ACTIVE"}
    pulled = customers.pulled(row, "NZD")
    assert replace(pulled.value, ref="C-1") == value
    assert pulled.remote.marker == MARKER


def test_a_country_is_sent_in_letters_only() -> None:
    row = customers.to_wire(push(customer(address=Address(country="U.S.A. (48)"))), BOOKS)
    assert row["Addresses"] == [{"AddressType": "POBOX", "Country": "USA"}]


@pytest.mark.parametrize("email", ["none", "a@b", "a@b.example, c@d.example"])
def test_an_email_that_is_not_one_valid_address_is_refused(email: str) -> None:
    with pytest.raises(Refused) as caught:
        customers.to_wire(push(customer(email=email)), BOOKS)
    assert caught.value.field == "email"


def test_an_archived_contact_is_not_active() -> None:
    assert not customers.from_wire({"ContactID": CONTACT, "ContactStatus": "ARCHIVED"}).active


def test_somebody_elses_contact_number_is_not_our_mark() -> None:
    assert customers.from_wire({"ContactID": CONTACT, "ContactNumber": "HUB-C-10443"}).marker == ""


def test_an_item_is_sold_to_its_account_and_bought_only_with_a_cost() -> None:
    row = items.to_wire(push(item(), mapping=PushMapping(income_account="200")), BOOKS)
    assert row["SalesDetails"] == {"UnitPrice": 145.5, "AccountCode": "200"}
    assert (row["IsSold"], row["IsPurchased"]) == (True, False)
    bought = items.to_wire(push(item(cost=Decimal("40.15"))), BOOKS)
    assert bought["PurchaseDetails"] == {"UnitPrice": 40.15, "AccountCode": "310"}


def test_an_update_never_takes_back_that_an_item_is_bought() -> None:
    row = items.to_wire(push(item(), remote_id=guid(41), mapping=PushMapping(income_account="200")), BOOKS)
    assert "IsPurchased" not in row


@pytest.mark.parametrize(
    ("changed", "mapping", "field"),
    [
        ({}, PushMapping(), "income_account"),
        ({"code": ""}, MAPPING, "code"),
        ({"currency": "USD"}, MAPPING, "currency"),
        ({"code": "x" * 31}, MAPPING, "code"),
    ],
)
def test_an_item_that_xero_would_not_take_is_refused(changed: dict[str, Any], mapping: PushMapping, field: str) -> None:
    with pytest.raises(Refused) as caught:
        items.to_wire(push(item(**changed), mapping=mapping), BOOKS)
    assert caught.value.field == field


@given(price=st.decimals(0, 9_999_999, places=4), cost=st.none() | st.decimals("0.0001", 9_999, places=4))
def test_an_item_comes_back_with_price_cost_and_code(price: Decimal, cost: Decimal | None) -> None:
    row = items.to_wire(push(item(price=price, cost=cost)), BOOKS)
    value = items.pulled({**row, "ItemID": guid(41)}, "NZD").value
    assert (value.price, value.cost, value.code, value.name) == (price, cost, "GATE-SVC", "Gate motor service")


def test_a_payment_names_invoice_and_account_by_id_and_begins_its_reference_with_our_mark() -> None:
    value = payment(method=PaymentMethod.CHECK, reference="1042")
    assert payments.to_wire(push(value), BOOKS) == {
        "Invoice": {"InvoiceID": value.invoice.remote_id},
        "Account": {"AccountID": BANK},
        "Date": "2026-08-10",
        "Amount": 100.0,
        "Reference": f"{MARKER} Check 1042",
    }


def test_a_long_reference_loses_its_end_and_never_our_mark() -> None:
    row = payments.to_wire(push(payment(reference="9" * 400)), BOOKS)
    assert len(row["Reference"]) == 255
    assert row["Reference"].startswith(MARKER)


@pytest.mark.parametrize(
    ("changed", "field"), [({"amount": Decimal(0)}, "amount"), ({"amount": Decimal("-1.00")}, "amount")]
)
def test_a_payment_of_nothing_is_refused(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        payments.to_wire(push(payment(**changed)), BOOKS)
    assert caught.value.field == field


def test_a_payment_without_an_account_is_refused_with_what_to_do() -> None:
    with pytest.raises(Refused, match="Choose one") as caught:
        payments.to_wire(push(payment(), mapping=PushMapping()), BOOKS)
    assert caught.value.field == "deposit_account"


@pytest.mark.parametrize("told", ["/Date(1786320000000+0000)/", "/Date(1786320000000)/", "/Date(1786320000000+1300)/"])
def test_a_day_is_read_in_utc_whatever_the_offset_says(told: str) -> None:
    row = {"PaymentID": guid(1), "Date": told, "Amount": 100, "Invoice": {"InvoiceID": guid(2)}}
    pulled = payments.pulled(row)
    assert pulled is not None
    assert pulled.paid_on == date(2026, 8, 10)
    assert pulled.applied == {guid(2): Decimal("100.00")}


def test_a_deleted_payment_pays_nothing() -> None:
    row = {"PaymentID": guid(1), "Date": "2026-08-10T00:00:00", "Amount": 100, "Status": "DELETED"}
    pulled = payments.pulled({**row, "Invoice": {"InvoiceID": guid(2)}})
    assert pulled is not None
    assert (pulled.remote.active, pulled.applied) == (False, {})


def test_an_account_for_payments_is_named_by_id_and_one_for_income_by_code() -> None:
    bank = {"AccountID": BANK, "Name": "Bank", "Type": "BANK", "Class": "ASSET", "Status": "ACTIVE"}
    both = {"AccountID": guid(7), "Code": "270", "Name": "Fees", "Class": "REVENUE", "EnablePaymentsToAccount": True}
    assert [(one.id, one.use) for one in accounts.accounts(bank)] == [(BANK, AccountUse.DEPOSIT)]
    assert [(one.id, one.use) for one in accounts.accounts(both)] == [
        ("270", AccountUse.INCOME),
        (guid(7), AccountUse.DEPOSIT),
    ]


def test_a_system_account_takes_no_sales() -> None:
    row = {"AccountID": guid(7), "Code": "610", "Name": "Debtors", "Class": "REVENUE", "SystemAccount": "DEBTORS"}
    assert list(accounts.accounts(row)) == []


def test_only_rates_for_sales_are_tax_codes_of_use() -> None:
    row = {"TaxType": "OUTPUT2", "Name": "15% GST", "EffectiveRate": 15, "Status": "ACTIVE", "CanApplyToRevenue": True}
    assert accounts.tax_code(row).active
    assert not accounts.tax_code({**row, "CanApplyToRevenue": False}).active
    assert not accounts.tax_code({**row, "Status": "ARCHIVED"}).active
