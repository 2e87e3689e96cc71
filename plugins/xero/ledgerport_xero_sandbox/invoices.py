"""Sales invoices (section 3.3): the status machine, numbers, locks, what may still change once money has come in."""

from __future__ import annotations

from typing import Any

from ledgerport_xero_sandbox import contacts, documents, locks
from ledgerport_xero_sandbox.envelopes import cents, exact, new_id, number
from ledgerport_xero_sandbox.lines import Totals, read_lines
from ledgerport_xero_sandbox.refusals import Refused, missing_document, too_long
from ledgerport_xero_sandbox.state import Books

_CREATE = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
_NEXT = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
    "PAID": frozenset({"AUTHORISED", "PAID", "VOIDED"}),
}
_APPROVED = frozenset({"AUTHORISED", "PAID"})
_FROZEN_LINE = ("ItemCode", "Quantity", "UnitAmount", "DiscountRate", "DiscountAmount", "TaxType", "TaxAmount")
_MODIFICATION = "Invoice not of valid status for modification"


def save(books: Books, sent: dict[str, Any], method: str) -> tuple[dict[str, Any], list[str]]:
    """PUT creates, POST creates or updates (by InvoiceID, else InvoiceNumber). Raises Refused; otherwise the invoice
    and its warnings.
    """
    current = books.get("Invoice", sent["InvoiceID"]) if "InvoiceID" in sent else None
    if "InvoiceID" in sent and current is None:
        raise missing_document("Invoice")
    wanted = sent.get("InvoiceNumber", "").strip()
    if method == "POST" and current is None and wanted:
        found = documents.owner(books, "Invoice", wanted)
        current = books.get("Invoice", found["InvoiceID"]) if found else None
    if method == "PUT" and current is not None:
        raise Refused("Invoice # must be unique.")
    return create(books, sent) if current is None else change(books, current, sent)


def create(books: Books, sent: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A new invoice. Raises Refused."""
    if "Type" not in sent:
        raise Refused("Invoice Type must be specified")  # UNSURE: wording
    if sent["Type"] != "ACCREC":
        raise Refused("This sandbox keeps sales invoices (ACCREC) only")
    status = sent.get("Status", "DRAFT")
    if status not in _CREATE:
        raise Refused("Invoice not of valid status for creation")
    doc, warnings = _built(books, sent, None, status)
    doc["InvoiceID"] = new_id()
    kept = books.insert("Invoice", _ordered(settle(books, doc)))
    contacts.mark_customer(books, doc["Contact"]["ContactID"])
    return kept, warnings


def change(books: Books, current: dict[str, Any], sent: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """An update, a change of status, or both. Raises Refused."""
    was = current["Status"]
    status = sent.get("Status", was)
    paid = bool(current["Payments"])
    if was not in _NEXT or status not in _NEXT[was]:
        raise Refused(_MODIFICATION)
    locks.check(books, current["DateString"][:10])
    if status == "VOIDED" and paid:
        raise Refused(
            "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to "
            "it."
        )
    if status in {"VOIDED", "DELETED"}:
        return books.update("Invoice", {**current, "Status": status, "AmountDue": 0.0}), []
    doc, warnings = _built(books, sent, current, status)
    if paid:
        _still_allowed(current, doc, sent)
    doc["InvoiceID"] = current["InvoiceID"]
    return books.update("Invoice", _ordered(settle(books, doc))), warnings


def _built(
    books: Books, sent: dict[str, Any], current: dict[str, Any] | None, status: str
) -> tuple[dict[str, Any], list[str]]:
    old = current or {}
    for name, top in (("Reference", 255), ("Url", 2048)):
        if len(sent.get(name, "")) > top:
            raise too_long(name, top)
    approved = status in _APPROVED
    contact = documents.contact_id(books, sent, current)
    issued = sent.get("Date") or old.get("DateString", "")[:10] or books.today
    due = sent.get("DueDate") or old.get("DueDateString", "")[:10]
    if approved and not due:
        if books.switches["due_date_required"]:
            raise Refused("A due date must be specified to approve an invoice")  # UNSURE: wording
        due = issued
    locks.check(books, issued)
    kind = sent.get("LineAmountTypes") or old.get("LineAmountTypes", "Exclusive")
    wished = (
        sent["LineItems"]
        if "LineItems" in sent
        else [{"LineItemID": one["LineItemID"]} for one in old.get("LineItems", ())]
    )
    if not wished and (approved or current is None):
        raise Refused("One or more line items must be specified")
    totals = read_lines(books, wished, old.get("LineItems", []), kind.upper(), approved=approved)
    doc = {
        **old,
        "Type": "ACCREC",
        "InvoiceNumber": documents.number(books, "Invoice", sent, current, "INV-"),
        "Reference": sent.get("Reference", old.get("Reference", "")),
        "Payments": old.get("Payments", []),
        "SentToContact": old.get("SentToContact", False),
        "Contact": {"ContactID": contact},
        **documents.dated("Date", issued),
        **documents.dated("DueDate", due),
        **documents.dated("ExpectedPaymentDate", sent.get("ExpectedPaymentDate")),
        "Status": status,
        "LineAmountTypes": kind,
        "CurrencyCode": documents.currency(books, sent, current),
    }
    doc.update({name: sent[name] for name in ("BrandingThemeID", "Url") if name in sent})
    _sum_up(doc, totals, kind)
    return doc, [*totals.warnings, *_sent_to_contact(doc, sent, approved=approved)]


def _sum_up(doc: dict[str, Any], totals: Totals, kind: str) -> None:
    doc["LineItems"] = totals.shown
    doc.pop("TotalDiscount", None)
    doc.update(totals.members(kind.upper()))
    doc["IsDiscounted"] = totals.discount != 0
    if doc["Total"] < 0:
        raise Refused("The invoice total must not be negative")  # UNSURE: wording


def _sent_to_contact(doc: dict[str, Any], sent: dict[str, Any], *, approved: bool) -> list[str]:
    if "SentToContact" not in sent:
        return []
    if not approved and sent["SentToContact"]:
        return ["Only AUTHORISED invoices may have SentToContact updated."]
    doc["SentToContact"] = sent["SentToContact"]
    return []


def _still_allowed(current: dict[str, Any], doc: dict[str, Any], sent: dict[str, Any]) -> None:
    """Part or fully paid: Reference, DueDate, InvoiceNumber, BrandingThemeID, Contact, Url and per line Description,
    AccountCode, Tracking. Raises Refused for anything else.
    """
    same = all(current[name] == doc[name] for name in ("Date", "LineAmountTypes", "CurrencyCode", "Total"))
    before = {line["LineItemID"]: [line.get(name) for name in _FROZEN_LINE] for line in current["LineItems"]}
    after = {line["LineItemID"]: [line.get(name) for name in _FROZEN_LINE] for line in doc["LineItems"]}
    if not same or before != after:
        raise Refused("This document cannot be edited as it has a payment or credit note allocated to it.")


def settle(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """AmountPaid and AmountDue from the payments; PAID when nothing is due, AUTHORISED when something is again."""
    paid = sum((exact(payment["Amount"]) for payment in doc["Payments"]), cents(exact(0)))
    due = exact(doc["Total"]) - paid
    doc["AmountPaid"], doc["AmountDue"] = number(paid), number(due)
    if doc["Status"] in _APPROVED:
        free = due == 0 and (doc["Payments"] or books.switches["zero_total_is_paid"])
        doc["Status"] = "PAID" if free else "AUTHORISED"
    if doc["Status"] == "PAID":
        last = max((payment["Date"] for payment in doc["Payments"]), default=doc["Date"])
        doc["FullyPaidOnDate"] = last
    else:
        doc.pop("FullyPaidOnDate", None)
    return doc


_ORDER = (
    *("Type", "InvoiceID", "InvoiceNumber", "Reference", "Payments", "CreditNotes", "Prepayments", "Overpayments"),
    *("AmountDue", "AmountPaid", "AmountCredited", "SentToContact", "CurrencyRate", "IsDiscounted", "HasAttachments"),
    *("HasErrors", "Contact", "DateString", "Date", "DueDateString", "DueDate", "ExpectedPaymentDateString"),
    *(
        "ExpectedPaymentDate",
        "BrandingThemeID",
        "Url",
        "Status",
        "LineAmountTypes",
        "LineItems",
        "SubTotal",
        "TotalTax",
    ),
    *("Total", "TotalDiscount", "UpdatedDateUTC", "CurrencyCode", "FullyPaidOnDate"),
)
_FIXED: dict[str, Any] = {
    "CreditNotes": [],
    "Prepayments": [],
    "Overpayments": [],
    "AmountCredited": 0.0,
    "CurrencyRate": 1.0,
    "HasAttachments": False,
    "HasErrors": False,
    "UpdatedDateUTC": "",
}


def _ordered(doc: dict[str, Any]) -> dict[str, Any]:
    whole = {**_FIXED, **doc}
    return {name: whole[name] for name in _ORDER if name in whole}


def pay(books: Books, invoice_id: str, payment: dict[str, Any] | None, *, remove: str = "") -> dict[str, Any]:
    """Add a payment's line to its invoice, or remove one by its id; the changed invoice."""
    doc = books.get("Invoice", invoice_id)
    assert doc is not None
    doc["Payments"] = [one for one in doc["Payments"] if one["PaymentID"] != remove]
    if payment is not None:
        doc["Payments"].append(payment)
    told = bool(books.switches["payment_raises_invoice_event"])
    return books.update("Invoice", _ordered(settle(books, doc)), rekey=False, tell=told)


def payment_line(payment: dict[str, Any]) -> dict[str, Any]:
    """A payment as its invoice lists it [R:xero-python/get-invoices-page1.json]."""
    members = ("PaymentID", "Date", "Amount", "Reference")
    head: dict[str, Any] = {name: payment[name] for name in members if name in payment}
    return {**head, "CurrencyRate": 1.0, "HasAccount": False, "HasValidationErrors": False}


def show(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """An invoice by its id, or as a write answers it: the whole contact."""
    contact = books.peek("Contact", doc["Contact"]["ContactID"])
    assert contact is not None
    return documents.show(books, doc, contacts.show(books, contact), full=True)


def show_paged(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """An invoice on a page: all of it, the contact in short."""
    return documents.show(books, doc, contacts.embedded(books, doc["Contact"]["ContactID"]), full=True)


def show_light(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """An invoice without page, or with summaryOnly: no lines, contact by id and name."""
    contact = contacts.embedded(books, doc["Contact"]["ContactID"])
    return documents.show(books, doc, contact, full=False)
