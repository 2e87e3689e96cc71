"""Invoices: create, patch, approve, send, delete (section 6)."""

from __future__ import annotations

from typing import Any

from ledgerport_wave_sandbox import billing
from ledgerport_wave_sandbox.refusals import refused
from ledgerport_wave_sandbox.state import Books, Desk
from ledgerport_wave_sandbox.wire import stamp


def create(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoiceCreate: a DRAFT, or SAVED, which is approved at once."""
    books = desk.open(given["businessId"])
    return {"invoice": new(books, given)}


def new(books: Books, given: dict[str, Any]) -> dict[str, Any]:
    """Add an invoice. Raises Refused."""
    doc = billing.build(books, billing.INVOICE, given, None)
    doc["stage"] = given.get("status") or "DRAFT"
    doc["amountPaid"] = "0"
    doc["lastSentAt"] = doc["lastSentVia"] = doc["lastViewedAt"] = None
    billing.count(books, billing.INVOICE, doc)
    books.insert("Invoice", doc)
    books.tell("invoice.created", "invoice", doc)
    if doc["stage"] == "SAVED":
        books.tell("invoice.approved", "invoice", doc)
    return doc


def patch(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoicePatch: only what is given changes; `items` replaces all lines."""
    books, current = desk.target("Invoice", given["id"])
    doc = billing.build(books, billing.INVOICE, given, current)
    status = given.get("status")
    approved = status == "SAVED" and doc["stage"] == "DRAFT"
    if approved:
        doc["stage"] = "SAVED"
    elif status == "DRAFT" and doc["stage"] != "DRAFT":
        if next(books.held("InvoicePayment", "invoice", doc["id"]), None) is not None:
            raise refused("An invoice with payments cannot become a draft.", "status")
        doc["stage"] = "DRAFT"
    billing.count(books, billing.INVOICE, doc)
    books.update("Invoice", doc)
    if approved:
        books.tell("invoice.approved", "invoice", doc)
    return {"invoice": doc}


def approve(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoiceApprove; approving twice changes nothing, or is refused (switch `approve_twice`)."""
    books, doc = desk.target("Invoice", given["invoiceId"])
    if doc["stage"] != "DRAFT" and books.switches["approve_twice"] == "refuse":
        raise refused("Only a draft can be approved.", "invoiceId")
    if doc["stage"] == "DRAFT":
        doc["stage"] = "SAVED"
        books.update("Invoice", doc, rekey=False)
        books.tell("invoice.approved", "invoice", doc)
    return {"invoice": doc}


def send(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoiceSend: by mail, where the business may."""
    books, doc = desk.target("Invoice", given["invoiceId"])
    if not books.business.email_send_enabled:
        raise refused("Sending email is not enabled for this business.", "invoiceId")
    if not given["to"]:
        raise refused("At least one recipient is required.", "to")
    return {"invoice": _sent(books, doc, "WAVE", stamp(books.clock.now()))}


def mark_sent(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoiceMarkSent: mails nobody."""
    books, doc = desk.target("Invoice", given["invoiceId"])
    return {"invoice": _sent(books, doc, given["sendMethod"], given.get("sentAt") or stamp(books.clock.now()))}


def _sent(books: Books, doc: dict[str, Any], method: str, moment: str) -> dict[str, Any]:
    if doc["stage"] == "DRAFT":
        raise refused("A draft cannot be sent: approve it first.", "invoiceId")
    if method != "NOT_SENT":
        doc["stage"] = "SENT"
    doc["lastSentAt"], doc["lastSentVia"] = moment, method
    books.update("Invoice", doc, rekey=False)
    books.tell("invoice.sent", "invoice", doc)
    return doc


def view(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """The customer opens the link; no mutation does this."""
    books, doc = desk.target("Invoice", given["invoiceId"])
    if doc["stage"] in {"SAVED", "SENT"}:
        doc["stage"] = "VIEWED"
    doc["lastViewedAt"] = stamp(books.clock.now())
    books.update("Invoice", doc, rekey=False)
    books.tell("invoice.viewed", "invoice", doc)
    return {"invoice": doc}


def delete(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoiceDelete: gone for good; with payments, as the switch `delete_paid_invoice` has it."""
    books, doc = desk.target("Invoice", given["invoiceId"])
    payments = list(books.held("InvoicePayment", "invoice", doc["id"]))
    if payments and books.switches["delete_paid_invoice"] == "refuse":
        raise refused("An invoice with payments cannot be deleted.", "invoiceId")
    for payment in payments:
        books.remove("InvoicePayment", payment)
    books.remove("Invoice", doc)
    return {}
