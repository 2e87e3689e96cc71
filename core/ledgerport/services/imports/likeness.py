"""What two entries share when they are likely the same: keys to compare by. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# Fewer digits than this tell nobody apart; more than that are a country code in front.
_LEAST_DIGITS, _MOST_DIGITS = 7, 10
# What stands after a number inside a company.
_EXTENSION = re.compile(r"(?i)(?:\bext(?:ension)?|x|#)[\s.:]*\d+\s*$")
_SHORT = {
    "apartment": "apt",
    "avenue": "ave",
    "boulevard": "blvd",
    "circle": "cir",
    "court": "ct",
    "drive": "dr",
    "east": "e",
    "highway": "hwy",
    "lane": "ln",
    "north": "n",
    "parkway": "pkwy",
    "place": "pl",
    "road": "rd",
    "south": "s",
    "square": "sq",
    "street": "st",
    "suite": "ste",
    "terrace": "ter",
    "unit": "apt",
    "west": "w",
}


def email_key(email: str) -> str:
    """As `customers.email_key` has it."""
    return email.strip().casefold()


def text_key(text: str) -> str:
    """A name without case and doubled blanks."""
    return " ".join(text.split()).casefold()


def sql_keys(text: str) -> set[str]:
    """What `lower()` may make of a text: PostgreSQL lowers every letter, SQLite only a to z."""
    plain = text.strip()
    return {plain.lower(), "".join(mark.lower() if mark.isascii() else mark for mark in plain)}


def phone_key(phone: str) -> str:
    """The last ten digits; empty for what is too short to be a number of somebody's own."""
    digits = "".join(mark for mark in _EXTENSION.sub("", phone) if mark.isdecimal())
    return digits[-_MOST_DIGITS:] if len(digits) >= _LEAST_DIGITS else ""


def address_key(address: Mapping[str, str]) -> str:
    """Street and postal code, the usual words shortened, without signs; empty without both."""
    street = _plain(f"{address.get('line1', '')} {address.get('line2', '')}")
    postal = "".join(_plain(address.get("postal_code", "")).split())
    if not street or not postal:
        return ""
    # A nine-digit ZIP code is its five-digit one, told more exactly.
    postal = postal[:5] if postal.isdecimal() and len(postal) == 9 else postal
    return f"{' '.join(_SHORT.get(word, word) for word in street.split())}|{postal}"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(mark if mark.isalnum() else " " for mark in letters if not _accent(mark)).split())


def _accent(mark: str) -> bool:
    return unicodedata.category(mark) == "Mn"
