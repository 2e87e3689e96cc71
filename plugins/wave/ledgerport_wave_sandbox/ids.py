"""Ids as Wave makes them: base64 of `Business:<uuid>` and of `Business:<uuid>;Customer:<integer>` (section 3)."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache

#: How base64 of "Business:" begins, whatever follows: how a business is spotted in a request.
PREFIX = b"QnVzaW5lc3M6"
#: Where the integers of each kind begin. Those of invoices have 19 digits in public code; the others are shorter.
FIRST = {
    "Customer": 71_300_000,
    "Product": 118_400_000,
    "Account": 1_905_000_000_000_000_000,
    "SalesTax": 610_000,
    "Invoice": 2_104_000_000_000_000_000,
    "Estimate": 2_204_000_000_000_000_000,
    "InvoicePayment": 2_304_000_000_000_000_000,
    "Transaction": 2_404_000_000_000_000_000,
}


def business(uuid: str) -> str:
    """The id of a business."""
    return _encoded(f"Business:{uuid}")


def member(uuid: str, kind: str, number: int) -> str:
    """The id of a thing in a business; `number` counts from 1 within its kind."""
    return _encoded(f"Business:{uuid};{kind}:{FIRST[kind] + number}")


def user(number: int) -> str:
    """The id of a person."""
    return _encoded(f"User:{number}")


def application(client: str) -> str:
    """The id of a registered app."""
    return _encoded(f"Application:{client}")


@lru_cache(maxsize=4096)
def raw(id: str) -> tuple[str, str, str]:
    """(uuid of the business, kind, integer) of an id; empty texts for what is not there or makes no sense."""
    try:
        text = base64.b64decode(id, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", "", ""
    owner, _, part = text.partition(";")
    word, _, uuid = owner.partition(":")
    kind, _, number = part.partition(":")
    return (uuid, kind, number) if word == "Business" else ("", "", "")


@lru_cache(maxsize=4096)
def owner(id: str) -> str:
    """The id of the business that an id lies in, "" when it lies in none."""
    uuid = raw(id)[0]
    return business(uuid) if uuid else ""


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
