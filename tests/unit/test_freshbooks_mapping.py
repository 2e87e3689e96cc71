"""Our values as FreshBooks' rows and back: customers, items, payments, clocks and accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.freshbooks_factories import (
    MARKER,
    customer,
    item,
    payment,
    push,
)

from ledgerport.contract import (
    Address,
    Broken,
    ItemType,
    PaymentMethod,
    PushMapping,
    Refused,
)
from ledgerport_freshbooks.mapping import customers, items, payments
from ledgerport_freshbooks.mapping.accounts import accounts, currency_of
from ledgerport_freshbooks.mapping.moments import eastern_day, span_of

# --- customers --------------------------------------------------------------------------------------------------------


def test_a_new_customer_carries_name_currency_and_marker() -> None:
    row = customers.to_wire(push(customer(phone="512 555 0100", currency="CAD")))
    assert row == {
        "organization": "Harbor View HOA",
        "email": "dana@harborview.example",
        "bus_phone": "512 555 0100",
        "currency_code": "CAD",
        "note": MARKER,
    }


def test_an_update_leaves_note_and_currency_and_what_we_do_not_know_to_the_bookkeeper() -> None:
    row = customers.to_wire(push(customer(email=""), remote_id="74"))
    assert row == {"organization": "Harbor View HOA"}


def test_a_persons_company_is_not_lost_and_his_name_stands_beside_it() -> None:
    person = customer(name="Dana Smith", given_name="Dana", family_name="Smith", company_name="Harbor View HOA")
    row = customers.to_wire(push(person))
    assert (row["organization"], row["fname"], row["lname"]) == ("Harbor View HOA", "Dana", "Smith")


def test_a_name_that_is_not_the_persons_is_what_freshbooks_shows() -> None:
    row = customers.to_wire(push(customer(name="Harbor View (north)", given_name="Dana", company_name="Harbor View")))
    assert (row["organization"], row["fname"]) == ("Harbor View (north)", "Dana")


@given(
    st.builds(
        Address,
        **{name: st.text(max_size=8) for name in ("line1", "line2", "city", "region", "postal_code", "country")},
    ),
    st.text(min_size=1, max_size=20),
)
def test_a_customer_comes_back_as_he_was_sent(address: Address, name: str) -> None:
    sent = customer(name=name, address=address, given_name="Dana", family_name="", phone="1")
    pulled = customers.pulled({"id": 7, **customers.to_wire(push(sent))}, "USD")
    assert pulled.value.name == name
    assert (pulled.value.address, pulled.value.email, pulled.value.phone) == (address, sent.email, "1")
    assert (pulled.remote.marker, pulled.remote.active) == (MARKER, True)


@pytest.mark.parametrize(("state", "active"), [(0, True), (1, False), (2, False), (None, True)])
def test_a_client_is_active_when_he_is_neither_deleted_nor_archived(state: int | None, active: bool) -> None:
    assert customers.from_wire({"id": 7, "vis_state": state}).active is active


def test_a_client_without_organization_is_called_by_his_own_name() -> None:
    assert customers.from_wire({"id": 7, "organization": "", "fname": "Dana", "lname": "Smith"}).name == "Dana Smith"


def test_a_marker_is_found_between_what_a_person_wrote() -> None:
    assert customers.from_wire({"id": 7, "note": f"likes cats\n{MARKER} pays late"}).marker == MARKER


# --- items ------------------------------------------------------------------------------------------------------------


def test_an_item_has_price_and_name_and_no_account() -> None:
    row = items.to_wire(push(item(sku="DC-1", description="Up to 25 ft"), mapping=PushMapping(income_account="79")))
    assert row == {
        "name": "Drain cleaning",
        "unit_cost": {"amount": "145.00", "code": "USD"},
        "description": "Up to 25 ft",
        "sku": "DC-1",
    }


@pytest.mark.parametrize("price", ["0.00", "0.125000", "99999.99", "1E+3"])
def test_a_price_travels_with_every_decimal_it_has(price: str) -> None:
    row = items.to_wire(push(item(price=Decimal(price))))
    assert Decimal(row["unit_cost"]["amount"]) == Decimal(price)
    assert "E" not in row["unit_cost"]["amount"]


@pytest.mark.parametrize(
    ("row", "type"),
    [
        ({"sku": "A"}, ItemType.PRODUCT),
        ({"inventory": "3"}, ItemType.PRODUCT),
        ({"sku": None, "inventory": None}, ItemType.SERVICE),
    ],
)
def test_only_what_has_a_sku_or_a_stock_is_taken_for_goods(row: dict[str, Any], type: ItemType) -> None:
    assert items.pulled({"id": 1, "name": "x", **row}, "USD").value.type is type


# --- payments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "type"),
    [
        (PaymentMethod.CARD, "Credit Card"),
        (PaymentMethod.CHECK, "Check"),
        (PaymentMethod.CASH, "Cash"),
        (PaymentMethod.TRANSFER, "Bank Transfer"),
        (PaymentMethod.OTHER, "Other"),
    ],
)
def test_a_payment_has_freshbooks_exact_word_for_its_method(method: PaymentMethod, type: str) -> None:
    row = payments.to_wire(push(payment(method=method, reference="#1041", memo="thanks")))
    assert row == {
        "amount": {"amount": "261.00", "code": "USD"},
        "date": "2026-09-03",
        "type": type,
        "invoiceid": 310,
        "note": f"{MARKER} #1041 thanks",
        "send_client_notification": False,
    }


def test_a_long_memo_is_cut_and_never_the_marker() -> None:
    note = payments.to_wire(push(payment(reference="#1041", memo="thanks " * 100)))["note"]
    assert note.startswith(f"{MARKER} #1041 thanks thanks")
    assert len(note) <= 255


def test_an_updated_payment_keeps_invoice_and_note() -> None:
    assert payments.to_wire(push(payment(), remote_id="9")).keys() == {"amount", "date", "type"}


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
def test_a_payment_of_nothing_is_refused(amount: str) -> None:
    with pytest.raises(Refused) as refused:
        payments.to_wire(push(payment(amount=Decimal(amount))))
    assert refused.value.field == "amount"


def test_an_overpayment_keeps_its_whole_amount() -> None:
    row = {"id": 9, "invoiceid": 310, "amount": {"amount": "300.00", "code": "USD"}, "overpaymentid": 12}
    remote = payments.from_wire(row)
    assert (remote.total, remote.invoice_id) == (Decimal("300.00"), "310")


def test_a_deleted_payment_pays_nothing() -> None:
    row = {"id": 9, "invoiceid": 310, "date": "2026-09-03", "amount": {"amount": "5.00"}, "vis_state": 1}
    assert payments.pulled(row).applied == {}


def test_a_payment_without_a_date_is_broken() -> None:
    with pytest.raises(Broken):
        payments.pulled({"id": 9, "date": None})


# --- clocks and accounts ----------------------------------------------------------------------------------------------


@given(st.integers(1577836800, 1893456000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_a_moment_survives_freshbooks_clock(moment: datetime) -> None:
    there = moment.astimezone(ZoneInfo("America/New_York"))
    span = span_of(there.strftime("%Y-%m-%d %H:%M:%S"))
    assert span is not None
    assert span[0] <= there <= span[1]
    assert span[1] - span[0] in (timedelta(0), timedelta(hours=1))
    assert eastern_day(moment) == there.date()


def test_the_repeated_hour_of_autumn_may_be_either() -> None:
    assert span_of("2026-11-01 01:30:00") == (
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    )


def test_a_time_with_a_zone_is_taken_at_its_word_and_nonsense_is_none() -> None:
    noon = datetime(2026, 8, 22, 4, 31, tzinfo=UTC)
    assert span_of("2026-08-22T04:31:00Z") == (noon, noon)
    assert span_of("") is None


def test_accounts_are_told_apart_by_type_and_name() -> None:
    rows = [
        {"id": 1, "account_name": "Sales", "account_type": "income"},
        {"id": 2, "account_name": "Rent", "account_type": "expense"},
        {"id": 3, "account_name": "Undeposited Funds", "account_type": "asset"},
        {"id": 4, "account_name": "Trucks", "account_type": "asset"},
    ]
    assert [account.use for account in accounts(rows)] == ["income", "expense", "deposit", "other"]


def test_books_in_two_currencies_tell_none() -> None:
    assert currency_of([{"currency_code": "USD"}, {"currency_code": "CAD"}]) == ""
    assert currency_of([{"currency_code": "CAD"}, {"currency_code": None}]) == "CAD"
