"""Syncs one invoice because a person asked, with all that belongs to it and is not in the books yet."""

from __future__ import annotations

from ledgerport.contract import Kind
from ledgerport.services.context import Hub
from ledgerport.services.sync_record import RecordSync, sync_record

# The name under which REST and the command line know it.
InvoiceSync = RecordSync


def sync_invoice(hub: Hub, *, tenant_id: int, ref: str, requested_by: str = "") -> list[InvoiceSync]:
    """Send an invoice, its unsynced payments, customer and items now, on every connection that takes invoices.

    Raises NotFound, and Conflict for a draft, or when no connection takes invoices.
    """
    return sync_record(hub, tenant_id=tenant_id, kind=Kind.INVOICE, ref=ref, requested_by=requested_by)
