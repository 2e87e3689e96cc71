"""What is kept beside a document: its look-up keys and its line in the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_sandbox import ledger

LEDGER_KINDS = {
    "customers": "Customer",
    "items": "Product",
    "invoices": "Invoice",
    "estimates": "Estimate",
    "payments": "InvoicePayment",
}
#: kind -> {member of the document: key}.
_KEYS = {
    "Customer": {"email": "email", "name": "customer name"},
    "Product": {"name": "product name"},
    "SalesTax": {"abbreviation": "abbreviation"},
    "Invoice": {"invoiceNumber": "invoice number", "customerId": "customer"},
    "Estimate": {"estimateNumber": "estimate number", "customerId": "customer"},
    "InvoicePayment": {"invoiceId": "invoice"},
    "Transaction": {"externalId": "external id"},
}
_OF_IDS = frozenset({"customer", "invoice"})


def keys(kind: str, doc: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, value) pairs of a document."""
    wanted = _KEYS.get(kind, {}).items()
    return [(key, looked_up(key, doc[member])) for member, key in wanted if doc.get(member) is not None]


def looked_up(key: str, value: str) -> str:
    """A value as it stands under a key: texts without case, ids as they are (base64 tells cases apart)."""
    return value if key in _OF_IDS else value.lower()


def row(kind: str, doc: dict[str, Any]) -> dict[str, Any] | None:
    """The ledger line of a document, None for kinds that the ledger does not list."""
    if kind == "Customer":
        active = not doc["isArchived"]
        return ledger.customer_row(id=doc["id"], name=doc["name"], email=doc.get("email"), active=active)
    if kind == "Product":
        # Wave tells neither goods from services nor what a thing costs (section 5).
        return ledger.item_row(
            id=doc["id"],
            name=doc["name"],
            sku=None,
            type="Product",
            price=Decimal(doc["unitPrice"]),
            cost=None,
            active=not doc["isArchived"],
        )
    if kind == "Invoice":
        total, paid = Decimal(doc["total"]), Decimal(doc["amountPaid"])
        return ledger.invoice_row(
            id=doc["id"],
            number=doc["invoiceNumber"],
            customer_id=doc["customerId"],
            date=doc["invoiceDate"],
            total=total,
            tax=Decimal(doc["taxTotal"]),
            balance=total - paid,
            void=False,
        )
    if kind == "Estimate":
        return ledger.estimate_row(
            id=doc["id"], number=doc["estimateNumber"], customer_id=doc["customerId"], total=Decimal(doc["total"])
        )
    if kind == "InvoicePayment":
        amount = Decimal(doc["amount"])
        return ledger.payment_row(
            id=doc["id"],
            customer_id=doc["customerId"],
            amount=amount,
            reference=doc.get("memo"),
            date=doc["paymentDate"],
            void=False,
            applied=[(doc["invoiceId"], amount)],
        )
    return None
