"""Marks an invoice paid: records a payment over its open balance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from ledgerport.contract import Kind, PaymentMethod
from ledgerport.db.repositories import records
from ledgerport.services.batch import Batch
from ledgerport.services.context import Hub
from ledgerport.services.record_input import AllocationInput, PaymentInput
from ledgerport.services.rejections import NotFound, RecordRejected, Rejected
from ledgerport.services.save_payment import save_payments
from ledgerport.services.save_records import in_batch


@dataclass(frozen=True, kw_only=True)
class MarkedPaid:
    """What was done. `payment` is the ref of the payment made, empty when the invoice was paid already."""

    invoice: str
    payment: str
    amount: Decimal
    currency: str
    already_paid: bool


def mark_paid(
    hub: Hub,
    *,
    tenant_id: int,
    ref: str,
    method: PaymentMethod = PaymentMethod.OTHER,
    paid_on: date | None = None,
    reference: str = "",
) -> MarkedPaid:
    """Pay an invoice's open balance, today unless told otherwise. Asked twice, it pays once.

    Raises NotFound, and RecordRejected for a draft or a voided invoice.
    """
    day = paid_on or hub.clock.now().date()

    def act(batch: Batch) -> MarkedPaid:
        row = records.find(batch.session, Kind.INVOICE, tenant_id, [ref], lock=True).get(ref)
        if row is None:
            raise NotFound(f"There is no invoice {ref}.")
        balance = row.total - records.paid_sums(batch.session, tenant_id, [row.id]).get(row.id, Decimal(0))
        if balance <= 0:
            return MarkedPaid(invoice=ref, payment="", amount=Decimal("0.00"), currency=row.currency, already_paid=True)
        payment_ref = _free_ref(batch, ref)
        payment = PaymentInput(
            customer=_customer_ref(batch, row),
            paid_on=day,
            amount=balance,
            method=method,
            reference=reference,
            allocations=[AllocationInput(invoice=ref, amount=balance)],
        )
        save_payments(batch, [(0, payment_ref, payment)])
        outcome = batch.outcomes[0]
        if isinstance(outcome, Rejected):
            raise RecordRejected(outcome)
        return MarkedPaid(invoice=ref, payment=payment_ref, amount=balance, currency=row.currency, already_paid=False)

    return in_batch(hub, tenant_id, act)


def _free_ref(batch: Batch, invoice_ref: str) -> str:
    """`paid-INV-1`, or `paid-INV-1-2` when that payment exists: the invoice was raised or the payment deleted since."""
    stem = f"paid-{invoice_ref}"
    if len(stem) > 190:
        stem = f"paid-{hashlib.sha256(invoice_ref.encode()).hexdigest()[:32]}"
    number = 1
    while True:
        names = [stem if at == 1 else f"{stem}-{at}" for at in range(number, number + 20)]
        taken = records.find_ids(batch.session, Kind.PAYMENT, batch.tenant.id, names)
        free = [name for name in names if name not in taken]
        if free:
            return free[0]
        number += 20


def _customer_ref(batch: Batch, invoice: Row[Any]) -> str:
    return records.refs_of(batch.session, Kind.CUSTOMER, batch.tenant.id, [invoice.customer_id])[invoice.customer_id]
