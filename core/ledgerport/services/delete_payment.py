"""Deletes a payment, here and in the books."""

from __future__ import annotations

from ledgerport.contract import Kind
from ledgerport.db.repositories import records
from ledgerport.services.allocations import AllocationChanges
from ledgerport.services.batch import Batch, Change, Saved
from ledgerport.services.context import Hub
from ledgerport.services.rejections import NotFound
from ledgerport.services.save_records import in_batch


def delete_payment(hub: Hub, *, tenant_id: int, ref: str) -> Saved:
    """Take all of a payment's money off its invoices and the payment out of the books. Raises NotFound."""

    def act(batch: Batch) -> Saved:
        row = records.find(batch.session, Kind.PAYMENT, tenant_id, [ref], lock=True).get(ref)
        if row is None:
            raise NotFound(f"There is no payment {ref}.")
        if row.deleted_at is not None:
            return Saved(kind=Kind.PAYMENT, ref=ref, record_id=row.id, change=Change.UNCHANGED)
        changes = AllocationChanges()
        changes.collect(row.id, records.allocations_of(batch.session, [row.id])[row.id], {}, all_touched=False)
        changes.write(batch)
        records.change(
            batch.session,
            records.PAYMENTS,
            tenant_id,
            [{"id": row.id, "deleted_at": batch.now, "updated_at": batch.now}],
        )
        return Saved(kind=Kind.PAYMENT, ref=ref, record_id=row.id, change=Change.UPDATED)

    return in_batch(hub, tenant_id, act)
