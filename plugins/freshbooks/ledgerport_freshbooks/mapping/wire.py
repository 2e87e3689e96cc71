"""Small readings and writings that every mapping shares. Pure.

A row is what `answers.parse` gives. Money is `{"amount": "25.00", "code": "USD"}`, quantities and percents are texts,
ids are integers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ledgerport.contract import Refused, quantum

Row = dict[str, Any]

# vis_state of a record: 0 active, 1 deleted, 2 archived.
DELETED = 1
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
    """A member that is a list of objects."""
    value = row.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def id_of(row: Mapping[str, Any], *names: str) -> str:
    """The first id among these members; 0 stands for none."""
    return next((found for name in names if (found := text(row, name)) not in ("", "0")), "")


def is_active(row: Mapping[str, Any]) -> bool:
    """Neither deleted nor archived."""
    return text(row, "vis_state") in ("", "0")


def is_deleted(row: Mapping[str, Any]) -> bool:
    """Deleted: it shows in no list any more."""
    return text(row, "vis_state") == str(DELETED)


def decimal(value: Any) -> Decimal | None:
    """A number or the text of one, with at least two decimals; None when it is none."""
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


def amount(row: Mapping[str, Any], name: str) -> Decimal | None:
    """The amount of a money member; None when it is missing or no number."""
    return decimal(part(row, name).get("amount"))


def money(value: Decimal, currency: str) -> Row:
    """`value` as FreshBooks writes money; every decimal it has is kept."""
    return {"amount": f"{value:f}", "code": currency}


def plain(value: Decimal) -> str:
    """A quantity or percent without idle zeros: `4`, `8.25`."""
    return f"{value.normalize():f}" if value else "0"


def number_id(value: str, field: str, what: str) -> int:
    """An id as the integer that FreshBooks wants. Refused for none: `what` is not there yet."""
    if not (value.isascii() and value.isdigit()):
        raise Refused(f"The {what} is not in FreshBooks yet.", field=field)
    return int(value)


def marker_in(words: str) -> str:
    """Our marker in a text; empty when there is none. A person may have written around it."""
    found = MARKER.search(words)
    return found.group() if found else ""
