"""Estimates: `Estimate` <-> a row of Xero's Quotes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Estimate, Kind, Push, Remote
from ledgerport_xero.books import Books
from ledgerport_xero.mapping import documents
from ledgerport_xero.mapping.wire import Row, cut

# Quotes know no `unitdp`: a unit price is cut to two decimals.
_UNIT = Decimal("0.01")
_NUMBER = "QuoteNumber"


def to_wire(push: Push[Estimate], books: Books) -> Row:
    """The row to send, without its id. Refused as `documents.lines` and `documents.head` say.

    A new quote is a draft; which other status a new one may have is not documented. An update must name the status
    that the quote has, which `pushes` reads before.
    """
    estimate = push.value
    row: Row = {
        **documents.head(push, _NUMBER),
        # Quotes write in capitals what invoices do not.
        "LineAmountTypes": "EXCLUSIVE" if estimate.tax else "NOTAX",
        "LineItems": documents.lines(push, books, unit=_UNIT),
    }
    if estimate.expires_on:
        row["ExpiryDate"] = estimate.expires_on.isoformat()
    if estimate.memo:
        row["Summary"] = cut(estimate.memo, 3000)
    if push.remote_id is None:
        row["Status"] = "DRAFT"
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A Quotes row as what the hub must know of it."""
    return documents.remote(row, Kind.ESTIMATE, "QuoteID", _NUMBER)
