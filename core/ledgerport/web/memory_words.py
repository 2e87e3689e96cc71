"""What the pages about past prices say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from markupsafe import Markup

from ledgerport.services.memory.answers import Answer, Citation, Thing
from ledgerport.services.memory.figures import Direction, Trend
from ledgerport.services.memory.figures import Markup as MarkupFigures
from ledgerport.web.record_words import quantity, record_at
from ledgerport.web.render import day, plural

__all__ = [
    "days",
    "markup",
    "percent",
    "price",
    "quantity",
    "record_at",
    "shown",
    "similar",
    "trend",
    "what",
]
_MINUS = "\N{MINUS SIGN}"


def price(amount: Decimal, currency: str) -> Markup:
    """`1,234.50 USD`, with all digits of a price that has more than its currency."""
    sign = _MINUS if amount < 0 else ""
    text = f"{sign}{abs(amount):,f}"
    return Markup('<span class="money">{}&nbsp;<span class="currency">{}</span></span>').format(text, currency)


def percent(value: Decimal | None) -> str:
    """`42.5 %`; a dash where it is not known."""
    return "-" if value is None else f"{value:,f} %".replace("-", _MINUS).replace(".0 %", " %")


def markup(told: MarkupFigures | None) -> str:
    """`usually 42.5 %, 20 to 80 %`."""
    if told is None:
        return "No cost is known"
    if told.low_percent == told.high_percent:
        return percent(told.median_percent)
    low = percent(told.low_percent).removesuffix(" %")
    return f"{percent(told.median_percent)} (from {low} to {percent(told.high_percent)})"


def trend(told: Trend) -> str:
    """`Rising, 8 % in all`."""
    if told.change_percent is None:
        return "Too little to say"
    if told.direction is Direction.STEADY:
        return "Steady"
    return f"{told.direction.capitalize()}, {percent(abs(told.change_percent))} in all"


def days(first: date, last: date) -> str:
    """`4 May 2026 to 9 Jun 2026`."""
    return str(day(first)) if first == last else f"{day(first)} to {day(last)}"


def similar(value: float) -> str:
    """`87 %`."""
    return f"{value * 100:.0f} %"


def what(one: Citation | Thing) -> str:
    """What was sold, in one line."""
    if not one.item_name or one.description.casefold().startswith(one.item_name.casefold()):
        return one.description or one.item_name
    return f"{one.item_name}: {one.description}" if one.description else one.item_name


def shown(answer: Answer) -> str:
    """`10 of 312 lines, the most similar first`."""
    total = answer.invoice_lines + answer.estimate_lines
    if len(answer.citations) == total:
        return f"{plural(total, 'line')}, the most similar first"
    return f"{len(answer.citations):,} of {plural(total, 'line')}, the most similar first"
