"""Invoices: `Invoice` <-> a row of FreshBooks' invoice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Invoice, Kind, Push, Refused, Remote
from ledgerport_freshbooks.mapping import documents
from ledgerport_freshbooks.mapping.wire import Row, text

NUMBER = "invoice_number"
# No mail goes out; without it the invoice stays a draft and is nobody's debt (fact sheet, 6).
MARK_AS_SENT = {"action_mark_as_sent": True}


def to_wire(push: Push[Invoice]) -> Row:
    """The members to send. Refused as `documents.head` says, and for a due date before the invoice's own.

    `due_date` itself is read-only (403, errno 1038): the days until it are sent.
    """
    invoice = push.value
    row = documents.head(push, NUMBER)
    if invoice.due_on:
        days = (invoice.due_on - invoice.issued_on).days
        if days < 0:
            raise Refused("This is due before its own date; FreshBooks counts the days from it.", field="due_on")
        row["due_offset_days"] = days
    if push.remote_id is None:
        row |= MARK_AS_SENT
        if invoice.estimate_id.isdigit():
            row["estimateid"] = int(invoice.estimate_id)
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An invoice row as what the hub must know of it."""
    return documents.remote(row, Kind.INVOICE, NUMBER, "invoiceid")


def is_draft(row: Mapping[str, Any]) -> bool:
    """Whether an invoice was never marked as sent. Read from `v3_status`: `status` is a number whose meaning moved."""
    return text(row, "v3_status") in ("draft", "created")
