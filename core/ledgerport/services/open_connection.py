"""Open a connected company's books as the sync does, for whoever judges or inspects a plugin."""

from __future__ import annotations

from ledgerport.contract import Choices, Company
from ledgerport.db.models import Connection
from ledgerport.engine.transport import AccountCall
from ledgerport.services.context import Hub
from ledgerport.services.provider_account import open_books
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import Conflict, NotFound


def grant_of(hub: Hub, connection_id: int) -> int:
    """The id of the sign-in that a connection works with. Raises NotFound, Conflict."""
    grant_id = _row(hub, connection_id).grant_id
    if grant_id is None:
        raise Conflict("This connection has no sign-in.", "Reconnect it first.")
    return grant_id


def open_connection(hub: Hub, connection_id: int) -> AccountCall:
    """The books of one connection, paced and signed in as always. Raises NotFound, Conflict, AppNotSetUp."""
    row, grant_id = _row(hub, connection_id), grant_of(hub, connection_id)
    company = Company(
        id=row.company_id, name=row.company_name, currency=row.currency, country=row.country, facts=row.facts
    )
    return open_books(
        hub,
        plugin_for(hub, row.provider),
        company,
        lambda refused: access_token(hub, tenant_id=row.tenant_id, grant_id=grant_id, refused_generation=refused),
        Choices(deposit_account=row.deposit_account, values=row.choices),
    )


def _row(hub: Hub, connection_id: int) -> Connection:
    with hub.database.everything(read=True) as session:
        row = session.get(Connection, connection_id)
    if row is None:
        raise NotFound(f"There is no connection {connection_id}.")
    return row
