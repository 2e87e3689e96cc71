"""An answer in sentences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledgerport.services.memory.answers import Basis, Filters, Scope
from ledgerport.services.memory.figures import ENOUGH_LINES, Direction, Figures

NOTHING_SIMILAR = "Nothing that was sold is similar enough to this question. Ask in the words of your price book."
NOTHING_LEFT = "What is similar to this question does not pass the filters. Take a filter away."
_ONLY_OFFERED = "Nothing like it was billed yet; these are estimates."
_EVERYTHING = "The question names nothing that you sell, so this is over all of it."


def sentence(figures: list[Figures], basis: Basis, filters: Filters, scope: Scope, *, found: bool, free: int) -> str:
    """What an answer says in a few sentences. `found`: something similar was there before the filters; `free`: lines
    that match but charge nothing."""
    if not figures:
        if free:
            return f"There is no price: {_lines(free)} match, and none of them charges anything."
        return NOTHING_LEFT if found and filters.any else NOTHING_SIMILAR
    told = [_EVERYTHING] if scope is Scope.EVERYTHING else []
    told += [_ONLY_OFFERED] if basis is Basis.ESTIMATES else []
    told += [_of_one(one, basis, scope) for one in figures]
    return " ".join(told)


def _of_one(told: Figures, basis: Basis, scope: Scope) -> str:
    since = f"on {basis} of {_days(told.first_on, told.last_on)}"
    if not told.enough:
        prices = _range(told.low, told.high, told.currency)
        return (
            f"There is not enough history for a usual price: only {_lines(told.lines)} {since}, at {prices} "
            f"(it takes {ENOUGH_LINES})."
        )
    parts = []
    if scope is Scope.SIMILAR:
        parts.append(
            f"Usually {_money(told.median, told.currency)}, from {_money(told.low)} to {_money(told.high)}: "
            f"{_lines(told.lines)} {since}."
        )
        if told.trend.change_percent is not None:
            parts.append(_trend(told.trend.direction, told.trend.change_percent))
    parts.append(_markup(told))
    return " ".join(parts)


def _markup(told: Figures) -> str:
    its = told.markup
    if its is None:
        return f"No cost in {told.currency} is known, so there is no markup."
    if its.lines < ENOUGH_LINES:
        return f"The cost of only {_lines(its.lines)} is known, which is not enough for a usual markup."
    low, high = _percent(its.low_percent), _percent(its.high_percent)
    span = "" if low == high else f", from {low} to {high} %"
    return f"Markup on cost: usually {_percent(its.median_percent)} %{span} ({_lines(its.lines)} with a known cost)."


def _trend(direction: Direction, change: Decimal) -> str:
    if direction is Direction.STEADY:
        return "The price of the same thing is steady over that time."
    word = "rose" if direction is Direction.RISING else "fell"
    return f"The price of the same thing {word} by about {_percent(abs(change))} % over that time."


def _range(low: Decimal, high: Decimal, currency: str) -> str:
    return _money(low, currency) if low == high else f"{_money(low)} to {_money(high, currency)}"


def _days(first: date, last: date) -> str:
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _money(amount: Decimal, currency: str = "") -> str:
    return f"{amount:,} {currency}".strip()


def _percent(value: Decimal) -> str:
    """`42.5`, and `50` rather than `50.0`."""
    return f"{value:,f}".removesuffix(".0")


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
