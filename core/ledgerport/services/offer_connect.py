"""Makes the address that a person opens to connect a provider for a tenant, or to reconnect it."""

from __future__ import annotations

from ledgerport.services.begin_connect import require_switched_on
from ledgerport.services.connect_ticket import LIFE, Ticket, connect_address
from ledgerport.services.context import Hub
from ledgerport.services.provider_apps import checked_app, plugin_for
from ledgerport.services.show_connections import find_connection

GOOD_FOR = LIFE


def offer_connect(
    hub: Hub, *, tenant_id: int, provider: str, requested_by: str, return_to: str = "", first_sync_waits: bool = False
) -> str:
    """The address, good for ten minutes. `first_sync_waits`: a connection that is new sends nothing before
    `begin_first_sync`. Raises NotFound, AppNotSetUp, ConnectRefused."""
    plugin = plugin_for(hub, provider)
    require_switched_on(hub, tenant_id, plugin.terms)
    checked_app(hub, provider)
    ticket = Ticket(
        tenant_id=tenant_id,
        provider=provider,
        requested_by=requested_by,
        return_to=return_to,
        connection_id=find_connection(hub, tenant_id=tenant_id, provider=provider),
        first_sync_waits=first_sync_waits,
    )
    return connect_address(hub, ticket)
