"""Pause a connection and resume it: nothing leaves meanwhile, new work waits, and nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledgerport.db.models import Connection, ConnectionState
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import wake
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import BadChoice, Conflict
from ledgerport.services.sync_connection import require_connection

LONGEST_REASON = 500


@dataclass(frozen=True, kw_only=True)
class PauseView:
    """A connection as it is now. `reason` says who paused it and why, or who resumed it."""

    connection_id: int
    provider: str
    label: str
    company_name: str
    state: str
    state_since: datetime
    reason: str


def pause_connection(hub: Hub, *, tenant_id: int, provider: str, reason: str, by: str) -> PauseView:
    """Stop sending until it is resumed. One that is paused already stays as it is, with its first reason.

    `by` names who asked. Raises NotFound, BadChoice, and Conflict when there is nothing to pause.
    """
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON:
        raise BadChoice("reason", "This reason is too long.", f"Use at most {LONGEST_REASON} characters.")
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        if connection.state not in (ConnectionState.ACTIVE, ConnectionState.PAUSED):
            raise Conflict(_why_not(hub, connection), "There is nothing to pause.")
        if connection.state == ConnectionState.ACTIVE:
            connection.state, connection.state_since = ConnectionState.PAUSED, hub.clock.now()
            connection.reason = " ".join(part for part in (f"Paused by {who(by)}.", reason) if part)
            # A drain that is running sees this before it sends anything more; what became of the requests under way
            # just now it still writes, so that nothing has to be looked up when work goes on.
        return _view(hub, connection)


def resume_connection(hub: Hub, *, tenant_id: int, provider: str, by: str) -> PauseView:
    """Let work go on at once; all that waited is due. One that is not paused stays as it is.

    Raises NotFound, and Conflict when something else keeps it from working.
    """
    with hub.database.tenant(tenant_id) as session:
        connection = require_connection(session, hub, provider, lock=True)
        if connection.state not in (ConnectionState.ACTIVE, ConnectionState.PAUSED):
            raise Conflict(_why_not(hub, connection), "Resuming it would not help.")
        resumed = connection.state == ConnectionState.PAUSED
        if resumed:
            now = hub.clock.now()
            connection.state, connection.state_since, connection.reason = (
                ConnectionState.ACTIVE,
                now,
                f"Resumed by {who(by)}.",
            )
            # Whether there is work, and what of it may still be under way, is found out by the drain.
            connection.due_at = now
        view = _view(hub, connection)
    if resumed:
        wake(hub, [view.connection_id])
    return view


def who(by: str) -> str:
    """A person's or a key's name in a sentence: `ann@example.com` for `user:ann@example.com`."""
    door, _, name = by.partition(":")
    return {"user": name, "key": f"API key {name}", "cli": f"{name} (command line)"}.get(door, by) if name else by


def _why_not(hub: Hub, connection: Connection) -> str:
    label = label_of(hub, connection.provider)
    if connection.state == ConnectionState.PENDING:
        return f"{label} is not connected to the end yet, so nothing is sent."
    return f'"{connection.company_name}" in {label} needs to be reconnected, so nothing is sent.'


def _view(hub: Hub, connection: Connection) -> PauseView:
    return PauseView(
        connection_id=connection.id,
        provider=connection.provider,
        label=label_of(hub, connection.provider),
        company_name=connection.company_name,
        state=str(connection.state),
        state_since=connection.state_since,
        reason=connection.reason,
    )
