"""Which connections have work that nobody is at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerport.db.repositories import schedules
from ledgerport.db.repositories.schedules import DueConnection
from ledgerport.services.context import Hub


@dataclass(frozen=True, kw_only=True)
class Due:
    """`now`: connections whose work may begin. `next_at` (UTC, the hub's clock): when another one becomes due, if
    any.
    """

    now: Sequence[DueConnection]
    next_at: datetime | None


def find_due(hub: Hub) -> Due:
    """Look once, in one read transaction."""
    moment = hub.clock.now()
    providers = [provider.terms.slug for provider in hub.host.providers]
    with hub.database.everything(read=True) as session:
        return Due(
            now=schedules.due_connections(session, moment, providers),
            next_at=schedules.next_due_after(session, moment, providers),
        )
