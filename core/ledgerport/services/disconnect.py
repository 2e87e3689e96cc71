"""Disconnect a company: work stops at once, our access ends, links and history stay."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from ledgerport.contract import Company, Grant, LoginNeeded, TryLater
from ledgerport.db.models import ConnectionState
from ledgerport.db.repositories import connections, due_grants, grants
from ledgerport.host import UnknownProvider
from ledgerport.services.context import Hub
from ledgerport.services.give_back_grant import give_back_grant
from ledgerport.services.grant_secrets import open_grant
from ledgerport.services.provider_labels import label_of
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.settle_connection import forget_connection_notices, forget_grant_notices
from ledgerport.vault import VaultError


@dataclass(frozen=True, kw_only=True)
class Disconnected:
    """It is disconnected here. `problem`: why the provider may still list our access, else empty."""

    connection_id: int
    company_name: str
    problem: str


def disconnect(hub: Hub, *, tenant_id: int, connection_id: int, by: str) -> Disconnected:
    """End a connection. `by` names who asked. Raises NotFound; Conflict when it is disconnected already."""
    now = hub.clock.now()
    with hub.database.tenant(tenant_id) as session:
        connection = connections.find(session, connection_id, lock=True)
        if connection is None:
            raise NotFound(f"There is no connection {connection_id}.")
        if connection.state == ConnectionState.DISCONNECTED:
            raise Conflict(f'"{connection.company_name}" is already disconnected.')
        connection.state, connection.state_since = ConnectionState.DISCONNECTED, now
        connection.reason = f"Disconnected by {by}."
        connection.due_at = None
        forget_connection_notices(session, connection, now)
        # A drain that is running loses its lease, and with it the right to write.
        connection.fence += 1
        connection.lease_owner, connection.lease_until = "", None
        grant_id, provider = connection.grant_id, connection.provider
        is_on = connections.provider_is_on(session, tenant_id, provider)
        company = Company(id=connection.company_id, name=connection.company_name, facts=connection.facts)
    grant: Grant | None = None
    problem = ""
    if grant_id is not None and not is_on:
        label = label_of(hub, provider)
        problem = (
            f"Our access was not ended there: your operator has turned {label} off for this account. End it there."
        )
    elif grant_id is not None:
        try:
            grant = _usable(hub, tenant_id, grant_id)
        except (TryLater, VaultError) as error:
            problem = f"Our access could not be ended there: {error}"
    if grant is not None:
        try:
            problem = give_back_grant(
                hub,
                hub.host.for_provider(provider),
                grant,
                [company],
                grant_id=grant_id,
                but=connection_id,
            )
        except UnknownProvider as error:
            problem = f"Our access could not be ended there: {error}"
    if grant_id is not None:
        _forget(hub, tenant_id, connection_id, grant_id)
    return Disconnected(connection_id=connection_id, company_name=connection.company_name, problem=problem)


def _usable(hub: Hub, tenant_id: int, grant_id: int) -> Grant | None:
    """The grant with a token that works now, which some providers want to see before they end it; None when it is lost
    already.

    Raises TryLater, VaultError.
    """
    with suppress(LoginNeeded):
        access_token(hub, tenant_id=tenant_id, grant_id=grant_id)
    with hub.database.tenant(tenant_id, read=True) as session:
        row = grants.find(session, grant_id)
        return open_grant(hub.vault, row) if row is not None and row.access_cipher is not None else None


def _forget(hub: Hub, tenant_id: int, connection_id: int, grant_id: int) -> None:
    """Let go of the grant; delete it, tokens and all, when no other connection lives by it."""
    with hub.database.tenant(tenant_id) as session:
        connection = connections.find(session, connection_id, lock=True)
        if connection is not None and connection.grant_id == grant_id:
            if connection.state != ConnectionState.DISCONNECTED:
                # Reconnected meanwhile with this very grant: it is in use again.
                return
            connection.grant_id = None
            session.flush()
        if connections.of_grant(session, grant_id):
            return
        forget_grant_notices(session, hub, tenant_id, grant_id)
        row = grants.find(session, grant_id, lock=True)
        if row is not None:
            session.delete(row)
        due_grants.forget(session, grant_id)
