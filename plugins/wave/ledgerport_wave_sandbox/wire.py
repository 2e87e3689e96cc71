"""Values as they travel: decimals and moments as texts, money, currencies, countries."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    IntValueNode,
    StringValueNode,
    ValueNode,
)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: symbol, name, plural, exponent; of other currencies we know the code alone.
CURRENCIES = {
    "USD": ("$", "United States dollar", "United States dollars", 2),
    "CAD": ("$", "Canadian dollar", "Canadian dollars", 2),
    "GBP": ("£", "Pound sterling", "Pounds sterling", 2),
    "EUR": ("€", "Euro", "Euros", 2),
    "AUD": ("$", "Australian dollar", "Australian dollars", 2),
    "JPY": ("¥", "Japanese yen", "Japanese yen", 0),
}
#: name, name in a sentence, currency; of other countries we know the code alone.
COUNTRIES = {
    "US": ("United States", "the United States", "USD"),
    "CA": ("Canada", "Canada", "CAD"),
    "GB": ("United Kingdom", "the United Kingdom", "GBP"),
    "AU": ("Australia", "Australia", "AUD"),
    "JP": ("Japan", "Japan", "JPY"),
}


# -- out -----------------------------------------------------------------------------------------------------


def stamp(moment: float) -> str:
    """Epoch seconds as `2026-01-31T08:00:00.000Z`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch(text: str) -> float:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(text).timestamp()


def today(moment: float) -> str:
    """The date of the moment in UTC."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def later(day: str, days: int) -> str:
    """A day so many days after another."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def plain(value: Decimal) -> str:
    """A decimal without exponent and without zeros at the end: `100`, `19.9`, `0.0825`."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def exponent(code: str) -> int:
    """How many decimals a currency has."""
    return CURRENCIES[code][3] if code in CURRENCIES else 2


def rounded(value: Decimal, places: int) -> Decimal:
    """Ties away from zero, as Wave rounds everything (sections 5 to 7)."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def currency(code: str) -> dict[str, Any]:
    """A Currency object."""
    symbol, name, plural, decimals = CURRENCIES.get(code, (code, code, code, 2))
    return {"code": code, "symbol": symbol, "name": name, "plural": plural, "exponent": decimals}


def money(amount: str | Decimal, code: str) -> dict[str, Any]:
    """A Money object."""
    places = exponent(code)
    value = rounded(Decimal(amount), places)
    minor = int(value.scaleb(places))
    return {"value": f"{value:.{places}f}", "minorUnitValue": str(minor), "raw": minor, "currency": currency(code)}


def country(code: str) -> dict[str, Any]:
    """A Country object; its provinces are not kept here."""
    name, spoken, money_code = COUNTRIES.get(code, (code, code, "USD"))
    return {"code": code, "name": name, "nameWithArticle": spoken, "currency": currency(money_code), "provinces": []}


def address(kept: dict[str, Any] | None) -> dict[str, Any] | None:
    """An Address object from what was put in."""
    if kept is None:
        return None
    code, province = kept.get("countryCode"), kept.get("provinceCode")
    found = {name: kept.get(name) for name in ("addressLine1", "addressLine2", "city", "postalCode")}
    found["country"] = country(code) if code else None
    found["province"] = {"code": province, "name": province} if province else None
    return found


# -- in ------------------------------------------------------------------------------------------------------


def decimal_in(value: Any) -> Decimal:
    """A Decimal from a text (as clients should send it) or a JSON number. Raises GraphQLError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise GraphQLError(f"Decimal cannot represent value: {value!r}")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation as err:
        raise GraphQLError(f"Decimal cannot represent value: {value!r}") from err
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise GraphQLError(f"Decimal cannot represent value: {value!r}")
    return number


def date_in(value: Any) -> str:
    """`yyyy-MM-dd`, checked. Raises GraphQLError."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise GraphQLError(f"Date cannot represent value: {value!r}")


def moment_in(value: Any) -> str:
    """An ISO 8601 moment, brought to UTC and milliseconds. Raises GraphQLError."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return stamp((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        pass
    raise GraphQLError(f"DateTime cannot represent value: {value!r}")


_READERS = {"Decimal": decimal_in, "Date": date_in, "DateTime": moment_in}


def equip(schema: GraphQLSchema) -> None:
    """Teach the schema's own scalars to read what clients send."""
    for name, read in _READERS.items():
        scalar = schema.type_map.get(name)
        if isinstance(scalar, GraphQLScalarType):
            _teach(scalar, read)


def _teach(scalar: GraphQLScalarType, read: Any) -> None:
    def literal(node: ValueNode, variables: Any = None) -> Any:
        if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
            return read(node.value)
        raise GraphQLError(f"{scalar.name} cannot represent this value.", node)

    # Newer releases of graphql-core read values by `coerce_input_value`, older ones by `parse_value`.
    for attribute in ("parse_value", "coerce_input_value"):
        setattr(scalar, attribute, read)
    scalar.parse_literal = literal  # type: ignore[method-assign]
