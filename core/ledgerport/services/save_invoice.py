"""Saves invoices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from ledgerport.contract import Kind
from ledgerport.db.repositories import records
from ledgerport.services.batch import Batch
from ledgerport.services.record_input import InvoiceInput
from ledgerport.services.save_document import Document, Drawn, Unfit, save_documents


def save_invoices(batch: Batch, rows: Sequence[tuple[int, str, InvoiceInput]]) -> None:
    """Create or replace invoices, given as (number, ref, record). Only a SENT one opens a task."""
    refs = [ref for _, ref, _ in rows]
    there = records.find(batch.session, Kind.INVOICE, batch.tenant.id, refs, lock=True)
    paid = records.paid_sums(batch.session, batch.tenant.id, [row.id for row in there.values()])

    def check(row: Row[Any], drawn: Drawn) -> None:
        _suits_payments(row, drawn, paid.get(row.id, Decimal(0)))

    save_documents(batch, Kind.INVOICE, rows, check, _own)


def _own(given: Document) -> Mapping[str, Any]:
    assert isinstance(given, InvoiceInput)
    return {"due_on": given.due_on}


def _suits_payments(row: Row[Any], drawn: Drawn, paid: Decimal) -> None:
    """What was paid stays true: the bill cannot fall below it, nor change its customer or currency."""
    if not paid:
        return
    new = drawn.columns
    if new["total"] < paid:
        raise Unfit(
            "lines",
            f"its new total is {new['total']} {new['currency']}, but {paid} {row.currency} is paid already",
            "Correct or delete a payment first.",
        )
    for field, column in (("customer", "customer_id"), ("currency", "currency")):
        if new[column] != row._mapping[column]:
            raise Unfit(
                field,
                f"its {field} cannot change while {paid} {row.currency} is paid on it",
                "Delete its payments first.",
            )
