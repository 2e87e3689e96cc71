"""Lists the books that are connected: what lists of records have columns and filters for."""

from __future__ import annotations

from dataclasses import dataclass

from ledgerport.db.repositories import connections_read
from ledgerport.services.context import Hub
from ledgerport.services.provider_labels import label_of, terms_of


@dataclass(frozen=True, kw_only=True)
class ConnectedBooks:
    """One connection. `takes`: the kinds that are sent there; `computes_tax`: its totals may differ by some cents.

    `state`: `active`, `needs_reconnection`, `paused` or `pending`; `enabled`: the operator lets the tenant use it.
    """

    provider: str
    label: str
    color: str
    takes: frozenset[str]
    computes_tax: bool
    state: str
    enabled: bool


def list_connected(hub: Hub, *, tenant_id: int) -> list[ConnectedBooks]:
    """The tenant's connections that are not disconnected, by provider."""
    with hub.database.tenant(tenant_id, read=True) as session:
        found, off = [], connections_read.switched_off(session)
        for connection in connections_read.all_live(session):
            terms = terms_of(hub, connection.provider)
            kinds = terms.kinds if terms is not None else {}
            found.append(
                ConnectedBooks(
                    provider=connection.provider,
                    label=label_of(hub, connection.provider),
                    color=terms.color if terms is not None else "",
                    takes=frozenset(
                        str(kind) for kind, its in kinds.items() if its.push and getattr(connection, f"sync_{kind}s")
                    ),
                    computes_tax=terms is not None and terms.computes_tax,
                    state=str(connection.state),
                    enabled=connection.provider not in off,
                )
            )
        return found
