"""A connection has work."""

from __future__ import annotations

from ledgerport.actors.broker import actor
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain as drain_connection


@actor("sync.drain")
def drain(hub: Hub, connection_id: int) -> None:
    if drain_connection(hub, connection_id).again:
        hub.queue.add("sync.drain", connection_id)
