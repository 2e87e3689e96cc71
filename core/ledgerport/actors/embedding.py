"""A tenant's documents are to be embedded, or to leave the memory."""

from __future__ import annotations

from ledgerport.actors.broker import actor
from ledgerport.services.context import Hub
from ledgerport.services.memory.embed_waiting import JOB, embed_waiting


@actor("memory.embed")
def embed(hub: Hub, tenant_id: int) -> None:
    if embed_waiting(hub, tenant_id):
        hub.queue.add(JOB, tenant_id)
