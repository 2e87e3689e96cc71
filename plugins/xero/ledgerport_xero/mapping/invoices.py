"""Invoices: `Invoice` <-> a row of Xero's Invoices (ACCREC). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Invoice, Kind, Push, Remote
from ledgerport_xero.books import Books
from ledgerport_xero.mapping import documents
from ledgerport_xero.mapping.wire import Row, text

_UNIT = Decimal("0.0001")
_NUMBER = "InvoiceNumber"


def to_wire(push: Push[Invoice], books: Books) -> Row:
    """The row to send, without its id. Refused as `documents.lines` and `documents.head` say.

    It is approved at once: a draft would take no payment. An update leaves the status as it is. The memo is a line of
    text, because an invoice has no other place for words to the customer.
    """
    invoice = push.value
    row: Row = {
        "Type": "ACCREC",
        **documents.head(push, _NUMBER),
        # An approved invoice must have one.
        "DueDate": (invoice.due_on or invoice.issued_on).isoformat(),
        "LineAmountTypes": "Exclusive" if invoice.tax else "NoTax",
        "LineItems": documents.lines(push, books, unit=_UNIT),
    }
    if push.remote_id is None:
        row["Status"] = "AUTHORISED"
    if invoice.memo:
        row["LineItems"].append(documents.remark(invoice.memo))
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An Invoices row as what the hub must know of it. Bills, which share the list, have a kind of their own."""
    kind = Kind.INVOICE if text(row, "Type").upper() in ("ACCREC", "") else "bill"
    return documents.remote(row, kind, "InvoiceID", _NUMBER)
