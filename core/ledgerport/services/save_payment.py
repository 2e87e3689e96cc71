"""Saves payments: money of one customer, applied to that customer's invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from ledgerport.contract import Kind, round_money
from ledgerport.db.models import DocumentStatus, EntryReason
from ledgerport.db.repositories import records
from ledgerport.services.allocations import AllocationChanges
from ledgerport.services.batch import Batch, Change
from ledgerport.services.record_input import PaymentInput
from ledgerport.services.save_document import Unfit


@dataclass(frozen=True, kw_only=True)
class _Books:
    """What a batch of payments is checked against. `paid` runs along: each payment taken counts for the next."""

    customers: Mapping[str, int]
    invoices: Mapping[str, Row[Any]]
    paid: dict[int, Decimal]


def save_payments(batch: Batch, rows: Sequence[tuple[int, str, PaymentInput]]) -> None:
    """Create or replace payments, given as (number, ref, record). Each live allocation is one task."""
    session, tenant_id = batch.session, batch.tenant.id
    wanted = {part.invoice for _, _, given in rows for part in given.allocations}
    invoices = records.find(session, Kind.INVOICE, tenant_id, wanted, lock=True)
    there = records.find(session, Kind.PAYMENT, tenant_id, [ref for _, ref, _ in rows], lock=True)
    old = records.allocations_of(session, [row.id for row in there.values()])
    books = _Books(
        customers=records.find_ids(session, Kind.CUSTOMER, tenant_id, {given.customer for _, _, given in rows}),
        invoices=invoices,
        paid=records.paid_sums(session, tenant_id, [row.id for row in invoices.values()]),
    )
    taken: list[tuple[int, str, Row[Any] | None, dict[str, Any], dict[int, Decimal]]] = []
    for number, ref, given in rows:
        row = there.get(ref)
        try:
            columns, parts = _draw(batch, given, books, old[row.id] if row is not None else ())
        except Unfit as unfit:
            batch.reject(number, Kind.PAYMENT, ref, unfit.field, unfit.reason, unfit.next_step)
        else:
            taken.append((number, ref, row, columns, parts))
    _write(batch, taken, old)


def _write(
    batch: Batch,
    taken: Sequence[tuple[int, str, Row[Any] | None, dict[str, Any], dict[int, Decimal]]],
    old: Mapping[int, Sequence[Row[Any]]],
) -> None:
    new = {"tenant_id": batch.tenant.id, "created_at": batch.now, "updated_at": batch.now}
    ids = records.add(
        batch.session,
        Kind.PAYMENT,
        [{**columns, **new, "ref": ref} for _, ref, row, columns, _ in taken if row is None],
    )
    changes, updates = AllocationChanges(), []
    for number, ref, row, columns, parts in taken:
        if row is None:
            changes.collect(ids[ref], (), parts, all_touched=True)
            batch.took(number, Kind.PAYMENT, ref, ids[ref], Change.CREATED)
            continue
        other = any(row._mapping[name] != value for name, value in columns.items())
        differs = changes.collect(row.id, old[row.id], parts, all_touched=other)
        if other or differs:
            updates.append({**columns, "id": row.id, "updated_at": batch.now})
        batch.took(number, Kind.PAYMENT, ref, row.id, Change.UPDATED if other or differs else Change.UNCHANGED)
    records.change(batch.session, records.PAYMENTS, batch.tenant.id, updates)
    changes.write(batch)
    batch.remember(Kind.INVOICE, changes.paid, EntryReason.PAID)


def _draw(
    batch: Batch, given: PaymentInput, books: _Books, old: Sequence[Row[Any]]
) -> tuple[dict[str, Any], dict[int, Decimal]]:
    """The payment's columns and what it pays, by invoice id. Raises Unfit; nothing of a payment refused counts."""
    customer_id = books.customers.get(given.customer)
    if customer_id is None:
        raise Unfit(
            "customer",
            f"customer {given.customer} is not known here",
            f"Send customer {given.customer} first, then this payment again.",
        )
    before = {row.invoice_id: row.amount for row in old if row.removed_at is None}
    parts: dict[int, Decimal] = {}
    currency = ""
    for at, part in enumerate(given.allocations):
        invoice = _invoice(at, part.invoice, books, customer_id, given.customer)
        field = f"allocations[{at}]"
        if invoice.id in parts:
            raise Unfit(f"{field}.invoice", f"invoice {part.invoice} is named twice", "Add the two amounts up in one.")
        if currency and invoice.currency != currency:
            raise Unfit(
                f"{field}.invoice",
                f"invoice {part.invoice} is in {invoice.currency}, the others are in {currency}",
                "Record one payment for each currency.",
            )
        currency = invoice.currency
        _in_units(f"{field}.amount", part.amount, currency)
        others = books.paid.get(invoice.id, Decimal(0)) - before.get(invoice.id, Decimal(0))
        if others + part.amount > invoice.total:
            raise Unfit(
                f"{field}.amount",
                f"{part.amount} {currency} is more than invoice {part.invoice} has open: "
                f"its total is {invoice.total}, of which {others} is paid already",
                f"Apply at most {invoice.total - others}.",
            )
        parts[invoice.id] = part.amount
    currency = currency or batch.tenant.currency
    _in_units("amount", given.amount, currency)
    applied = sum(parts.values(), Decimal(0))
    if applied > given.amount:
        raise Unfit("allocations", f"{applied} {currency} is applied, but only {given.amount} came in")
    for invoice_id in before.keys() | parts.keys():
        change = parts.get(invoice_id, Decimal(0)) - before.get(invoice_id, Decimal(0))
        books.paid[invoice_id] = books.paid.get(invoice_id, Decimal(0)) + change
    return {
        "customer_id": customer_id,
        "paid_on": given.paid_on,
        "amount": given.amount,
        "currency": currency,
        "method": given.method.value,
        "reference": given.reference,
        "memo": given.memo,
        "deleted_at": None,
    }, parts


def _invoice(at: int, ref: str, books: _Books, customer_id: int, customer: str) -> Row[Any]:
    field = f"allocations[{at}].invoice"
    invoice = books.invoices.get(ref)
    if invoice is None:
        raise Unfit(field, f"invoice {ref} is not known here", f"Send invoice {ref} first, then this payment again.")
    if invoice.customer_id != customer_id:
        raise Unfit(
            field,
            f"invoice {ref} is not customer {customer}'s",
            "Record the payment for the customer whose invoice it pays.",
        )
    if invoice.status != DocumentStatus.SENT:
        word = "was voided" if invoice.status == DocumentStatus.VOID else "is still a draft"
        raise Unfit(field, f"invoice {ref} {word}", "Only an invoice that was sent can be paid.")
    return invoice


def _in_units(field: str, amount: Decimal, currency: str) -> None:
    if amount != round_money(amount, currency):
        raise Unfit(field, f"{amount} has more decimals than {currency} has")
