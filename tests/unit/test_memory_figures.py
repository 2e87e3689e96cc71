"""Figures over lines: what is low, usual and high, where prices go, what is earned on cost."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerport.services.memory.figures import (
    Direction,
    PricedLine,
    figures,
    markup_percent,
    median,
    shown_price,
)

DAY = date(2026, 1, 15)
PRICES = st.decimals(min_value="0.01", max_value="99999", places=2)


def line(price: str | Decimal, **more: object) -> PricedLine:
    values: dict[str, object] = {
        "thing": "heater",
        "currency": "USD",
        "on": DAY,
        "quantity": Decimal(1),
        "unit_price": Decimal(price),
    }
    return PricedLine(**{**values, **more})  # type: ignore[arg-type]


def monthly(*prices: str, thing: str = "heater", months: int = 1) -> list[PricedLine]:
    """One line every so many months."""
    return [
        line(price, thing=thing, on=date(2024 + number * months // 12, number * months % 12 + 1, 10))
        for number, price in enumerate(prices)
    ]


def test_low_median_and_high_are_of_the_unit_price_whatever_the_quantity() -> None:
    told = figures([line("420.00", quantity=Decimal(7)), line("389.00"), line("465.00", quantity=Decimal("0.5"))])[0]

    assert (told.low, told.median, told.high) == (Decimal("389.00"), Decimal("420.00"), Decimal("465.00"))
    assert (told.lines, told.enough) == (3, True)


def test_the_median_of_an_even_number_of_lines_is_the_mean_of_the_middle_two_to_the_cent() -> None:
    assert figures([line("10.00"), line("10.02"), line("9.00"), line("90.00")])[0].median == Decimal("10.01")
    assert figures([line("10.00"), line("10.01"), line("9.00"), line("90.00")])[0].median == Decimal("10.01")


def test_two_lines_are_told_but_are_not_enough() -> None:
    told = figures([line("10.00"), line("12.00")])[0]

    assert (told.low, told.high, told.enough) == (Decimal("10.00"), Decimal("12.00"), False)


def test_credits_and_what_was_free_are_counted_apart_and_do_not_pull_the_price_down() -> None:
    lines = [line("50.00")] * 3 + [line("-50.00"), line("50.00", quantity=Decimal(-1)), line("0.00")]

    told = figures(lines)[0]

    assert (told.lines, told.credits, told.free) == (3, 2, 1)
    assert told.low == Decimal("50.00")


def test_lines_that_charge_nothing_at_all_have_no_figures() -> None:
    assert figures([line("0.00"), line("-3.00")]) == []
    assert figures([]) == []


def test_currencies_are_kept_apart_and_the_one_with_most_lines_comes_first() -> None:
    told = figures([line("9.00", currency="EUR")] + [line("10.00")] * 2)

    assert [(one.currency, one.lines, one.median) for one in told] == [
        ("USD", 2, Decimal("10.00")),
        ("EUR", 1, Decimal("9.00")),
    ]


def test_a_currency_without_cents_has_none_in_its_figures() -> None:
    assert str(figures([line("4500", currency="JPY"), line("4501", currency="JPY")])[0].median) == "4501"


def test_a_price_finer_than_a_cent_keeps_its_places() -> None:
    assert str(figures([line("0.0125"), line("0.02"), line("0.5")])[0].median) == "0.0200"
    assert str(shown_price(Decimal("0.0125"), "USD")) == "0.0125"
    assert str(shown_price(Decimal("12.5"), "USD")) == "12.50"
    assert str(shown_price(Decimal("1E+3"), "USD")) == "1000.00"


def test_markup_is_on_cost_and_only_over_lines_whose_cost_is_known() -> None:
    lines = [
        line("150.00", cost=Decimal("100.00")),
        line("120.00", cost=Decimal("100.00")),
        line("80.00", cost=Decimal("100.00")),
        line("77.00"),
        line("66.00", cost=Decimal(0)),
    ]

    told = figures(lines)[0].markup

    assert told is not None
    assert (told.lines, told.low_percent, told.median_percent, told.high_percent) == (
        3,
        Decimal("-20.0"),
        Decimal("20.0"),
        Decimal("50.0"),
    )


def test_without_any_cost_there_is_no_markup() -> None:
    assert figures([line("10.00")])[0].markup is None
    assert markup_percent(Decimal("10.00"), None) is None
    assert markup_percent(Decimal("10.00"), Decimal("0.00")) is None


def test_prices_that_go_up_month_by_month_are_rising() -> None:
    told = figures(monthly("100.00", "102.00", "104.00", "106.00", "108.00", "110.00"))[0].trend

    assert (told.by, told.direction) == ("month", Direction.RISING)
    assert told.periods[0].label == "2024-01" and told.periods[-1].label == "2024-06"
    assert told.change_percent is not None and Decimal(8) < told.change_percent < Decimal(11)


def test_prices_that_go_down_are_falling() -> None:
    assert (
        figures(monthly("60.00", "58.00", "55.00", "50.00", "48.00", "45.00"))[0].trend.direction == Direction.FALLING
    )


def test_one_odd_price_is_no_trend() -> None:
    told = figures(monthly("100.00", "100.00", "100.00", "100.00", "100.00", "300.00"))[0].trend

    assert (told.direction, told.change_percent) == (Direction.STEADY, Decimal("0.0"))


def test_selling_dearer_things_is_no_rise() -> None:
    cheap_first = monthly("10.00", "10.00", "10.00", thing="valve")
    dear_later = [
        replace(one, thing="boiler", on=one.on + timedelta(days=92)) for one in monthly("900.00", "900.00", "900.00")
    ]

    assert figures(cheap_first + dear_later)[0].trend.direction == Direction.STEADY


def test_too_few_lines_or_periods_have_no_direction() -> None:
    few_lines = figures(monthly("10.00", "20.00", "30.00"))[0].trend
    one_month = figures([line(f"{price}.00") for price in range(10, 20)])[0].trend

    assert (few_lines.direction, few_lines.change_percent) == (Direction.UNKNOWN, None)
    assert (one_month.direction, len(one_month.periods)) == (Direction.UNKNOWN, 1)


def test_years_of_lines_are_looked_at_by_quarter() -> None:
    told = figures(monthly(*["10.00"] * 9, months=3))[0].trend

    assert told.by == "quarter"
    assert [one.label for one in told.periods[:5]] == ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1"]


def test_there_is_no_median_of_nothing() -> None:
    with pytest.raises(ValueError, match="no median"):
        median([])


@given(st.lists(PRICES, min_size=1, max_size=60))
def test_the_figures_are_ordered_exact_and_blind_to_the_order_of_lines(prices: list[Decimal]) -> None:
    told = figures([line(price) for price in prices])[0]

    assert told.low == min(prices) and told.high == max(prices)
    assert told.low <= told.median <= told.high
    assert abs(told.median - statistics.median(prices)) <= Decimal("0.005")
    assert figures([line(price) for price in reversed(prices)])[0] == told


@given(st.lists(st.tuples(PRICES, st.integers(0, 2000)), min_size=1, max_size=40), st.integers(2, 9))
def test_prices_so_many_times_as_high_make_the_same_trend(sold: list[tuple[Decimal, int]], times: int) -> None:
    lines = [line(price, on=DAY + timedelta(days=days)) for price, days in sold]
    higher = [replace(one, unit_price=one.unit_price * times) for one in lines]

    mine, theirs = figures(lines)[0].trend, figures(higher)[0].trend

    assert [one.lines for one in mine.periods] == [one.lines for one in theirs.periods]
    assert (mine.direction, mine.change_percent) == (theirs.direction, theirs.change_percent)
    assert sum(one.lines for one in mine.periods) == len(lines)


@given(PRICES, PRICES)
def test_a_markup_leads_back_from_cost_to_price(price: Decimal, cost: Decimal) -> None:
    told = markup_percent(price, cost)

    assert told is not None
    assert abs(cost * (1 + told / 100) - price) <= cost * Decimal("0.0005") + Decimal("0.000001")
