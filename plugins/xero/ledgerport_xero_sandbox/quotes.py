"""Quotes (section 3.6), the estimates of other providers."""

from __future__ import annotations

from typing import Any

from ledgerport_xero_sandbox import documents
from ledgerport_xero_sandbox.envelopes import new_id
from ledgerport_xero_sandbox.lines import read_lines
from ledgerport_xero_sandbox.refusals import Refused, missing_document, too_long
from ledgerport_xero_sandbox.state import Books

_LIMITS = {"Title": 100, "Summary": 3000, "Terms": 4000, "Reference": 4000}
_NEXT = {
    "DRAFT": frozenset({"DRAFT", "SENT", "DELETED"}),
    "SENT": frozenset({"SENT", "ACCEPTED", "DECLINED", "DRAFT", "DELETED"}),
    "ACCEPTED": frozenset({"ACCEPTED", "INVOICED", "DRAFT", "SENT", "DELETED"}),
    "DECLINED": frozenset({"DECLINED", "DRAFT", "SENT", "DELETED"}),
    "INVOICED": frozenset({"INVOICED"}),
    "DELETED": frozenset(),
}
_ORDER = (
    *("QuoteID", "QuoteNumber", "Reference", "Terms", "Contact", "LineItems", "Date", "DateString", "ExpiryDate"),
    *("ExpiryDateString", "Status", "CurrencyRate", "CurrencyCode", "SubTotal", "TotalTax", "Total", "TotalDiscount"),
    *("Title", "Summary", "BrandingThemeID", "UpdatedDateUTC", "LineAmountTypes"),
)


def save(books: Books, sent: dict[str, Any], method: str) -> tuple[dict[str, Any], list[str]]:
    """PUT creates, POST creates or updates (by QuoteID, else QuoteNumber). Raises Refused."""
    current = books.get("Quote", sent["QuoteID"]) if "QuoteID" in sent else None
    if "QuoteID" in sent and current is None:
        raise missing_document("Quote")
    wanted = sent.get("QuoteNumber", "").strip()
    if method == "POST" and current is None and wanted:
        found = documents.owner(books, "Quote", wanted)
        current = books.get("Quote", found["QuoteID"]) if found else None
    if method == "PUT" and current is not None:
        raise Refused("Quote # must be unique.")
    status = _status(books, sent, current)
    if current is not None and status == "DELETED":
        return books.update("Quote", {**current, "Status": status}), []
    if current is not None and books.switches["quote_update_needs_all"] and not {"Contact", "Date"} <= sent.keys():
        raise Refused("Contact and Date must be specified to update a quote")  # UNSURE: rule and wording
    doc, warnings = _built(books, sent, current, status)
    return (books.insert("Quote", doc) if current is None else books.update("Quote", doc)), warnings


def _status(books: Books, sent: dict[str, Any], current: dict[str, Any] | None) -> str:
    status = str(sent.get("Status") or (current or {}).get("Status", "DRAFT"))
    if current is None and status in {"DELETED", "INVOICED"}:
        raise Refused("Quote not of valid status for creation")  # UNSURE: wording
    if (
        current is not None
        and books.switches["quote_transitions"] == "documented"
        and status not in _NEXT[current["Status"]]
    ):
        raise Refused("Quote not of valid status for modification")  # UNSURE: wording
    return status


def _built(
    books: Books, sent: dict[str, Any], current: dict[str, Any] | None, status: str
) -> tuple[dict[str, Any], list[str]]:
    old = current or {}
    for name, top in _LIMITS.items():
        if len(sent.get(name, "")) > top:
            raise too_long(name, top)
    kind = sent.get("LineAmountTypes") or old.get("LineAmountTypes", "EXCLUSIVE")
    wished = (
        sent["LineItems"]
        if "LineItems" in sent
        else [{"LineItemID": one["LineItemID"]} for one in old.get("LineItems", ())]
    )
    if not wished:
        raise Refused("One or more line items must be specified")
    totals = read_lines(books, wished, old.get("LineItems", []), kind, approved=False)
    expiry = sent.get("ExpiryDate") or old.get("ExpiryDateString", "")[:10]
    doc = {
        "QuoteID": new_id(),
        "Terms": "",
        "CurrencyRate": 1.0,
        "UpdatedDateUTC": "",
        **{name: value for name, value in old.items() if name != "TotalDiscount"},
        **{name: sent[name] for name in (*_LIMITS, "BrandingThemeID") if name in sent},
        "QuoteNumber": documents.number(books, "Quote", sent, current, "QU-"),
        "Contact": {"ContactID": documents.contact_id(books, sent, current)},
        **documents.dated("Date", sent.get("Date") or old.get("DateString", "")[:10] or books.today),
        **documents.dated("ExpiryDate", expiry),
        "Status": status,
        "LineAmountTypes": kind,
        "CurrencyCode": documents.currency(books, sent, current),
        "LineItems": totals.shown,
        **totals.members(kind),
    }
    return {name: doc[name] for name in _ORDER if name in doc}, totals.warnings


def show(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """A quote; its contact has id, name and address only."""
    contact = books.peek("Contact", doc["Contact"]["ContactID"]) or {}
    names = ("ContactID", "Name", "EmailAddress", "FirstName", "LastName")
    return documents.show(books, doc, {name: contact[name] for name in names if name in contact}, full=True)
