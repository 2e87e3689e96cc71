"""Notices about connections whose plugin did not load: nothing is sent for them until an operator has seen to it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState
from ledgerport.db.repositories import notices
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of

PREFIX = "plugin:"


def check_plugins(hub: Hub) -> None:
    """Open a notice for each connection that is without its plugin, close those whose plugin is back."""
    loaded = [provider.terms.slug for provider in hub.host.providers]
    with hub.database.everything(read=True) as session:
        without = {cause_of(row.id): row for row in _without_plugin(session, loaded)}
        open_now = {notice.cause: notice for notice in notices.open_with_prefix(session, PREFIX)}
    now = hub.clock.now()
    for cause in without.keys() - open_now.keys():
        connection = without[cause]
        with hub.database.tenant(connection.tenant_id) as session:
            notices.open_once(
                session,
                tenant_id=connection.tenant_id,
                connection_id=connection.id,
                cause=cause,
                text=_words(hub, connection),
                action="",
                now=now,
            )
    for cause in open_now.keys() - without.keys():
        with hub.database.tenant(open_now[cause].tenant_id) as session:
            notices.close(session, open_now[cause].tenant_id, cause, now)


def cause_of(connection_id: int) -> str:
    """The cause of the notice that a connection is without its plugin."""
    return f"{PREFIX}{connection_id}"


def _without_plugin(session: Session, loaded: list[str]) -> list[Connection]:
    query = select(Connection).where(
        Connection.state != ConnectionState.DISCONNECTED, Connection.provider.not_in(loaded)
    )
    return list(session.scalars(query.order_by(Connection.id)))


def _words(hub: Hub, connection: Connection) -> str:
    label = label_of(hub, connection.provider)
    found = next((plugin for plugin in hub.host.quarantined if plugin.name == connection.provider), None)
    why = f"did not load: {found.reason}" if found is not None else "is not installed here any more"
    plugin = f"The plugin of {label} ({found.distribution})" if found is not None else f"The plugin of {label}"
    company = connection.company_name or label
    return (
        f'{plugin} {why.rstrip(".")}. The connection to "{company}" waits, nothing is lost; your operator can mend it.'
    )
