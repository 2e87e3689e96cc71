"""A small shop's records, more than one batch of each kind, with amounts that are easy to recognise."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Record = dict[str, Any]


def customer(number: int, **more: Any) -> Record:
    return {
        "kind": "customer",
        "ref": f"C{number}",
        "name": f"Customer {number}",
        "email": f"customer{number}@example.com",
        **more,
    }


def item(number: int, **more: Any) -> Record:
    return {
        "kind": "item",
        "ref": f"I{number}",
        "name": f"Item {number}",
        "type": "service",
        "price": f"{number}.25",
        **more,
    }


def invoice(number: int, *, customer: int = 1, lines: tuple[int, ...] = (1,), **more: Any) -> Record:
    """`lines` are item numbers; the invoice's own number is the quantity of each."""
    return {
        "kind": "invoice",
        "ref": f"INV{number}",
        "number": f"{1000 + number}",
        "customer": f"C{customer}",
        "issued_on": "2026-09-30",
        "lines": [{"item": f"I{line}", "quantity": str(number), "unit_price": f"{line}.25"} for line in lines],
        **more,
    }


def total(number: int, lines: tuple[int, ...] = (1,)) -> Decimal:
    return sum((number * Decimal(f"{line}.25") for line in lines), Decimal(0))


def payment(number: int, *, customer: int, parts: dict[int, Decimal], **more: Any) -> Record:
    """`parts`: invoice number -> amount."""
    return {
        "kind": "payment",
        "ref": f"P{number}",
        "customer": f"C{customer}",
        "paid_on": "2026-09-30",
        "amount": str(sum(parts.values())),
        "method": "check",
        "allocations": [{"invoice": f"INV{invoice}", "amount": str(amount)} for invoice, amount in parts.items()],
        **more,
    }


def shop(*, customers: int = 33, items: int = 34, invoices: int = 12) -> Iterator[Record]:
    """Every invoice is paid in full, every third one in two parts of different size."""
    yield from (customer(number) for number in range(1, customers + 1))
    yield from (item(number) for number in range(1, items + 1))
    for number in range(1, invoices + 1):
        lines = (number % items + 1, (number * 7) % items + 1) if number % items != (number * 7) % items else (1, 2)
        yield invoice(number, customer=(number - 1) % customers + 1, lines=lines)
    for number in range(1, invoices + 1):
        lines = (number % items + 1, (number * 7) % items + 1) if number % items != (number * 7) % items else (1, 2)
        amount, whose = total(number, lines), (number - 1) % customers + 1
        first = Decimal("1.11")
        if number % 3 == 0:
            yield payment(number, customer=whose, parts={number: first})
            yield payment(100 + number, customer=whose, parts={number: amount - first})
        else:
            yield payment(number, customer=whose, parts={number: amount})
