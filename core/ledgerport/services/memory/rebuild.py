"""Fills the index anew from the vectors in the database. Nothing is paid: no text is sent anywhere."""

from __future__ import annotations

from ledgerport.db.repositories import memory_candidates, memory_vectors, memory_work
from ledgerport.services.context import Hub
from ledgerport.services.memory.embed_waiting import JOB
from ledgerport.services.memory.estimate_backfill import space_of
from ledgerport.services.memory.taken import taken
from ledgerport.services.memory.unavailable import for_people, memory_of


def rebuild(hub: Hub, *, tenant_id: int) -> int:
    """Empty the index of a tenant's passages, and let the job put back every stored document; how many.

    Until that is done an answer knows a part of them. Raises Conflict where the memory is off or somebody works on it,
    and MemoryUnavailable.
    """
    memory = memory_of(hub)
    space = space_of(memory, tenant_id)
    with taken(hub, tenant_id) as fence:
        with hub.database.tenant(tenant_id) as session:
            memory_work.hold(session, tenant_id, fence)
            documents = memory_candidates.put_back(session, space, hub.clock.now())
            memory_vectors.none_in_index(session, space)
        # After the commit: what is dropped and not noted would be missing, what is noted and not dropped is put twice.
        with for_people():
            memory.index.drop(tenant_id)
    hub.queue.add(JOB, tenant_id)
    return documents
