"""An event is to be told to the host app or to a person."""

from __future__ import annotations

from ledgerport.actors.broker import actor
from ledgerport.services.context import Hub
from ledgerport.services.deliver_outbox import deliver as deliver_row


@actor("outbox.deliver")
def deliver(hub: Hub, row_id: int) -> None:
    deliver_row(hub, row_id)
