"""Which imports a job should go on with now: for the scheduler, so that a lost message or a killed job stops none."""

from __future__ import annotations

from datetime import timedelta

from ledgerport.db.repositories import imports
from ledgerport.services.context import Hub

# A message that waits for a free thread is not sent with every tick.
_AGAIN = timedelta(seconds=10)


def due_imports(hub: Hub) -> list[int]:
    """Imports that are due and in nobody's hands; each is handed out again a while later."""
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        if not imports.any_due(session, now):
            return []
    with hub.database.everything() as session:
        return imports.hand_out(session, now, now + _AGAIN)
