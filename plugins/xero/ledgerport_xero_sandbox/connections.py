"""Connections: which organisations a user has opened to an app (section 1.5).

A connection belongs to user x app, not to a token: a second consent of the same user widens what earlier token sets of
that user reach, and disconnecting narrows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.oauth import Authority, Grant
from ledgerport_sandbox.store import Store
from ledgerport_sandbox.switches import Switches
from ledgerport_xero_sandbox.envelopes import new_id

_FACT = "connections"


@dataclass(slots=True)
class Connection:
    """One organisation opened to an app by a person."""

    id: str
    person: str
    app: str
    tenant: str
    event: str
    created: float
    updated: float


class Connections:
    """All connections, kept as a fact of the store."""

    def __init__(self, store: Store, clock: Clock, authority: Authority, switches: Switches) -> None:
        self._store, self._clock, self._authority, self._switches = store, clock, authority, switches
        self._all = [Connection(**data) for data in store.fact(_FACT) or []]

    def clear(self) -> None:
        """Forget all of them."""
        self._all = []
        self._keep()

    def _keep(self) -> None:
        self._store.keep_fact(_FACT, [asdict(one) for one in self._all])
        for grant in self._authority.grants.values():
            grant.companies = [one.tenant for one in self._all if (one.person, one.app) == (grant.owner, grant.client)]

    def consented(self, grant: Grant) -> None:
        """A person has let an app into the organisations of a new grant."""
        pair = (grant.owner, grant.client)
        tenants, event, now = list(grant.companies), new_id(), self._clock.now()
        earlier = [
            one for one in self._authority.grants.values() if (one.owner, one.client) == pair and one is not grant
        ]
        living = [one for one in earlier if not one.revoked]
        if not living:
            self._all = [one for one in self._all if (one.person, one.app) != pair]
        scopes = [scope for one in (*living, grant) for scope in one.scope.split()]
        grant.scope = " ".join(dict.fromkeys(scopes))  # scopes are additive [D:scopes]
        if self._switches["second_consent"] == "replaces":
            for one in living:
                one.revoked = True
        for tenant in tenants:
            known = next((one for one in self._all if (one.person, one.app, one.tenant) == (*pair, tenant)), None)
            if known is None:
                self._all.append(Connection(new_id(), *pair, tenant, event, now, now))
            else:
                known.event, known.updated = event, now
        self._keep()

    def of(self, grant: Grant, event: str | None = None) -> list[Connection]:
        """What a token of this grant sees; `event` keeps those of one consent."""
        mine = [one for one in self._all if (one.person, one.app) == (grant.owner, grant.client)]
        return [one for one in mine if event is None or one.event == event]

    def known(self, id: str) -> bool:
        """Is this an id that belongs to some connection in another role: its tenant, its event, or another user's?"""
        return any(id in {one.id, one.tenant, one.event} for one in self._all)

    def remove(self, chosen: Callable[[Connection], bool]) -> int:
        """Disconnect; how many went."""
        before = len(self._all)
        self._all = [one for one in self._all if not chosen(one)]
        self._keep()
        return before - len(self._all)

    def shown(self, one: Connection, name: str) -> dict[str, Any]:
        """As GET /connections shows it [R:xero-python/get-connections.json]."""
        return {
            "id": one.id,
            "authEventId": one.event,
            "tenantId": one.tenant,
            "tenantType": "ORGANISATION",
            "tenantName": name,
            "createdDateUtc": _stamp(one.created),
            "updatedDateUtc": _stamp(one.updated),
        }


def _stamp(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
