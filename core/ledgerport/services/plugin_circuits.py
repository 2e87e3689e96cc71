"""Plugins that rest: each process writes down its own open circuits, so that operators see them all, and the people
whose work waits are told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ledgerport.db.models import Connection, ConnectionState, PluginCircuit
from ledgerport.db.repositories import circuits, notices
from ledgerport.db.session import Database
from ledgerport.host import Circuit
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of

log = structlog.get_logger(__name__)

PREFIX = "rests:"
# Longer than a rest may last: who comes for the trial writes the circuit again or closes it. After that its process is
# gone, or nobody needs the plugin.
_STALE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class RestView:
    """A plugin that rests. `whole`: all its calls; else those of `companies` companies or sign-ins.

    `why`: the hook and the kind of its last failure, none of its words. `until`: when it is tried again.
    """

    provider: str
    whole: bool
    companies: int
    failures: int
    why: str
    since: datetime
    until: datetime

    @property
    def words(self) -> str:
        """For operators."""
        some = "one company or sign-in" if self.companies == 1 else f"{self.companies} companies or sign-ins"
        whose = "all its calls wait" if self.whole else f"the calls of {some} wait"
        return (
            f"It failed {self.failures} times in a row ({self.why}), so {whose}. "
            f"It is tried again at {self.until:%H:%M:%S} UTC, and nothing is lost."
        )


def circuit_keeper(database: Database, owner: str) -> Callable[[str, str, Circuit | None], None]:
    """What a plugin's guard tells of its circuits (`host.Guard.told`), written down for all processes to see."""

    def keep(provider: str, whose: str, circuit: Circuit | None) -> None:
        if circuit is None:
            log.info("plugin.works_again", provider=provider, whose=whose)
        else:
            log.warning(
                "plugin.rests",
                provider=provider,
                whose=whose,
                failures=circuit.failures,
                why=circuit.why,
                until=circuit.until,
            )
        try:
            with database.everything() as session:
                if circuit is None:
                    circuits.drop(session, provider=provider, whose=whose, owner=owner)
                else:
                    circuits.keep(
                        session,
                        provider=provider,
                        whose=whose,
                        owner=owner,
                        failures=circuit.failures,
                        why=circuit.why,
                        opened_at=circuit.opened_at,
                        until=circuit.until,
                    )
        except SQLAlchemyError:
            # It is for operators to see; the call whose failure it tells of must still come to its own end.
            log.exception("plugin.rest_not_written", provider=provider)

    return keep


def resting(hub: Hub) -> list[RestView]:
    """Every plugin that rests in some process, by provider."""
    with hub.database.everything(read=True) as session:
        return _views(circuits.open_since(session, hub.clock.now() - _STALE))


def check_circuits(hub: Hub) -> None:
    """Open a notice for each connection that waits for a resting plugin, close those that go on."""
    now = hub.clock.now()
    with hub.database.everything(read=True) as session:
        kept = circuits.open_since(session, now - _STALE)
        waiting = {f"{PREFIX}{row.id}": (row, its) for row, its in _waiting(session, kept)}
        open_now = {notice.cause: notice for notice in notices.open_with_prefix(session, PREFIX)}
    for cause in waiting.keys() - open_now.keys():
        connection, circuit = waiting[cause]
        with hub.database.tenant(connection.tenant_id) as session:
            notices.open_once(
                session,
                tenant_id=connection.tenant_id,
                connection_id=connection.id,
                cause=cause,
                text=_words(hub, connection, circuit),
                action="",
                now=now,
            )
    for cause in open_now.keys() - waiting.keys():
        with hub.database.tenant(open_now[cause].tenant_id) as session:
            notices.close(session, open_now[cause].tenant_id, cause, now)


def forget_circuits(hub: Hub) -> None:
    """Throw away what processes left behind that ended with a circuit open."""
    with hub.database.everything() as session:
        circuits.forget(session, hub.clock.now() - _STALE)


def _waiting(session: Session, kept: Sequence[PluginCircuit]) -> list[tuple[Connection, PluginCircuit]]:
    """Connections that a circuit concerns, each with one of its circuits."""
    found: dict[int, tuple[Connection, PluginCircuit]] = {}
    for circuit in kept:
        query = select(Connection).where(
            Connection.provider == circuit.provider, Connection.state != ConnectionState.DISCONNECTED
        )
        if circuit.whose:
            query = query.where(Connection.company_id == circuit.whose)
        for connection in session.scalars(query.order_by(Connection.id)):
            found.setdefault(connection.id, (connection, circuit))
    return list(found.values())


def _words(hub: Hub, connection: Connection, circuit: PluginCircuit) -> str:
    label = label_of(hub, connection.provider)
    company = connection.company_name or label
    return (
        f"The plugin of {label} failed {circuit.failures} times in a row ({circuit.why}), so it rests and is tried "
        f'again from time to time. The connection to "{company}" waits, nothing is lost; your operator can mend it.'
    )


def _views(kept: Sequence[PluginCircuit]) -> list[RestView]:
    by_provider: dict[str, list[PluginCircuit]] = {}
    for row in kept:
        by_provider.setdefault(row.provider, []).append(row)
    views = []
    for provider, rows in by_provider.items():
        latest = max(rows, key=lambda row: row.until)
        views.append(
            RestView(
                provider=provider,
                whole=any(not row.whose for row in rows),
                companies=len({row.whose for row in rows if row.whose}),
                failures=max(row.failures for row in rows),
                why=latest.why,
                since=min(row.opened_at for row in rows),
                until=latest.until,
            )
        )
    return views
