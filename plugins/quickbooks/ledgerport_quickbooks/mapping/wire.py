"""Small readings and writings that every mapping shares. Pure.

A row is what `answers.parse` gives: numbers are int, Decimal or (from XML) text; references are `{"value": id}` or a
plain id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ledgerport.contract import Refused, quantum

Row = dict[str, Any]

MARKER = re.compile(r"LP-[0-9a-fA-F]{16}")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def text(row: Mapping[str, Any], name: str) -> str:
    """A member as text; empty when it is missing or null."""
    value = row.get(name)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def part(row: Mapping[str, Any], name: str) -> Row:
    """A member that is an object; empty when it is missing."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def rows_of(row: Mapping[str, Any], name: str) -> list[Row]:
    """A member that is a list of objects; one object alone is a list of one."""
    value = row.get(name)
    if isinstance(value, dict):
        return [value]
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def reference_id(row: Mapping[str, Any], name: str) -> str:
    """The id in a reference member."""
    value = row.get(name)
    if isinstance(value, dict):
        return text(value, "value")
    return value if isinstance(value, str) else ""


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
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    exponent = number.as_tuple().exponent
    return number if isinstance(exponent, int) and exponent <= -2 else number.quantize(quantum(""))


def number(value: Decimal, field: str) -> float:
    """A Decimal as the float whose shortest writing is that very number: 105.05 travels as 105.05.

    A float keeps 15 significant digits exactly; QuickBooks takes at most 10 before and 5 behind the point. Refused when
    `value` has more than fits.
    """
    wire = float(value)
    if Decimal(repr(wire)) != value:
        raise Refused(f"QuickBooks cannot hold {value} exactly: a number may have at most 15 digits.", field=field)
    return wire


def email(value: str, field: str = "email") -> str:
    """An e-mail address (or several, with commas) as QuickBooks takes it. Refused where it would answer 2210."""
    address = value.strip()
    if not all(_EMAIL.fullmatch(one.strip()) for one in address.split(",")):
        raise Refused(f"'{value}' is no e-mail address, and QuickBooks refuses it.", field=field)
    return fitting(address, 100, field)


def fitting(value: str, length: int, field: str) -> str:
    """`value` as it is. Refused where QuickBooks would answer 2050 (too long)."""
    if len(value) > length:
        raise Refused(f"QuickBooks takes at most {length} characters here, this has {len(value)}.", field=field)
    return value


def one_line(value: str) -> str:
    """A part of a person's name without the colon, tab and newline that QuickBooks refuses there."""
    return " ".join(value.replace(":", " ").split())


def marker_in(note: str) -> str:
    """Our marker in a note; empty when there is none. A void puts `Voided` in front of the note, a person may write
    behind it.
    """
    found = MARKER.search(note)
    return found.group() if found else ""
