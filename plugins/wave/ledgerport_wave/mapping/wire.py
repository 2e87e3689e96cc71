"""Small readings and writings that every mapping shares. Pure.

Wave's Decimals are strings, its Money is `{"value": "113.00", ...}`, what an object refers to is `{"id": ...}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ledgerport.contract import Refused, quantum

Row = dict[str, Any]

MARKER = re.compile(r"LP-[0-9a-fA-F]{16}")


def text(row: Mapping[str, Any], name: str) -> str:
    """A member as text; empty when it is missing or null."""
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def part(row: Mapping[str, Any], name: str) -> Row:
    """A member that is an object; empty when it is missing."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def rows_of(row: Mapping[str, Any], name: str) -> list[Row]:
    """A member that is a list of objects, without its nulls."""
    value = row.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def id_of(row: Mapping[str, Any], name: str) -> str:
    """The id of what a member refers to."""
    return text(part(row, name), "id")


def number(value: Any) -> Decimal | None:
    """A Decimal as Wave writes it; None when it is missing or no number."""
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def money(row: Mapping[str, Any], name: str) -> Decimal | None:
    """A member that is Money, or a plain amount, with at least two decimals (`145.00`)."""
    value = row.get(name)
    amount = number(value.get("value") if isinstance(value, dict) else value)
    return None if amount is None else _with_cents(amount)


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """A DateTime member in UTC; None when it is missing or none."""
    try:
        found = datetime.fromisoformat(text(row, name))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def decimal(value: Decimal, places: int, field: str) -> str:
    """A Decimal as Wave takes it, never as a power of ten. Refused where it would be rounded there."""
    if places_of(value) > places:
        raise Refused(f"Wave keeps {places} places after the point and would round {value}.", field=field)
    return format(value, "f")


def amount(value: Decimal, currency: str, field: str) -> str:
    """An amount of money to the unit of its currency (`5.00`). Refused where it has a smaller part."""
    unit = quantum(currency)
    if value != value.quantize(unit):
        raise Refused(f"{value} is no amount in {currency}: its smallest unit is {unit}.", field=field)
    return format(value.quantize(unit), "f")


def places_of(value: Decimal) -> int:
    """How many places after the point a number needs."""
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def marker_in(note: str) -> str:
    """Our marker in a note; empty when there is none."""
    found = MARKER.search(note)
    return found.group() if found else ""


def _with_cents(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and exponent <= -2 else value.quantize(quantum(""))
