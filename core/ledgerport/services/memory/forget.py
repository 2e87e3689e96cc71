"""Takes a record, or a whole tenant, out of the memory: out of answers at once, out of the index as soon as it is
there.
"""

from __future__ import annotations

from ledgerport.contract import Kind
from ledgerport.db.repositories import memory_marks, memory_vectors, memory_work, records
from ledgerport.db.repositories.memory_texts import DOCUMENTS
from ledgerport.services.context import Hub
from ledgerport.services.memory.embed_waiting import JOB
from ledgerport.services.memory.taken import taken
from ledgerport.services.memory.unavailable import for_people, memory_of
from ledgerport.services.rejections import BadChoice, NotFound


def forget_record(hub: Hub, *, tenant_id: int, kind: Kind, ref: str) -> None:
    """Take one invoice or estimate out; it stays out, also of a later backfill. Raises NotFound, BadChoice, and
    Conflict where the memory is off.
    """
    memory_of(hub)
    if kind not in DOCUMENTS:
        raise BadChoice("kind", f"The memory has no {kind.value}s.", "Choose invoice or estimate.")
    with hub.database.tenant(tenant_id) as session:
        record_id = records.find_ids(session, kind, tenant_id, [ref]).get(ref)
        if record_id is None:
            raise NotFound(f"There is no {kind.value} {ref}.")
        memory_marks.forget(session, tenant_id, kind, record_id, hub.clock.now())
    hub.queue.add(JOB, tenant_id)


def forget_tenant(hub: Hub, *, tenant_id: int) -> None:
    """Take everything of a tenant out, what was forgotten record by record too. What was spent stays known; what is
    sent or paid from now on is remembered again.

    Raises Conflict where the memory is off or somebody works on it. MemoryUnavailable: the database has forgotten, the
    index has not; the same again later.
    """
    memory = memory_of(hub)
    with taken(hub, tenant_id) as fence:
        with hub.database.tenant(tenant_id) as session:
            memory_work.hold(session, tenant_id, fence)
            memory_vectors.drop_everything(session, tenant_id)
        with for_people():
            memory.index.drop(tenant_id)
