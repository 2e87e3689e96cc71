"""The fields that records are made of: exact about money, dates and text, with errors a person understands."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

_DECIMAL = r"-?[0-9]{1,12}(\.[0-9]{1,6})?"
_DECIMAL_RE = re.compile(_DECIMAL)
_DATE_RE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST = 10**12 - 1
_REF = r"^[^\s/\x00-\x1f\x7f]([^/\x00-\x1f\x7f]{0,198}[^\s/\x00-\x1f\x7f])?$"


def _decimal(value: Any) -> Decimal:
    """A whole number or text such as "12.50". Floats are refused: 0.1 + 0.2 is not 0.3 in them."""
    if isinstance(value, float):
        raise PydanticCustomError("money", 'must be written as text, such as "12.50", or as a whole number')
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    elif isinstance(value, Decimal) and value.is_finite():
        value = f"{value:f}"
    if not isinstance(value, str) or not _DECIMAL_RE.fullmatch(value):
        raise PydanticCustomError(
            "money", 'must be a decimal number such as "12.50": at most 12 digits before the point and 6 after it'
        )
    return Decimal(value)


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise PydanticCustomError("money", "must not be below zero")
    return value


def _above_zero(value: Decimal) -> Decimal:
    if value <= 0:
        raise PydanticCustomError("money", "must be above zero")
    return value


def _iso_date(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and _DATE_RE.fullmatch(value)):
        return value
    raise PydanticCustomError("date", "must be a date such as 2026-05-04")


def storable(value: str) -> str:
    """Text that every database can hold: PostgreSQL takes no NUL, and half a surrogate pair is no character."""
    if "\x00" in value or not _encodes(value):
        raise PydanticCustomError("text", "holds a character that cannot be stored (NUL, or half of a surrogate pair)")
    return value


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("text", "must not be empty")
    return value


def _ref(value: str) -> str:
    if value in (".", "..") or not re.fullmatch(_REF, value):
        raise PydanticCustomError(
            "ref", "must be 1 to 200 characters without a slash, control characters or blanks at either end"
        )
    return value


def _decimal_schema(pattern: str, least: int) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": f"^{pattern}$", "examples": ["12.50"]},
                {"type": "integer", "minimum": least, "maximum": _MOST},
            ]
        },
        mode="validation",
    )


Number = Annotated[Decimal, BeforeValidator(_decimal), _decimal_schema(_DECIMAL, -_MOST)]
NotNegative = Annotated[
    Decimal, BeforeValidator(_decimal), AfterValidator(_not_negative), _decimal_schema(_DECIMAL[2:], 0)
]
AboveZero = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    AfterValidator(_above_zero),
    _decimal_schema(r"(?!0+(\.0+)?$)[0-9]{1,12}(\.[0-9]{1,6})?", 1),
]
IsoDate = Annotated[date, BeforeValidator(_iso_date), WithJsonSchema({"type": "string", "format": "date"})]
Short = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
Long = Annotated[str, StringConstraints(max_length=4000), AfterValidator(storable)]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=1000), AfterValidator(storable), AfterValidator(_not_blank)
]
Ref = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(storable),
    AfterValidator(_ref),
]
