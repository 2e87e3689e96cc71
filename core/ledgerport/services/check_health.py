"""Says whether this process can work: the database answers."""

from __future__ import annotations

from sqlalchemy import text

from ledgerport.services.context import Hub


def check_health(hub: Hub) -> None:
    """Ask the database for a one. Raises what the database raises when it does not answer."""
    with hub.database.everything(read=True) as session:
        session.execute(text("SELECT 1"))
