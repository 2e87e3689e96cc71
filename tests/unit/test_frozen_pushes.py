"""A send keeps its pushes as JSON, and a retry sends exactly these."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerport.contract import (
    Address,
    Customer,
    Invoice,
    InvoiceLine,
    Item,
    ItemType,
    Kind,
    Payment,
    PaymentMethod,
    Push,
    PushMapping,
    Reference,
    Value,
)
from ledgerport.engine.frozen import fingerprint, freeze, marker, thaw

REFERENCE = Reference(ref="C1", remote_id="58", name="Ann")
LINE = InvoiceLine(description="Pipe", quantity=Decimal("2.5"), unit_price=Decimal("1.10"), amount=Decimal("2.75"))
VALUES: dict[Kind, Value] = {
    Kind.CUSTOMER: Customer(ref="C1", name="Ann", address=Address(city="Boston")),
    Kind.ITEM: Item(ref="I1", name="Pipe", type=ItemType.PRODUCT, price=Decimal("1.10"), cost=None),
    Kind.INVOICE: Invoice(
        ref="INV1", number="1001", customer=REFERENCE, issued_on=date(2026, 5, 4), lines=(LINE,), tax=Decimal("0.19")
    ),
    Kind.PAYMENT: Payment(
        ref="P1",
        customer=REFERENCE,
        invoice=Reference(ref="INV1", remote_id="77"),
        amount=Decimal("2.94"),
        paid_on=date(2026, 5, 5),
        method=PaymentMethod.CHECK,
    ),
}
amounts = st.decimals(min_value=0, max_value=10**9, places=6)


@pytest.mark.parametrize("kind", VALUES)
def test_thawed_pushes_equal_the_frozen_ones(kind: Kind) -> None:
    mapping = PushMapping(income_account="79", tax_codes={"taxable": "TAX"})
    pushes = [
        Push(value=VALUES[kind], operation_id="o" * 36, position=at, marker="LP-1", remote_id=None, mapping=mapping)
        for at in (1, 2)
    ]
    assert thaw(kind, freeze(kind, pushes)) == pushes


@given(amounts)
def test_an_amount_survives_freezing_to_the_last_digit(amount: Decimal) -> None:
    item = Item(ref="I1", name="Pipe", type=ItemType.SERVICE, price=amount)
    (push,) = thaw(Kind.ITEM, freeze(Kind.ITEM, [Push(value=item, operation_id="")]))
    assert isinstance(push.value, Item)
    assert push.value.price == amount


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_values_have_one_fingerprint_only_when_they_are_equal(one: str, other: str) -> None:
    prints = [fingerprint(Kind.CUSTOMER, Customer(ref="C1", name=name), PushMapping()) for name in (one, other)]
    assert (prints[0] == prints[1]) == (one == other)


def test_another_account_is_another_fingerprint() -> None:
    item = VALUES[Kind.ITEM]
    assert fingerprint(Kind.ITEM, item, PushMapping(income_account="1")) != fingerprint(
        Kind.ITEM, item, PushMapping(income_account="2")
    )


def test_a_marker_is_nineteen_characters_and_names_one_record_of_one_connection() -> None:
    made = {
        marker(uid, kind, record) for uid in ("a", "b") for kind in (Kind.ITEM, Kind.PAYMENT) for record in (1, 2, 11)
    }
    assert len(made) == 12
    assert {len(text) for text in made} == {19}
    assert marker("a", Kind.ITEM, 1) == marker("a", Kind.ITEM, 1)
