"""Voids an invoice, here and in the books."""

from __future__ import annotations

from ledgerport.contract import Kind
from ledgerport.db.models import DocumentStatus, EntryReason, Op
from ledgerport.db.repositories import open_work, records
from ledgerport.services.batch import Batch, Change, Saved
from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.save_records import in_batch


def void_invoice(hub: Hub, *, tenant_id: int, ref: str) -> Saved:
    """Set an invoice to VOID. Raises NotFound, and Conflict while money is applied to it."""

    def act(batch: Batch) -> Saved:
        session = batch.session
        row = records.find(session, Kind.INVOICE, tenant_id, [ref], lock=True).get(ref)
        if row is None:
            raise NotFound(f"There is no invoice {ref}.")
        if row.status == DocumentStatus.VOID:
            return Saved(kind=Kind.INVOICE, ref=ref, record_id=row.id, change=Change.UNCHANGED)
        payments = records.payments_of(session, tenant_id, row.id)
        if payments:
            paid = records.paid_sums(session, tenant_id, [row.id])[row.id]
            raise Conflict(
                f"Invoice {ref} has {paid} {row.currency} paid on it by {', '.join(payments[:5])}.",
                "Delete these payments, or apply them to another invoice, then void it.",
            )
        records.change(
            session,
            records.INVOICES,
            tenant_id,
            [{"id": row.id, "status": DocumentStatus.VOID.value, "updated_at": batch.now}],
        )
        open_work.drop_open(session, tenant_id, Kind.INVOICE, [row.id], Op.PUSH)
        batch.touch(Kind.INVOICE, [row.id], Op.VOID)
        batch.remember(Kind.INVOICE, [row.id], EntryReason.VOIDED)
        return Saved(kind=Kind.INVOICE, ref=ref, record_id=row.id, change=Change.UPDATED)

    return in_batch(hub, tenant_id, act)
