"""How a payment's allocations change: what is new, what is other, what goes, and what the books must hear of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from ledgerport.contract import Kind
from ledgerport.db.models import Op
from ledgerport.db.repositories import open_work, records
from ledgerport.services.batch import Batch


@dataclass
class AllocationChanges:
    """Collected over a batch, written at once.

    An allocation is one remote payment, so its row lives as long as that may exist.
    """

    adds: list[dict[str, Any]] = field(default_factory=list)
    rewrites: list[dict[str, Any]] = field(default_factory=list)
    revived: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    # Invoices that get money which they did not have.
    paid: set[int] = field(default_factory=set)

    def collect(
        self, payment_id: int, old: Sequence[Row[Any]], new: Mapping[int, Decimal], *, all_touched: bool
    ) -> bool:
        """Compare the rows of one payment with what it should pay (by invoice id). True when anything differs.

        `all_touched`: the payment itself changed (its date, its method), so every allocation has to be sent again.
        """
        by_invoice = {row.invoice_id: row for row in old}
        differs = False
        for invoice_id, amount in new.items():
            row = by_invoice.get(invoice_id)
            if row is None:
                self.adds.append({"payment_id": payment_id, "invoice_id": invoice_id, "amount": amount})
            elif row.removed_at is not None or row.amount != amount:
                self.rewrites.append({"id": row.id, "amount": amount, "removed_at": None})
                self.touched.append(row.id)
                if row.removed_at is not None:
                    self.revived.append(row.id)
            else:
                if all_touched:
                    self.touched.append(row.id)
                continue
            differs = True
            self.paid.add(invoice_id)
        gone = [row.id for row in old if row.removed_at is None and row.invoice_id not in new]
        self.removed.extend(gone)
        return differs or bool(gone)

    def write(self, batch: Batch) -> None:
        """Write everything collected, and note what tasks to open."""
        session, tenant_id = batch.session, batch.tenant.id
        if self.removed:
            self._remove(batch)
        if self.revived:
            open_work.drop_open(session, tenant_id, Kind.PAYMENT, self.revived, Op.DELETE)
        records.change(session, records.ALLOCATIONS, tenant_id, self.rewrites)
        added = records.add_allocations(
            session, [{**row, "tenant_id": tenant_id, "removed_at": None} for row in self.adds]
        )
        batch.touch(Kind.PAYMENT, (*added, *self.touched))

    def _remove(self, batch: Batch) -> None:
        """What may be in the books stays until it is deleted there; what never left is forgotten here and now."""
        session, tenant_id = batch.session, batch.tenant.id
        known: Collection[int] = open_work.known_over_there(session, tenant_id, Kind.PAYMENT, self.removed)
        open_work.drop_open(session, tenant_id, Kind.PAYMENT, self.removed, Op.PUSH)
        unheard = [allocation for allocation in self.removed if allocation not in known]
        if known:
            records.mark_removed(session, tenant_id, known, batch.now)
            batch.touch(Kind.PAYMENT, known, Op.DELETE)
        if unheard:
            records.drop_allocations(session, tenant_id, unheard)
