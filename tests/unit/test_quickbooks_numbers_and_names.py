"""Money and names on their way to QuickBooks: to the cent, and without what it refuses."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.quickbooks_factories import customer, invoice, item, line, push

from ledgerport.contract import Customer, Kind, Refused, clean_name, round_money
from ledgerport_quickbooks.answers import parse
from ledgerport_quickbooks.books import Books
from ledgerport_quickbooks.mapping import customers, invoices, items
from ledgerport_quickbooks.mapping.wire import amount, number
from ledgerport_quickbooks.terms import TERMS

US = Books()
MONEY = st.decimals(min_value=Decimal("-9999999999.99"), max_value=Decimal("9999999999.99"), places=2)


@given(MONEY)
def test_money_arrives_to_the_cent(value: Decimal) -> None:
    sent = orjson.dumps({"TotalAmt": number(value, "amount")})
    answer = parse(sent)
    assert answer is not None
    assert amount(answer, "TotalAmt") == value


@given(st.decimals(min_value=0, max_value=Decimal("99999.99999"), places=5))
def test_a_price_with_five_decimals_arrives_exactly(value: Decimal) -> None:
    answer = parse(orjson.dumps({"UnitPrice": number(value, "price")}))
    assert answer is not None
    assert amount(answer, "UnitPrice") == value


def test_a_number_that_cannot_travel_exactly_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        number(Decimal(1) / Decimal(3), "lines[0].quantity")
    assert caught.value.field == "lines[0].quantity"


@given(
    st.lists(
        st.tuples(
            st.decimals(min_value=Decimal("0.01"), max_value=999, places=2),
            st.decimals(min_value=0, max_value=9999, places=2),
        ),
        min_size=1,
        max_size=8,
    ),
    st.decimals(min_value=0, max_value=5, places=2),
)
def test_the_amounts_sent_add_up_to_the_total(parts: list[tuple[Decimal, Decimal]], discount: Decimal) -> None:
    lines = [line(q, p, amount=round_money(q * p, "USD")) for q, p in parts]
    known = invoice(lines=lines, discount=discount)
    row = parse(orjson.dumps(invoices.to_wire(push(known), US)))
    assert row is not None
    sent = sum(
        (amount(entry, "Amount") or Decimal(0)) * (-1 if entry["DetailType"] == "DiscountLineDetail" else 1)
        for entry in row["Line"]
    )
    assert sent == known.total


@given(st.text(max_size=700))
def test_a_cleaned_name_holds_nothing_that_quickbooks_refuses(name: str) -> None:
    for kind, of in ((Kind.CUSTOMER, customers), (Kind.ITEM, items)):
        rules = TERMS.kinds[kind].name
        assert rules is not None
        clean = clean_name(name, rules)
        value = customer(name=clean) if of is customers else item(name=clean)
        row = of.to_wire(push(value), US)
        sent = row["DisplayName"] if isinstance(value, Customer) else row["Name"]
        assert sent == clean
        assert not set(sent) & set("\t\n\r:")


def test_the_name_with_a_tab_arrives() -> None:
    rules = TERMS.kinds[Kind.ITEM].name
    assert rules is not None
    assert clean_name("TKO-\t813PB-1500B", rules) == "TKO- 813PB-1500B"
