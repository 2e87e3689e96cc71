"""Records as the host app sends them, and values as the hub hands them to a plugin, with amounts easy to recognise."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerport.contract import (
    Customer,
    Estimate,
    Invoice,
    InvoiceLine,
    Item,
    ItemType,
    Payment,
    PaymentMethod,
    Push,
    PushMapping,
    Reference,
    Value,
)

Record = dict[str, Any]
DAY = date(2026, 9, 30)
PRICE = Decimal("21.62")


def customer(number: int, **more: Any) -> Record:
    """A customer with a name and an e-mail of its own."""
    told = {"ref": f"C{number}", "name": f"Customer {number}", "email": f"customer{number}@example.com"}
    return {"kind": "customer", **told, **more}


def item(number: int, **more: Any) -> Record:
    """A service for `number`.25."""
    told = {"ref": f"I{number}", "name": f"Item {number}", "type": "service", "price": f"{number}.25"}
    return {"kind": "item", **told, **more}


def line(number: int, quantity: int | str = 1, price: str = "") -> Record:
    """A line of the item with this number."""
    return {"item": f"I{number}", "quantity": str(quantity), "unit_price": price or f"{number}.25"}


def invoice(number: int, *, customer: int = 1, lines: list[Record] | None = None, **more: Any) -> Record:
    """An invoice with the number 1000 + `number`; one line of item 1 unless `lines` are given."""
    return {"kind": "invoice", "ref": f"INV{number}", **_document(number, customer, lines), **more}


def estimate(number: int, *, customer: int = 1, lines: list[Record] | None = None, **more: Any) -> Record:
    """An estimate with the number 1000 + `number`."""
    return {"kind": "estimate", "ref": f"EST{number}", **_document(number, customer, lines), **more}


def payment(number: int, *, parts: dict[int, str], customer: int = 1, **more: Any) -> Record:
    """A payment by check; `parts`: invoice number -> amount."""
    told = {"kind": "payment", "ref": f"P{number}", "customer": f"C{customer}", "paid_on": DAY.isoformat()}
    allocations = [{"invoice": f"INV{each}", "amount": amount} for each, amount in parts.items()]
    amount = str(sum(map(Decimal, parts.values())))
    return {**told, "amount": amount, "method": "check", "allocations": allocations, **more}


def push(value: Value, mapping: PushMapping | None = None, **known: Any) -> Push[Any]:
    """A value on its way to a plugin, with an operation and a marker of its own."""
    marker = f"LP-{uuid.uuid4().hex[:16]}"
    return Push(value=value, operation_id=str(uuid.uuid4()), marker=marker, mapping=mapping or PushMapping(), **known)


def customer_value(number: int, **more: Any) -> Customer:
    told = {"ref": f"C{number}", "name": f"Customer {number}", "email": f"customer{number}@example.com"}
    return Customer(**{**told, **more})


def item_value(number: int, **more: Any) -> Item:
    """It has a code, for the providers that want one."""
    told = {"ref": f"I{number}", "name": f"Item {number}", "type": ItemType.SERVICE, "price": PRICE}
    return Item(**{**told, "code": f"CODE-{number}", **more})


def line_value(its: Reference, number: int, **more: Any) -> InvoiceLine:
    """Two of an item at 21.62."""
    told = {"description": "Work", "quantity": Decimal(2), "unit_price": PRICE, "amount": 2 * PRICE, "item": its}
    return InvoiceLine(**{**told, "item_code": f"CODE-{number}", **more})


def invoice_value(number: int, whose: Reference, lines: list[InvoiceLine], **more: Any) -> Invoice:
    told = {"ref": f"INV{number}", "number": f"N-{number}", "customer": whose, "issued_on": DAY, "lines": lines}
    return Invoice(**{**told, **more})


def estimate_value(number: int, whose: Reference, lines: list[InvoiceLine], **more: Any) -> Estimate:
    told = {"ref": f"EST{number}", "number": f"N-{number}", "customer": whose, "issued_on": DAY, "lines": lines}
    return Estimate(**{**told, **more})


def payment_value(number: int, whose: Reference, bill: Reference, amount: Decimal, **more: Any) -> Payment:
    told = {"ref": f"P{number}", "customer": whose, "invoice": bill, "amount": amount, "paid_on": DAY}
    return Payment(**{**told, "method": PaymentMethod.CHECK, **more})


def _document(number: int, whose: int, lines: list[Record] | None) -> Record:
    head = {"number": f"{1000 + number}", "customer": f"C{whose}", "issued_on": DAY.isoformat()}
    return {**head, "lines": lines if lines is not None else [line(1)]}
