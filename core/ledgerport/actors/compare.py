"""A provider's lists are to be read, to compare the books."""

from __future__ import annotations

from ledgerport.actors.broker import actor
from ledgerport.services.compare_books import JOB, work_comparison
from ledgerport.services.context import Hub


@actor("books.compare")
def compare(hub: Hub, connection_id: int) -> None:
    if work_comparison(hub, connection_id):
        hub.queue.add(JOB, connection_id)
