"""Estimates: `Estimate` <-> a row of QuickBooks' Estimate. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Estimate, Kind, Push, Remote
from ledgerport_quickbooks.books import Books
from ledgerport_quickbooks.mapping import documents
from ledgerport_quickbooks.mapping.wire import Row


def to_wire(push: Push[Estimate], books: Books) -> Row:
    """The row to send, without Id. Refused as `documents.head` says. QuickBooks sets the status: Pending at first."""
    row = documents.head(push, books)
    if push.value.expires_on:
        row["ExpirationDate"] = push.value.expires_on.isoformat()
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An Estimate row as what the hub must know of it."""
    return documents.remote(row, Kind.ESTIMATE)
