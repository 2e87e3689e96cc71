"""Customers (section 4)."""

from __future__ import annotations

import re
from typing import Any

from ledgerport_wave_sandbox.refusals import refused
from ledgerport_wave_sandbox.state import Books, Desk

_TEXTS = (
    *("firstName", "lastName", "displayId", "email", "phone", "mobile", "fax", "tollFree", "website"),
    *("internalNotes", "address", "shippingDetails"),
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """customerCreate."""
    books = desk.open(given["businessId"])
    doc: dict[str, Any] = {name: given.get(name) for name in _TEXTS}
    doc["currencyCode"] = given.get("currency") or books.business.currency
    doc["isArchived"] = False
    doc["name"] = _name(books, given["name"], None)
    _mail(doc)
    return {"customer": books.insert("Customer", doc)}


def patch(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """customerPatch: null unsets, what is left out stays."""
    books, doc = desk.target("Customer", given["id"])
    doc.update({name: given[name] for name in _TEXTS if name in given})
    if "name" in given:
        doc["name"] = _name(books, given["name"], doc["id"])
    if given.get("currency") and given["currency"] != doc["currencyCode"]:
        billed = next(books.held("Invoice", "customer", doc["id"]), None) is not None
        if billed and books.switches["customer_currency_with_invoices"] == "refuse":
            raise refused("The currency of a customer with invoices cannot be changed.", "currency")
        doc["currencyCode"] = given["currency"]
    _mail(doc)
    return {"customer": books.update("Customer", doc)}


def delete(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """customerDelete: archived, or out of sight (switch `deleted_customer`); documents still name it."""
    books, doc = desk.target("Customer", given["id"])
    doc["isArchived"] = True
    if books.switches["deleted_customer"] == "gone":
        doc["gone"] = True
    books.update("Customer", doc)
    return {}


def _name(books: Books, name: str | None, own: str | None) -> str:
    if name is None or not name.strip():
        raise refused("This field may not be blank.", "name")
    if books.switches["duplicate_customer"] == "refuse":
        for held in books.held("Customer", "customer name", name):
            if held["id"] != own and not held["isArchived"]:
                raise refused("A customer with this name already exists.", "name", code="DUPLICATE")
    return name


def _mail(doc: dict[str, Any]) -> None:
    mail = doc.get("email")
    if mail and not _MAIL.fullmatch(mail):
        raise refused("Enter a valid email address.", "email")
