"""Invoices: `Invoice` <-> Wave's invoice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Invoice, Kind, Push, Remote
from ledgerport_wave.books import Books
from ledgerport_wave.mapping import documents
from ledgerport_wave.mapping.wire import Row


def to_wire(push: Push[Invoice], books: Books) -> Row:
    """The input to send. Refused as `documents.shared` says.

    SAVED is approved at once: it posts to receivables and can be paid; a draft could not. Nothing is mailed.
    """
    invoice = push.value
    row = documents.shared(push)
    row["invoiceDate"] = invoice.issued_on.isoformat()
    if invoice.due_on:
        row["dueDate"] = invoice.due_on.isoformat()
    if invoice.number:
        row["invoiceNumber"] = invoice.number
    if push.remote_id is not None:
        return {"id": push.remote_id, **row}
    if invoice.currency != books.currency:
        row["currency"] = invoice.currency
    return {"businessId": books.business, "status": "SAVED", **row}


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An invoice as what the hub must know of it."""
    return documents.remote(row, Kind.INVOICE)
