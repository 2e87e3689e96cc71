"""Small readings and writings that every mapping shares. Pure.

A row is what `answers.parse` gives: numbers are int, Decimal or (from XML) text; dates are `/Date(ms+0000)/` or ISO.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ledgerport.contract import Refused

Row = dict[str, Any]

MARKER = re.compile(r"LP-[0-9a-fA-F]{16}")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CENT = Decimal("0.01")


def text(row: Mapping[str, Any], name: str) -> str:
    """A member as text; empty when it is missing or null."""
    value = row.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def part(row: Mapping[str, Any], name: str) -> Row:
    """A member that is an object; empty when it is missing."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def rows_of(row: Mapping[str, Any], name: str) -> list[Row]:
    """A member that is a list of objects; empty when it is missing."""
    value = row.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def truth(row: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """A boolean member; XML writes it as text."""
    value = row.get(name)
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value:
        return value.lower() == "true"
    return default


def amount(row: Mapping[str, Any], name: str) -> Decimal | None:
    """A number as Decimal with at least two decimals; None when it is missing or no number."""
    value = row.get(name)
    if value is None or isinstance(value, bool | dict | list) or value == "":
        return None
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    if not found.is_finite():
        return None
    exponent = found.as_tuple().exponent
    return found if isinstance(exponent, int) and exponent <= -2 else found.quantize(_CENT)


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """A member that is a moment, in UTC; the offset inside `/Date(ms+1300)/` changes nothing. None when missing."""
    words = text(row, name)
    found = _DATE.fullmatch(words)
    try:
        if found:
            return _EPOCH + timedelta(milliseconds=int(found.group(1)))
        told = datetime.fromisoformat(words)
    except (ValueError, OverflowError):
        return None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def day(row: Mapping[str, Any], name: str) -> date | None:
    """A member that is a calendar day: midnight UTC of it. None when missing."""
    told = moment(row, name)
    return told.date() if told else None


def version(row: Mapping[str, Any]) -> str:
    """When the object was last changed, ISO 8601. Xero's writes name no version; this only tells two states apart."""
    told = moment(row, "UpdatedDateUTC")
    return told.isoformat(timespec="milliseconds") if told else ""


def number(value: Decimal, field: str) -> float:
    """A Decimal as the float whose shortest writing is that very number: 105.05 travels as 105.05.

    A float keeps 15 significant digits exactly. Refused when `value` has more.
    """
    wire = float(value)
    if Decimal(repr(wire)) != value:
        raise Refused(f"Xero cannot hold {value} exactly: a number may have at most 15 digits.", field=field)
    return wire


def money(value: Decimal, field: str) -> float:
    """An amount of money, which Xero keeps in two decimals. Refused when it has more."""
    if value != value.quantize(_CENT):
        raise Refused(f"Xero keeps amounts in two decimals; {value} has more.", field=field)
    return number(value, field)


def email(value: str, field: str = "email") -> str:
    """An e-mail address as Xero takes it: one. Refused where it would answer that it must be valid."""
    address = value.strip()
    if not _EMAIL.fullmatch(address):
        raise Refused(f"'{value}' is not one valid e-mail address, and Xero takes no other.", field=field)
    return fitting(address, 255, field)


def fitting(value: str, length: int, field: str) -> str:
    """`value` as it is. Refused where it is too long."""
    if len(value) > length:
        raise Refused(f"Xero takes at most {length} characters here, this has {len(value)}.", field=field)
    return value


def cut(value: str, length: int) -> str:
    """`value`, its end left out where it is too long: for words that mean the same without it."""
    return value if len(value) <= length else value[: length - 1] + "…"


def marker_in(words: str) -> str:
    """Our marker in a text; empty when there is none."""
    found = MARKER.search(words)
    return found.group() if found else ""
