"""What is kept beside a document: its look-up keys and its line in the ledger."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

from ledgerport_sandbox import ledger
from ledgerport_xero_sandbox.envelopes import day_of, exact

#: Members whose equality is looked up by key instead of by reading every document.
INDEXED: dict[str, tuple[str, ...]] = {
    "Contact": ("Name", "ContactNumber", "AccountNumber", "EmailAddress"),
    "Item": ("Code", "Name"),
    "Account": ("Code", "Name"),
    "TaxRate": ("TaxType",),
    "Invoice": ("InvoiceNumber", "Reference", "Contact.ContactID"),
    "Quote": ("QuoteNumber", "Reference", "Contact.ContactID"),
    "Payment": ("Reference", "Invoice.InvoiceID", "BatchPaymentID"),
    "BatchPayment": (),
}
LEDGER_KINDS = {
    "customers": "Contact",
    "items": "Item",
    "invoices": "Invoice",
    "estimates": "Quote",
    "payments": "Payment",
}


def folded(text: str) -> str:
    """A text without case, accents and blanks around it, as filters compare [D:contacts]."""
    text = text.strip()
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def keys(kind: str, doc: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, folded value) pairs of a document."""
    found = []
    for name in INDEXED[kind]:
        head, _, tail = name.partition(".")
        value = doc.get(head)
        if tail and value is not None:
            value = value.get(tail)
        if value:
            found.append((f"{kind}.{name}", folded(value)))
    return found


def row(kind: str, doc: dict[str, Any]) -> dict[str, Any] | None:
    """The ledger line of a document, None for what the ledger does not list: other kinds, and deleted documents.

    A voided invoice keeps its Total over there but is worth nothing, so its line says zero.
    """
    if kind == "Contact":
        return ledger.customer_row(
            id=doc["ContactID"],
            name=doc["Name"],
            email=doc.get("EmailAddress") or None,
            active=doc["ContactStatus"] == "ACTIVE",
        )
    if kind == "Item":
        return ledger.item_row(
            id=doc["ItemID"],
            name=doc.get("Name") or doc["Code"],
            sku=doc["Code"],
            type="Inventory" if doc["IsTrackedAsInventory"] else "NonInventory",
            price=_price(doc["SalesDetails"]),
            cost=_price(doc["PurchaseDetails"]),
            active=True,
        )
    if kind not in {"Invoice", "Quote", "Payment"} or doc["Status"] == "DELETED":
        return None
    if kind == "Quote":
        return ledger.estimate_row(
            id=doc["QuoteID"],
            number=doc["QuoteNumber"],
            customer_id=doc["Contact"]["ContactID"],
            total=exact(doc["Total"]),
        )
    if kind == "Invoice":
        void = doc["Status"] == "VOIDED"
        zero = Decimal(0)
        return ledger.invoice_row(
            id=doc["InvoiceID"],
            number=doc["InvoiceNumber"],
            customer_id=doc["Contact"]["ContactID"],
            date=doc["DateString"][:10],
            total=zero if void else exact(doc["Total"]),
            tax=zero if void else exact(doc["TotalTax"]),
            balance=exact(doc["AmountDue"]),
            void=void,
        )
    return ledger.payment_row(
        id=doc["PaymentID"],
        customer_id=doc["_contact"],
        amount=exact(doc["Amount"]),
        reference=doc.get("Reference") or None,
        date=day_of(doc["Date"]),
        void=False,
        applied=[(doc["Invoice"]["InvoiceID"], exact(doc["Amount"]))],
    )


def _price(details: dict[str, Any]) -> Decimal | None:
    return None if "UnitPrice" not in details else exact(details["UnitPrice"])
