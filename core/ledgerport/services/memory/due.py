"""Whose memory has work that nobody is at: for the scheduler, so that a lost message or a killed job stops nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerport.db.repositories import memory_work
from ledgerport.services.context import Hub


def due_memories(hub: Hub) -> Sequence[int]:
    """Tenants, by id."""
    with hub.database.everything(read=True) as session:
        return memory_work.due_tenants(session, hub.clock.now())
