"""Says that the memory wants a document, in the transaction that sent or paid it. Nothing is embedded from here.

A row is all that billing pays for the memory: whether Voyage answers is seen to later, by a job (`embed_waiting`).
"""

from __future__ import annotations

from datetime import timedelta

from ledgerport.db.models import EntryReason
from ledgerport.db.repositories import memory_marks
from ledgerport.services.batch import Batch

# Documents are gathered for this long (of the hub's clock), so that they share requests.
GATHERED = timedelta(seconds=2)


def mark_for_memory(batch: Batch) -> None:
    """Write what the batch noted for the memory; nothing where it is off."""
    if batch.hub.memory is None or not batch.remembered:
        return
    wanted = {key: reason for key, reason in batch.remembered.items() if reason is not EntryReason.VOIDED}
    memory_marks.want(batch.session, batch.tenant.id, wanted, now=batch.now, due_at=batch.now + GATHERED)
    voided = sorted(batch.remembered.keys() - wanted.keys())
    memory_marks.take_out(batch.session, batch.tenant.id, voided, EntryReason.VOIDED, batch.now)
