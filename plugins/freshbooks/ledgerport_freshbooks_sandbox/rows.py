"""What is kept beside a document: its look-up keys and its line in the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox.rules import cents
from ledgerport_sandbox import ledger

LEDGER_KINDS = {
    "customers": "Customer",
    "items": "Item",
    "invoices": "Invoice",
    "estimates": "Estimate",
    "payments": "Payment",
}


def keys(kind: str, doc: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, value) pairs by which a document is found without reading the others."""
    if kind == "Customer":
        return [("Customer.email", (doc["email"] or "").lower()), ("Customer.username", doc["username"])]
    if kind == "Tax":
        return [("Tax.name", (doc["name"] or "").lower())]
    if kind in {"Invoice", "Estimate"}:
        return [(f"{kind}.number", doc["number"]), (f"{kind}.customer", str(doc["customerid"]))]
    if kind == "Payment":
        return [("Payment.invoice", str(doc["invoiceid"])), ("Payment.customer", str(doc["clientid"]))]
    return []


def name_of(client: dict[str, Any]) -> str:
    """The organization, else the person, else the e-mail."""
    person = f"{client['fname'] or ''} {client['lname'] or ''}".strip()
    return client["organization"] or person or client["email"] or ""


def row(kind: str, doc: dict[str, Any]) -> dict[str, Any] | None:
    """The ledger line of a document, None for kinds that the ledger does not list."""
    id = str(doc["id"])
    if kind == "Customer":
        return ledger.customer_row(id=id, name=name_of(doc), email=doc["email"] or None, active=doc["vis_state"] == 0)
    if kind == "Item":
        price = cents(Decimal(doc["unit_cost"]["amount"]))
        active = doc["vis_state"] == 0
        return ledger.item_row(
            id=id, name=doc["name"], sku=doc["sku"], type="Item", price=price, cost=None, active=active
        )
    if kind == "Estimate":
        return ledger.estimate_row(
            id=id, number=doc["number"], customer_id=str(doc["customerid"]), total=Decimal(doc["_total"])
        )
    if kind == "Invoice":
        total = Decimal(doc["_total"])
        return ledger.invoice_row(
            id=id,
            number=doc["number"],
            customer_id=str(doc["customerid"]),
            date=doc["create_date"],
            total=total,
            tax=Decimal(doc["_tax"]),
            balance=total - Decimal(doc["_paid"]),
            void=False,
        )
    if kind == "Payment":
        applied = Decimal(doc["_applied"])
        return ledger.payment_row(
            id=id,
            customer_id=str(doc["clientid"]),
            amount=Decimal(doc["amount"]["amount"]),
            reference=doc["note"],
            date=doc["date"],
            void=False,
            applied=[(str(doc["invoiceid"]), applied)] if applied else [],
        )
    return None
