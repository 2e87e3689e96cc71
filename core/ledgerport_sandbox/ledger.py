"""The books of one company in a shape that is the same for every provider, and the sums that must hold.

Each document carries its ledger row in the store, so a ledger of twenty thousand invoices is read without parsing
their lines. Amounts are texts with two decimals.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import orjson

from ledgerport_sandbox.store import Store

KINDS = ("customers", "items", "invoices", "estimates", "payments")


def money(amount: Decimal) -> str:
    """`Decimal("1E+2")` -> `"100.00"`."""
    return f"{amount:.2f}"


def customer_row(*, id: str, name: str, email: str | None, active: bool) -> dict[str, Any]:
    """One customer."""
    return {"id": id, "name": name, "email": email, "active": active}


def item_row(
    *, id: str, name: str, sku: str | None, type: str, price: Decimal | None, cost: Decimal | None, active: bool
) -> dict[str, Any]:
    """One product or service."""
    prices = {"price": None if price is None else money(price), "cost": None if cost is None else money(cost)}
    return {"id": id, "name": name, "sku": sku, "type": type, **prices, "active": active}


def invoice_row(
    *,
    id: str,
    number: str | None,
    customer_id: str,
    date: str,
    total: Decimal,
    tax: Decimal,
    balance: Decimal,
    void: bool,
) -> dict[str, Any]:
    """One invoice; `balance` is what the provider says is still open."""
    amounts = {"total": money(total), "tax": money(tax), "balance": money(balance)}
    return {"id": id, "number": number, "customer_id": customer_id, "date": date, **amounts, "void": void}


def estimate_row(*, id: str, number: str | None, customer_id: str, total: Decimal) -> dict[str, Any]:
    """One estimate."""
    return {"id": id, "number": number, "customer_id": customer_id, "total": money(total)}


def payment_row(
    *,
    id: str,
    customer_id: str,
    amount: Decimal,
    reference: str | None,
    date: str,
    void: bool,
    applied: list[tuple[str, Decimal]],
) -> dict[str, Any]:
    """One payment; `applied` are (invoice id, amount) pairs."""
    links = [{"invoice_id": invoice, "amount": money(part)} for invoice, part in applied]
    head = {"id": id, "customer_id": customer_id, "amount": money(amount), "reference": reference, "date": date}
    return {**head, "void": void, "applied": links}


def assemble(
    store: Store, *, provider: str, company: str, name: str, currency: str, kinds: dict[str, str], summary: bool = False
) -> bytes:
    """The ledger as JSON bytes. `kinds` names the store's kind for each of KINDS; `summary`: totals and checks only."""
    rows = {part: [orjson.loads(row) for row in store.rows(company, kinds[part])] for part in KINDS}
    head = {"provider": provider, "company": {"id": company, "name": name, "currency": currency}}
    end = {"totals": totals(rows), "checks": checks(rows)}
    return orjson.dumps({**head, **end} if summary else {**head, **rows, **end})


def totals(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Counts, and money: invoiced, paid (all payments, applied or not), open (balances of invoices)."""
    counts: dict[str, Any] = {part: len(rows[part]) for part in KINDS}
    return {
        **counts,
        "invoiced": money(sum((Decimal(row["total"]) for row in rows["invoices"]), Decimal(0))),
        "paid": money(sum((Decimal(row["amount"]) for row in rows["payments"]), Decimal(0))),
        "open": money(sum((Decimal(row["balance"]) for row in rows["invoices"]), Decimal(0))),
    }


def checks(rows: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Every sum that does not hold, as a sentence that names the document; empty when the books add up."""
    broken: list[str] = []
    customers = {row["id"] for row in rows["customers"]}
    invoices = {row["id"] for row in rows["invoices"]}
    applied: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows["payments"]:
        parts = sum((Decimal(link["amount"]) for link in row["applied"]), Decimal(0))
        if parts > Decimal(row["amount"]):
            broken.append(f"payment {row['id']}: {money(parts)} applied of {row['amount']}")
        if row["customer_id"] not in customers:
            broken.append(f"payment {row['id']}: customer {row['customer_id']} does not exist")
        for link in row["applied"]:
            applied[link["invoice_id"]] += Decimal(link["amount"])
            if link["invoice_id"] not in invoices:
                broken.append(f"payment {row['id']}: invoice {link['invoice_id']} does not exist")
    for row in rows["invoices"]:
        paid = applied[row["id"]]
        if Decimal(row["total"]) - paid != Decimal(row["balance"]):
            broken.append(
                f"invoice {row['id']} ({row['number']}): total {row['total']} - paid {money(paid)} "
                f"is not balance {row['balance']}"
            )
        if row["customer_id"] not in customers:
            broken.append(f"invoice {row['id']} ({row['number']}): customer {row['customer_id']} does not exist")
    return broken
