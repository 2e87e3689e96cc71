"""Formats and lengths of single fields (fact sheet, sections 3.1 to 3.7), as small checks that raise `Refused`."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from ledgerport_quickbooks_sandbox.refusals import Refused, too_long

CENT = Decimal("0.01")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BAD_IN_NAMES = re.compile(r"[:\t\n\r]")
# "must contain @ and ." with something around them; Intuit refers to RFC 822 and documents no more.
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

LENGTHS: dict[str, dict[str, int]] = {
    "names": {
        "DisplayName": 500,
        "Title": 16,
        "Suffix": 16,
        "GivenName": 100,
        "MiddleName": 100,
        "FamilyName": 100,
        "CompanyName": 100,
        "PrintOnCheckName": 110,
        "ResaleNum": 16,
        "Notes": 2000,
    },
    "Item": {"Name": 100, "Sku": 100, "Description": 4000, "PurchaseDesc": 1000},
    "sales": {"DocNumber": 21, "PrivateNote": 4000},
    "Payment": {"PaymentRefNum": 21, "PrivateNote": 4000},
    "Account": {"Name": 100},
    "PaymentMethod": {"Name": 31},
    "address": {
        "Line1": 500,
        "Line2": 500,
        "Line3": 500,
        "Line4": 500,
        "Line5": 500,
        "City": 255,
        "Country": 255,
        "CountrySubDivisionCode": 255,
        "PostalCode": 30,
    },
}


def clean(data: dict[str, Any]) -> dict[str, Any]:
    """A copy without members that are null, empty text or an empty object: Intuit treats them as not given [Q, REC].

    Objects inside are tidied in place: they belong to the request and nobody reads them before.
    """
    for value in data.values():
        _tidy(value)
    return {name: value for name, value in data.items() if value is not None and value != "" and value != {}}


def _tidy(value: Any) -> None:
    if type(value) is dict:
        blank = []
        for name, part in value.items():
            if type(part) is dict or type(part) is list:
                _tidy(part)
            if part is None or part == "" or part == {}:
                blank.append(name)
        for name in blank:
            del value[name]
    elif type(value) is list:
        for part in value:
            _tidy(part)


def lengths(group: str, data: dict[str, Any]) -> None:
    """Raises Refused 2050 for a text that is too long, 2010 for a value that is no text."""
    for name, limit in LENGTHS[group].items():
        value = data.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise Refused("2010", f"Property Name:{name} specified is unsupported or invalid", name)
        if len(value) > limit:
            raise too_long(name, limit, len(value))


def name_characters(data: dict[str, Any], names: tuple[str, ...], code: str) -> None:
    """Raises Refused `code` (2040 or 6000, see the switch) for a colon, tab or line break in a name."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str) and _BAD_IN_NAMES.search(value):
            if code == "6000":
                raise Refused(
                    "6000", f"Business Validation Error: {name} contains characters that are not allowed.", name
                )
            raise Refused("2040", f"Invalid characters in {name}: colon, tab and newline are not allowed", name)


def email(data: dict[str, Any], name: str) -> None:
    """Raises Refused 2210 or 2050 for the address in `data[name].Address`."""
    address = (data.get(name) or {}).get("Address")
    if address is None:
        return
    if not isinstance(address, str) or not _MAIL.fullmatch(address):
        raise Refused("2210", "Email Address Format is invalid: it should conform to the RFC 822 standard.", name)
    if len(address) > 100:
        raise too_long(name, 100, len(address))


def phone(data: dict[str, Any], name: str) -> None:
    """Raises Refused 2050 for a number of more than 30 characters."""
    value = (data.get(name) or {}).get("FreeFormNumber")
    if isinstance(value, str) and len(value) > 30:
        raise too_long(name, 30, len(value))


def address(data: dict[str, Any], name: str) -> None:
    """Raises Refused 2050 for a line or for five lines of more than 2000 characters together."""
    value = data.get(name)
    if not value:
        return
    lengths("address", value)
    total = sum(len(value.get(f"Line{n}", "")) for n in range(1, 6))
    if total > 2000:
        raise too_long(name, 2000, total)


def decimal(value: Any, name: str) -> Decimal:
    """A JSON number (or the text of one, as Intuit's own clients send) as Decimal. Raises Refused 2110."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refused("2110", f"Invalid decimal: {name}", name)
    try:
        number = Decimal(str(value))
    except InvalidOperation as err:
        raise Refused("2110", f"Invalid decimal: {name}", name) from err
    if not number.is_finite() or abs(number) > Decimal(99999999999):
        raise Refused("2110", f"Invalid decimal: {name}", name)
    return number


def amount(value: Any, name: str) -> Decimal:
    """Money: as `decimal`, rounded to cents."""
    return cents(decimal(value, name))


def cents(number: Decimal) -> Decimal:
    """Half a cent goes up."""
    return number.quantize(CENT, ROUND_HALF_UP)


def number(value: Decimal) -> int | float:
    """A Decimal as the JSON number Intuit would show."""
    whole = int(value)
    return whole if whole == value else float(value)


def day(value: Any, name: str) -> str:
    """`YYYY-MM-DD` (a time after it is cut off). Raises Refused 2070."""
    text = value[:10] if isinstance(value, str) else ""
    if not _DATE.fullmatch(text):
        raise Refused("2070", f"Invalid date format: {name} should be YYYY-MM-DD", name)
    try:
        date.fromisoformat(text)
    except ValueError as err:
        raise Refused("2070", f"Invalid date: {name} {text}", name) from err
    return text


def choice(data: dict[str, Any], name: str, allowed: frozenset[str]) -> None:
    """Raises Refused 2170 for a value outside the list."""
    value = data.get(name)
    if value is not None and value not in allowed:
        raise Refused("2170", f"Invalid Enumeration : {name} {value}", name)


def reference(data: dict[str, Any], name: str) -> str | None:
    """The id of a reference member, or None when it is not given. Ids may come as numbers."""
    value = (data.get(name) or {}).get("value")
    return None if value is None else str(value)
