"""Formats of single fields, as small checks that raise `Refused` with the errno of the vendor's list (section 3)."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ledgerport_freshbooks_sandbox.refusals import Refused, invalid

CENT = Decimal("0.01")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def number(value: Any, field: str, object: str) -> Decimal:
    """A JSON number or the text of one. Raises Refused 1015."""
    refused = Refused(1015, f"The field '{field}' must be a number.", field, object, value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused
    try:
        found = Decimal(str(value))
    except InvalidOperation as err:
        raise refused from err
    if not found.is_finite() or abs(found) > Decimal(99999999999):
        raise refused
    return found


def whole(value: Any, field: str, object: str) -> int:
    """An integer, or the text of one. Raises Refused 1015."""
    found = number(value, field, object)
    if found != int(found):
        raise Refused(1015, f"The field '{field}' must be a number.", field, object, value)
    return int(found)


def money(value: Any, field: str, object: str, currency: str | None) -> Decimal:
    """The amount of `{"amount", "code"}`. Raises Refused 1006 for another shape, 1015 for an amount that is no number,
    1004 for a currency other than `currency` (None: any).
    """
    if not isinstance(value, dict):
        raise Refused(1006, f"The field '{field}' must be an object with amount and code.", field, object, value)
    if "amount" not in value:
        raise Refused(1001, f"The required field '{field}.amount' is missing.", f"{field}.amount", object)
    code = value.get("code")
    if currency is not None and code not in {None, currency}:
        raise invalid(f"{field}.code", object, code, f"The currency must be {currency}.")
    return number(value["amount"], f"{field}.amount", object)


def cents(amount: Decimal) -> Decimal:
    """Half a cent goes up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def shown(amount: Decimal, currency: str) -> dict[str, str]:
    """`{"amount": "25.00", "code": "USD"}`; more decimals than two are kept."""
    digits = amount.normalize().as_tuple().exponent
    fine = isinstance(digits, int) and digits < -2
    return {"amount": f"{amount.normalize():f}" if fine else f"{amount:.2f}", "code": currency}


def plain(value: Decimal) -> str:
    """A quantity or percent as text without idle zeros: `4`, `8.25`."""
    return f"{value.normalize():f}" if value else "0"


def percent(value: Any, field: str, object: str) -> Decimal:
    """0 to 100. Raises Refused 1018."""
    found = number(value, field, object)
    if not 0 <= found <= 100:
        raise Refused(1018, f"The field '{field}' must be a percentage from 0 to 100.", field, object, value)
    return found


def day(value: Any, field: str, object: str) -> str:
    """`YYYY-MM-DD`. Raises Refused 1016."""
    refused = Refused(1016, f"The field '{field}' must be a date in the format YYYY-MM-DD.", field, object, value)
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise refused
    try:
        date.fromisoformat(value)
    except ValueError as err:
        raise refused from err
    return value


def truth(value: Any, field: str, object: str) -> bool:
    """true or false. Raises Refused 1031."""
    if not isinstance(value, bool):
        raise Refused(1031, f"The field '{field}' must be a boolean.", field, object, value)
    return value


def text(value: Any, field: str, object: str, limit: int | None = None) -> str | None:
    """A text or null; a number is taken as its text. Raises Refused 1004 for another kind, 1017 when too long."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise invalid(field, object, value, f"The field '{field}' must be a string.")
    found = str(value)
    if limit is not None and len(found) > limit:
        raise Refused(1017, f"The field '{field}' is too long, the maximum is {limit}.", field, object, found)
    return found


def email(value: Any, field: str, object: str) -> None:
    """Raises Refused 1004 for what is no address (UNSURE: errno)."""
    if value and (not isinstance(value, str) or not _MAIL.fullmatch(value)):
        raise invalid(field, object, value, "The email address is invalid.")


def visibility(value: Any, object: str) -> int:
    """vis_state 0 active, 1 deleted, 2 archived. Raises Refused 1015, 1004."""
    found = whole(value, "vis_state", object)
    if found not in {0, 1, 2}:
        raise invalid("vis_state", object, value, "vis_state must be one of 0, 1 or 2.")
    return found
