"""Rounding money to the unit of its currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerport.contract import round_money
from ledgerport.contract.money import quantum

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=6)
currencies = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CAD"])


@pytest.mark.parametrize(
    ("amount", "currency", "wanted"),
    [
        ("2.345", "USD", "2.35"),
        ("-2.345", "USD", "-2.35"),
        ("2.344999", "USD", "2.34"),
        ("1.005", "USD", "1.01"),
        ("0.5", "JPY", "1"),
        ("1.0005", "KWD", "1.001"),
    ],
)
def test_halves_go_away_from_zero(amount: str, currency: str, wanted: str) -> None:
    assert round_money(Decimal(amount), currency) == Decimal(wanted)


@given(amounts, currencies)
def test_rounding_twice_is_the_same_as_once(amount: Decimal, currency: str) -> None:
    once = round_money(amount, currency)
    assert round_money(once, currency) == once


@given(amounts, currencies)
def test_rounding_moves_an_amount_by_half_a_unit_at_most(amount: Decimal, currency: str) -> None:
    assert abs(round_money(amount, currency) - amount) <= quantum(currency) / 2


@given(amounts, currencies)
def test_a_credit_is_rounded_like_a_charge(amount: Decimal, currency: str) -> None:
    assert round_money(-amount, currency) == -round_money(amount, currency)
