"""A grant wants new tokens ahead of time."""

from __future__ import annotations

from ledgerport.actors.broker import actor
from ledgerport.services.context import Hub
from ledgerport.services.keep_grants_fresh import refresh_due


@actor("tokens.refresh")
def refresh(hub: Hub, grant_id: int) -> None:
    refresh_due(hub, grant_id)
