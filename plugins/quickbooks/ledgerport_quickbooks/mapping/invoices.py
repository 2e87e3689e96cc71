"""Invoices: `Invoice` <-> a row of QuickBooks' Invoice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Invoice, Kind, Push, Remote
from ledgerport_quickbooks.books import Books
from ledgerport_quickbooks.mapping import documents
from ledgerport_quickbooks.mapping.wire import Row


def to_wire(push: Push[Invoice], books: Books) -> Row:
    """The row to send, without Id. Refused as `documents.head` says."""
    invoice = push.value
    row = documents.head(push, books)
    if invoice.due_on:
        row["DueDate"] = invoice.due_on.isoformat()
    if invoice.estimate_id and push.remote_id is None:
        row["LinkedTxn"] = [{"TxnId": invoice.estimate_id, "TxnType": "Estimate"}]
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An Invoice row as what the hub must know of it."""
    return documents.remote(row, Kind.INVOICE)
