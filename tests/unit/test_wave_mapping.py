"""What the Wave plugin sends for a record, what it refuses before sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wave_factories import (
    BANK,
    BUSINESS,
    CUSTOMER,
    EXPENSE,
    INCOME,
    INVOICE,
    MAPPING,
    MARKER,
    PRODUCT,
    customer,
    customer_row,
    invoice_row,
    item,
    payment,
    payment_row,
    product_row,
    push,
)

from ledgerport.contract import Address, Kind, PaymentMethod, PushMapping, Reference, Refused
from ledgerport_wave.books import Books
from ledgerport_wave.mapping import accounts, customers, invoices, items, payments
from ledgerport_wave.mapping.places import country_code, province_code

BOOKS = Books(business=BUSINESS, country="US")
CENT = Decimal("0.01")


def refusal(of: Any, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        of(*arguments)
    return caught.value


# --- customers --------------------------------------------------------------------------------------------------------


def test_a_customer_is_sent_with_what_is_known_of_it_and_our_marker() -> None:
    address = Address(line1="12 Pier Rd", city="Monterey", region="CA", postal_code="93940", country="USA")
    known = customer(phone="(555) 201-7788", given_name="Dana", address=address)
    assert customers.to_wire(push(known), BOOKS) == {
        "businessId": BUSINESS,
        "displayId": MARKER,
        "name": "Harbor View HOA",
        "firstName": "Dana",
        "email": "dana@harborview.example",
        "phone": "(555) 201-7788",
        "address": {
            "addressLine1": "12 Pier Rd",
            "city": "Monterey",
            "provinceCode": "US-CA",
            "postalCode": "93940",
            "countryCode": "US",
        },
    }


def test_a_changed_customer_keeps_the_account_number_and_whatever_we_do_not_know() -> None:
    row = customers.to_wire(push(customer(email="", currency="CAD"), remote_id=CUSTOMER), BOOKS)
    assert row == {"id": CUSTOMER, "name": "Harbor View HOA"}


def test_a_state_without_a_country_is_one_of_the_businesss_own_country() -> None:
    row = customers.to_wire(push(customer(address=Address(city="Toronto", region="Ontario"))), replace_country("CA"))
    assert row["address"] == {"city": "Toronto", "provinceCode": "CA-ON", "countryCode": "CA"}


def replace_country(code: str) -> Books:
    return replace(BOOKS, country=code)


def test_a_place_that_wave_has_no_code_for_stands_behind_the_city() -> None:
    known = customer(address=Address(city="Cork", region="County Cork", country="Eire"))
    assert customers.to_wire(push(known), BOOKS)["address"] == {"city": "Cork, County Cork, Eire"}


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_people_type_as_a_place_never_becomes_a_wrong_code(country: str, region: str) -> None:
    code = country_code(country)
    assert code == "" or (len(code) == 2 and code.isascii() and code.isupper())
    province = province_code(region, code)
    assert province == "" or province.startswith(f"{code}-")


def test_a_customer_is_read_with_its_marker_and_whether_it_is_archived() -> None:
    remote = customers.from_wire(customer_row(isArchived=True))
    assert (remote.id, remote.marker, remote.active) == (CUSTOMER, MARKER, False)


def test_an_account_number_of_the_bookkeepers_is_no_marker() -> None:
    assert customers.from_wire(customer_row(displayId="K-77")).marker == ""


def test_a_pulled_customer_has_its_place_in_our_words() -> None:
    place = {"city": "Toronto", "province": {"code": "CA-ON"}, "country": {"code": "CA"}}
    value = customers.pulled(customer_row(address=place, currency={"code": "CAD"}), "USD").value
    assert (value.address.region, value.address.country, value.currency) == ("ON", "CA", "CAD")


WORDS = st.text(max_size=30).map(str.strip)


@given(WORDS, WORDS, WORDS, WORDS, WORDS)
def test_what_is_known_of_a_customer_comes_back_as_it_was_sent(
    name: str, given_name: str, family_name: str, phone: str, street: str
) -> None:
    known = customer(
        name=name, given_name=given_name, family_name=family_name, phone=phone, address=Address(line1=street)
    )
    sent = customers.to_wire(push(known), BOOKS)
    pulled = customers.pulled({**sent, "id": CUSTOMER}, "USD")
    assert pulled.value == replace(known, ref="")
    assert pulled.remote.marker == MARKER


@given(WORDS, st.decimals(min_value="-99999", max_value="999999", places=5))
def test_an_item_comes_back_at_its_price(name: str, price: Decimal) -> None:
    sent = items.to_wire(push(item(name=name, price=price)), BOOKS)
    pulled = items.pulled({**sent, "id": PRODUCT}, "USD")
    assert pulled is not None
    assert (pulled.value.name, pulled.value.price) == (name, price)


# --- items ------------------------------------------------------------------------------------------------------------


def test_an_item_is_sent_with_the_account_that_makes_it_sold() -> None:
    assert items.to_wire(push(item(description="per visit")), BOOKS) == {
        "businessId": BUSINESS,
        "name": "Drain cleaning",
        "unitPrice": "145.00",
        "incomeAccountId": INCOME,
        "expenseAccountId": EXPENSE,
        "description": "per visit",
    }


def test_an_item_without_an_income_account_is_refused() -> None:
    assert refusal(items.to_wire, push(item(), mapping=PushMapping()), BOOKS).field == "income_account"


def test_a_price_that_wave_would_round_is_refused() -> None:
    assert refusal(items.to_wire, push(item(price=Decimal("0.123456"))), BOOKS).field == "price"
    assert items.to_wire(push(item(price=Decimal("0.123450"))), BOOKS)["unitPrice"] == "0.123450"


def test_a_price_in_another_currency_is_refused() -> None:
    assert refusal(items.to_wire, push(item(currency="CAD")), BOOKS).field == "currency"


def test_a_product_that_is_only_bought_is_no_item_of_ours() -> None:
    assert items.pulled(product_row(isSold=False), "USD") is None


def test_a_pulled_item_has_its_price() -> None:
    pulled = items.pulled(product_row(unitPrice="12.5"), "USD")
    assert pulled is not None
    assert pulled.value.price == Decimal("12.50")


# --- payments ---------------------------------------------------------------------------------------------------------


def test_a_payment_is_applied_to_its_invoice_with_our_marker() -> None:
    known = payment(method=PaymentMethod.CHECK, reference="1042", memo="first half")
    assert payments.to_wire(push(known), BOOKS) == {
        "invoiceId": INVOICE,
        "paymentAccountId": BANK,
        "amount": "261.00",
        "paymentDate": "2026-09-03",
        "paymentMethod": "CHEQUE",
        "exchangeRate": "1",
        "memo": f"1042 first half {MARKER}",
    }


def test_a_changed_payment_leaves_its_memo_to_the_bookkeeper() -> None:
    row = payments.to_wire(push(payment(), remote_id="P"), BOOKS)
    assert row["id"] == "P"
    assert not {"memo", "invoiceId"} & row.keys()


@pytest.mark.parametrize(
    ("changed", "mapping", "field"),
    [
        ({"amount": Decimal("0.00")}, MAPPING, "amount"),
        ({"amount": Decimal("1.005")}, MAPPING, "amount"),
        ({"currency": "CAD"}, MAPPING, "currency"),
        ({"invoice": Reference(ref="I", remote_id="")}, MAPPING, "invoice"),
        ({}, PushMapping(), "deposit_account"),
    ],
)
def test_a_payment_that_cannot_be_booked_is_refused(changed: dict[str, Any], mapping: PushMapping, field: str) -> None:
    assert refusal(payments.to_wire, push(payment(**changed), mapping=mapping), BOOKS).field == field


def test_a_payment_is_read_with_its_marker_and_amount() -> None:
    remote = payments.from_wire(payment_row(amount="260.99"), INVOICE)
    assert (remote.marker, remote.total, remote.invoice_id) == (MARKER, Decimal("260.99"), INVOICE)


def test_a_refund_is_no_payment_of_ours() -> None:
    assert payments.pulled(payment_row(originInvoicePayment={"id": "other"}), invoice_row()) is None


def test_a_pulled_payment_tells_what_of_it_is_applied() -> None:
    pulled = payments.pulled(payment_row(), invoice_row())
    assert pulled is not None
    assert pulled.applied == {INVOICE: Decimal("261.00")}
    assert pulled.paid_on == date(2026, 9, 3)


# --- accounts and taxes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subtype", "use"),
    [
        ("INCOME", "income"),
        ("DISCOUNTS", "income"),
        ("COST_OF_GOODS_SOLD", "expense"),
        ("CASH_AND_BANK", "deposit"),
        ("CREDIT_CARD", "other"),
        ("A_NEW_ONE", "other"),
    ],
)
def test_an_account_is_of_the_use_that_wave_takes_it_for(subtype: str, use: str) -> None:
    row = {"id": "A", "name": "Sales", "subtype": {"value": subtype}, "currency": {"code": "USD"}}
    assert accounts.account(row, "USD").use == use


def test_a_bank_account_in_another_currency_cannot_be_chosen() -> None:
    row = {"id": "A", "name": "Euro", "subtype": {"value": "CASH_AND_BANK"}, "currency": {"code": "EUR"}}
    assert accounts.account(row, "USD").use == "other"


@pytest.mark.parametrize(("fraction", "percent"), [("0.0825", "8.25"), ("0.13", "13"), ("0", "0"), ("0.10", "10")])
def test_a_rate_is_percent(fraction: str, percent: str) -> None:
    code = accounts.tax_code({"id": "T", "name": "Tax", "rate": fraction})
    assert code.rate == Decimal(percent)
    assert "E" not in str(code.rate)


@given(st.decimals(min_value="0.01", max_value="9999999", places=2))
def test_a_payment_comes_back_as_it_was_sent(amount: Decimal) -> None:
    row = payments.to_wire(push(payment(amount=amount)), BOOKS)
    assert payments.from_wire({"id": "P", "amount": row["amount"], "memo": row["memo"]}).total == amount


def test_every_kind_has_its_own_word() -> None:
    kinds = {customers.from_wire({}).kind, items.from_wire({}).kind, invoices.from_wire({}).kind}
    assert kinds == {Kind.CUSTOMER, Kind.ITEM, Kind.INVOICE}
