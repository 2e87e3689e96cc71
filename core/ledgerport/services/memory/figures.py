"""Figures over priced lines: low, median, high, the trend over time, and the markup. Pure arithmetic in Decimal.

Only lines that charge something count: a credit (negative) and what was given away (zero) say nothing about a price, so
they are counted apart. Currencies are never mixed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import combinations

from ledgerport.contract import quantum

# Fewer charged lines than this are single prices, not a usual one.
ENOUGH_LINES = 3
# A direction is named from so many lines and periods on, and when the level moves by at least this much in all.
TREND_LINES, TREND_PERIODS = 6, 3
STEADY_WITHIN = Decimal(3)
# Lines that lie further apart than this are looked at by quarter instead of by month.
_MONTHS_SHOWN = 18
_TENTH = Decimal("0.1")
# As fine as prices are kept.
_FINEST = Decimal("0.000001")


class Direction(StrEnum):
    """Where prices go. `unknown`: too few lines or too short a time to say."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """One line of a document. `thing`: what was sold; `cost`: of a unit, None where it is not known in `currency`."""

    thing: str
    currency: str
    on: date
    quantity: Decimal
    unit_price: Decimal
    cost: Decimal | None = None

    @property
    def is_credit(self) -> bool:
        return self.quantity * self.unit_price < 0

    @property
    def is_charged(self) -> bool:
        return self.quantity * self.unit_price > 0


@dataclass(frozen=True, kw_only=True)
class Period:
    """A month (`2026-03`) or a quarter (`2026-Q1`) in which something was sold: lines and their median unit price."""

    label: str
    lines: int
    median: Decimal


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Prices over time. `change_percent`: how far the level moved from the first period to the last; None when unknown.

    The level compares each price with the median of the same thing, so that selling dearer things is no rise.
    """

    by: str
    periods: list[Period]
    direction: Direction
    change_percent: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Markup:
    """(price - cost) / cost in percent, over the `lines` whose cost is known."""

    lines: int
    low_percent: Decimal
    median_percent: Decimal
    high_percent: Decimal


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What lines in one currency say about a price. All money is per unit, in `currency`.

    `lines` are charged and counted; `credits` and `free` ones are not. `enough` is False where there are too few to
    speak of a usual price.
    """

    currency: str
    lines: int
    credits: int
    free: int
    first_on: date
    last_on: date
    low: Decimal
    median: Decimal
    high: Decimal
    trend: Trend
    markup: Markup | None
    enough: bool


def figures(lines: Iterable[PricedLine]) -> list[Figures]:
    """The figures of each currency in which something was charged, most lines first."""
    by_currency: dict[str, list[PricedLine]] = defaultdict(list)
    for line in lines:
        by_currency[line.currency].append(line)
    told = [_of_one(currency, some) for currency, some in by_currency.items() if any(one.is_charged for one in some)]
    return sorted(told, key=lambda one: (-one.lines, one.currency))


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle one, or the mean of both middle ones, exactly. Raises ValueError without any value."""
    if not values:
        raise ValueError("There is no median of nothing.")
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def markup_percent(price: Decimal, cost: Decimal | None) -> Decimal | None:
    """(price - cost) / cost in percent to one place; None without a cost to compare with."""
    if cost is None or cost <= 0:
        return None
    return _percent((price - cost) / cost)


def shown_price(price: Decimal, currency: str) -> Decimal:
    """A unit price with at least the currency's places: `12.50`, and `0.0125` where it is as fine as that."""
    plain = price.quantize(quantum(currency), rounding=ROUND_HALF_UP)
    return plain if plain == price else price.quantize(_FINEST, rounding=ROUND_HALF_UP).normalize()


def usual_price(prices: Sequence[Decimal], currency: str) -> Decimal:
    """The median, as fine as the finest of the prices is shown and no finer: between 10.00 and 10.01 lies 10.01."""
    finest = min((shown_price(price, currency) for price in prices), key=_exponent)
    return median(prices).quantize(Decimal(1).scaleb(_exponent(finest)), rounding=ROUND_HALF_UP)


def _exponent(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    assert isinstance(exponent, int)  # a price is a number
    return exponent


def _of_one(currency: str, lines: Sequence[PricedLine]) -> Figures:
    charged = [line for line in lines if line.is_charged]
    # Both negative (a credit of a credit) is charged too; what a unit costs is never negative.
    prices = [abs(line.unit_price) for line in charged]
    days = [line.on for line in charged]
    return Figures(
        currency=currency,
        lines=len(charged),
        credits=sum(line.is_credit for line in lines),
        free=sum(not line.is_credit and not line.is_charged for line in lines),
        first_on=min(days),
        last_on=max(days),
        low=shown_price(min(prices), currency),
        median=usual_price(prices, currency),
        high=shown_price(max(prices), currency),
        trend=_trend(currency, charged),
        markup=_markup(charged),
        enough=len(charged) >= ENOUGH_LINES,
    )


def _markup(charged: Sequence[PricedLine]) -> Markup | None:
    ratios = [
        (abs(line.unit_price) - line.cost) / line.cost for line in charged if line.cost is not None and line.cost > 0
    ]
    if not ratios:
        return None
    return Markup(
        lines=len(ratios),
        low_percent=_percent(min(ratios)),
        median_percent=_percent(median(ratios)),
        high_percent=_percent(max(ratios)),
    )


def _trend(currency: str, charged: Sequence[PricedLine]) -> Trend:
    first, last = min(line.on for line in charged), max(line.on for line in charged)
    by_month = _months(last) - _months(first) < _MONTHS_SHOWN
    periods: dict[int, list[PricedLine]] = defaultdict(list)
    for line in charged:
        periods[_months(line.on) if by_month else _months(line.on) // 3].append(line)
    change = _change(charged, periods)
    return Trend(
        by="month" if by_month else "quarter",
        periods=[
            Period(
                label=_label(number, by_month=by_month),
                lines=len(some),
                median=usual_price([abs(line.unit_price) for line in some], currency),
            )
            for number, some in sorted(periods.items())
        ],
        direction=_direction(change),
        change_percent=None if change is None else _percent(change / 100),
    )


def _change(charged: Sequence[PricedLine], periods: dict[int, list[PricedLine]]) -> Decimal | None:
    """How far the level moved over all periods, in percent; None where too little is known.

    The slope is the median over all pairs of periods (Theil and Sen), which a single odd price does not bend.
    """
    if len(charged) < TREND_LINES or len(periods) < TREND_PERIODS:
        return None
    prices: dict[str, list[Decimal]] = defaultdict(list)
    for line in charged:
        prices[line.thing].append(abs(line.unit_price))
    usual = {thing: median(some) for thing, some in prices.items()}
    levels = sorted(
        (number, median([abs(line.unit_price) / usual[line.thing] for line in some]))
        for number, some in periods.items()
    )
    slope = median([(later - sooner) / (end - start) for (start, sooner), (end, later) in combinations(levels, 2)])
    return 100 * slope * (levels[-1][0] - levels[0][0])


def _direction(change: Decimal | None) -> Direction:
    if change is None:
        return Direction.UNKNOWN
    if abs(change) < STEADY_WITHIN:
        return Direction.STEADY
    return Direction.RISING if change > 0 else Direction.FALLING


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _label(number: int, *, by_month: bool) -> str:
    year, part = divmod(number, 12 if by_month else 4)
    return f"{year}-{part + 1:02d}" if by_month else f"{year}-Q{part + 1}"


def _percent(ratio: Decimal) -> Decimal:
    return (100 * ratio).quantize(_TENTH, rounding=ROUND_HALF_UP)
