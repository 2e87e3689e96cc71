"""Estimates (section 8): they move no money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_wave_sandbox import billing, invoices
from ledgerport_wave_sandbox.refusals import refused
from ledgerport_wave_sandbox.state import Books, Desk
from ledgerport_wave_sandbox.wire import stamp


def create(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimateCreate: always a draft."""
    books = desk.open(given["businessId"])
    doc = billing.build(books, billing.ESTIMATE, given, None)
    doc["stage"] = "DRAFT"
    doc["amountPaid"] = "0"
    doc["lastSentAt"] = doc["lastSentVia"] = doc["lastViewedAt"] = None
    billing.count(books, billing.ESTIMATE, doc)
    books.insert("Estimate", doc)
    books.tell("estimate.created", "estimate", doc)
    return {"estimate": doc}


def patch(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimatePatch: `status` is taken as it comes, but for what only other mutations do (UNSURE)."""
    books, current = desk.target("Estimate", given["id"])
    doc = billing.build(books, billing.ESTIMATE, given, current)
    if given["status"] in {"CONVERTED", "DELETED"} and given["status"] != doc["stage"]:
        raise refused("This status cannot be set.", "status")
    # EXPIRED is what the date makes of a status, so it comes back from a client that has read it.
    doc["stage"] = doc["stage"] if given["status"] == "EXPIRED" else given["status"]
    billing.count(books, billing.ESTIMATE, doc)
    return {"estimate": books.update("Estimate", doc)}


def approve(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimateApprove."""
    books, doc = desk.target("Estimate", given["estimateId"])
    return _moved(books, doc, "APPROVED" if doc["stage"] == "DRAFT" else doc["stage"], "approved")


def send(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimateSend: by mail, where the business may."""
    books, doc = desk.target("Estimate", given["estimateId"])
    if not books.business.email_send_enabled:
        raise refused("Sending email is not enabled for this business.", "estimateId")
    if not given["to"]:
        raise refused("At least one recipient is required.", "to")
    return _sent(books, doc, "WAVE", stamp(books.clock.now()))


def mark_sent(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimateMarkSent: mails nobody."""
    books, doc = desk.target("Estimate", given["estimateId"])
    return _sent(books, doc, given["sendMethod"], given.get("sentAt") or stamp(books.clock.now()))


def mark_accepted(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimateMarkAccepted."""
    books, doc = desk.target("Estimate", given["estimateId"])
    _no_draft(doc)
    return _moved(books, doc, "ACCEPTED", "accepted")


def reset_acceptance(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimateResetAcceptance: back to what it was before."""
    books, doc = desk.target("Estimate", given["estimateId"])
    return _moved(books, doc, "SENT" if doc["lastSentAt"] else "APPROVED", "")


def delete(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """estimateDelete: gone."""
    books, doc = desk.target("Estimate", given["estimateId"])
    books.remove("Estimate", doc)
    return {}


def convert(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """convertEstimateToInvoice: a draft of the same lines under a number of its own."""
    books, doc = desk.target("Estimate", given["estimateId"])
    _no_draft(doc)
    items = [
        {
            "productId": line["productId"],
            "description": line["description"],
            "quantity": Decimal(line["quantity"]),
            "unitPrice": Decimal(line["unitPrice"]),
            "taxes": [{"salesTaxId": id} for id in line["taxIds"]],
        }
        for line in doc["items"]
    ]
    wish = {"customerId": doc["customerId"], "currency": doc["currencyCode"], "items": items}
    if doc["discount"]:
        kept = doc["discount"]
        numbers = {name: Decimal(kept[name]) for name in ("amount", "percentage") if name in kept}
        wish["discounts"] = [{**kept, **numbers}]
    invoice = invoices.new(books, {**wish, "memo": doc["memo"], "footer": doc["footer"]})
    _moved(books, doc, "CONVERTED", "")
    return {"invoiceId": invoice["id"]}


def _no_draft(doc: dict[str, Any]) -> None:
    if doc["stage"] == "DRAFT":
        raise refused("The estimate is a draft: approve it first.", "estimateId")


def _sent(books: Books, doc: dict[str, Any], method: str, moment: str) -> dict[str, Any]:
    _no_draft(doc)
    doc["lastSentAt"], doc["lastSentVia"] = moment, method
    return _moved(books, doc, "SENT", "sent")


def _moved(books: Books, doc: dict[str, Any], stage: str, event: str) -> dict[str, Any]:
    if doc["stage"] != stage or event == "sent":
        doc["stage"] = stage
        books.update("Estimate", doc, rekey=False)
        if event:
            books.tell(f"estimate.{event}", "estimate", doc)
    return {"estimate": doc}
