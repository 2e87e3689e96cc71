"""What the scheduler does for notices: counts again, looks at plugins, hands out what has to be delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ledgerport.db.repositories import outbox
from ledgerport.services.context import Hub
from ledgerport.services.notices_stuck import count_stuck, needs_counting

# A row is handed out at most this often, whatever becomes of the message.
_AGAIN = timedelta(minutes=1)
KEPT = timedelta(days=30)


def count_again(hub: Hub) -> None:
    """Bring open notices in line with what is stuck now, where no drain has done it."""
    with hub.database.everything(read=True) as session:
        wanted = needs_counting(session)
    for connection_id in wanted:
        with hub.database.everything() as session:
            count_stuck(session, hub, connection_id, hub.clock.now())


def due_deliveries(hub: Hub) -> Sequence[int]:
    """Rows of the outbox to be delivered now, for the job `outbox.deliver`."""
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        found = outbox.due(session, now)
    if found:
        with hub.database.everything() as session:
            outbox.hand_out(session, found, now + _AGAIN)
    return found


def forget_delivered(hub: Hub) -> None:
    """Drop what went out long ago."""
    with hub.database.everything() as session:
        outbox.forget_finished(session, hub.clock.now() - KEPT)
