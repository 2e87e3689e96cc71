"""The memory of a tenant, kept to oneself for one act of a person."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ledgerport.db.repositories import memory_work
from ledgerport.services.context import Hub
from ledgerport.services.rejections import Conflict

# Seconds of the machine that an act waits for a job to end, and between two looks.
_PATIENCE, _LOOK = 10.0, 0.1


@contextmanager
def taken(hub: Hub, tenant_id: int) -> Iterator[int]:
    """No job works on the tenant's memory inside; the fence for writes. Raises Conflict while one will not end."""
    give_up = time.monotonic() + _PATIENCE
    while (fence := _take(hub, tenant_id)) is None:
        if time.monotonic() > give_up:
            raise Conflict("This memory is being filled just now.", "Try again when that is done.")
        # An event that nobody sets: a timed wait.
        threading.Event().wait(_LOOK)
    try:
        yield fence
    finally:
        with hub.database.tenant(tenant_id) as session:
            memory_work.give_back(session, tenant_id, fence, held_until=None)


def _take(hub: Hub, tenant_id: int) -> int | None:
    with hub.database.tenant(tenant_id) as session:
        return memory_work.take(session, tenant_id, None)
