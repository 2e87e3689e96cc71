"""What is kept beside a document: its look-up keys, its place in lists, its line in the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_sandbox import ledger

#: Properties whose equality is looked up by key instead of by reading every document.
INDEXED: dict[str, frozenset[str]] = {
    "Customer": frozenset({"DisplayName", "PrimaryEmailAddr"}),
    "Vendor": frozenset({"DisplayName", "PrimaryEmailAddr"}),
    "Employee": frozenset({"DisplayName", "PrimaryEmailAddr"}),
    "Item": frozenset({"Name", "Sku"}),
    "Account": frozenset({"Name"}),
    "PaymentMethod": frozenset({"Name"}),
    "Invoice": frozenset({"DocNumber", "CustomerRef"}),
    "Estimate": frozenset({"DocNumber", "CustomerRef"}),
    "Payment": frozenset({"PaymentRefNum", "CustomerRef"}),
}
LEDGER_KINDS = {
    "customers": "Customer",
    "items": "Item",
    "invoices": "Invoice",
    "estimates": "Estimate",
    "payments": "Payment",
}


def keys(kind: str, doc: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, lower-case value) pairs of a document."""
    found = []
    for name in INDEXED.get(kind, ()):
        value = flat(doc, name)
        if isinstance(value, str):
            found.append((f"{kind}.{name}", value.lower()))
    if "DisplayName" in doc:
        found.append(("Names", doc["DisplayName"].lower()))
    return found


def flat(doc: dict[str, Any], name: str) -> Any:
    """The value a query compares: the address of an e-mail, the id of a reference, a dotted path's end; None when
    absent.
    """
    value: Any = doc
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return next((value[inner] for inner in ("value", "Address", "FreeFormNumber") if inner in value), None)
    return value


def sort(kind: str, doc: dict[str, Any]) -> str:
    """Name lists come in the order of their names [REC ledgerloop]; transactions as they were made."""
    return str(doc.get("DisplayName") or doc.get("FullyQualifiedName") or doc.get("Name") or "").lower()


def row(kind: str, doc: dict[str, Any]) -> dict[str, Any] | None:
    """The ledger line of a document, None for kinds that the ledger does not list."""
    if kind == "Customer":
        mail = flat(doc, "PrimaryEmailAddr")
        return ledger.customer_row(id=doc["Id"], name=doc["DisplayName"], email=mail, active=doc["Active"])
    if kind == "Item":
        return ledger.item_row(
            id=doc["Id"],
            name=doc["Name"],
            sku=doc.get("Sku"),
            type=doc["Type"],
            price=_money(doc, "UnitPrice"),
            cost=_money(doc, "PurchaseCost"),
            active=doc["Active"],
        )
    if kind == "Estimate":
        return ledger.estimate_row(
            id=doc["Id"],
            number=doc.get("DocNumber"),
            customer_id=doc["CustomerRef"]["value"],
            total=_sum(doc, "TotalAmt"),
        )
    if kind == "Invoice":
        return ledger.invoice_row(
            id=doc["Id"],
            number=doc.get("DocNumber"),
            customer_id=doc["CustomerRef"]["value"],
            date=doc["TxnDate"],
            total=_sum(doc, "TotalAmt"),
            tax=_sum(doc["TxnTaxDetail"], "TotalTax"),
            balance=_sum(doc, "Balance"),
            void=bool(doc.get("_void")),
        )
    if kind == "Payment":
        links = [(line["LinkedTxn"][0]["TxnId"], _sum(line, "Amount")) for line in doc["Line"]]
        return ledger.payment_row(
            id=doc["Id"],
            customer_id=doc["CustomerRef"]["value"],
            amount=_sum(doc, "TotalAmt"),
            reference=doc.get("PaymentRefNum"),
            date=doc["TxnDate"],
            void=bool(doc.get("_void")),
            applied=links,
        )
    return None


def _sum(doc: dict[str, Any], name: str) -> Decimal:
    return Decimal(str(doc.get(name, 0)))


def _money(doc: dict[str, Any], name: str) -> Decimal | None:
    return None if name not in doc else Decimal(str(doc[name]))
