"""Businesses and their books over the store: ids, times, look-up keys, ledger rows; and who is asking.

The ids of the two businesses that a fresh sandbox has are `COMPANY` (Blue Heron Plumbing) and `OTHER_COMPANY`
(Second Street Heating).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ledgerport_sandbox.calls import Call
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.oauth import Authority, Grant
from ledgerport_sandbox.store import Store
from ledgerport_sandbox.switches import Switches
from ledgerport_sandbox.webhooks import Outbox
from ledgerport_wave_sandbox import ids, rows
from ledgerport_wave_sandbox.refusals import Refused, Trouble, not_found, refused
from ledgerport_wave_sandbox.wire import stamp, today

COMPANY = ids.business("6f1d3c52-8a0e-4b57-9d46-0c2f7be1a901")
OTHER_COMPANY = ids.business("b4a7e0d9-35c1-4f62-8e1b-52d90c6a7f02")


@dataclass(slots=True)
class Business:
    """One business and its settings. `pro`: on a plan that lets apps in (section 1)."""

    id: str
    name: str
    currency: str = "USD"
    pro: bool = True
    archived: bool = False
    email_send_enabled: bool = True
    timezone: str = "America/Chicago"
    phone: str = ""
    payment_terms_days: int = 0
    created: float = 0.0

    @property
    def uuid(self) -> str:
        """The part of the id that webhooks show."""
        return ids.raw(self.id)[0]


@dataclass(slots=True)
class Books:
    """The books of one business during one request."""

    store: Store
    business: Business
    clock: Clock
    switches: Switches
    outbox: Outbox
    authority: Authority

    @property
    def today(self) -> str:
        """The server's date."""
        return today(self.clock.now())

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """A living document to be changed, or None."""
        found = self.store.get(self.business.id, kind, id)
        return None if found is None or found.deleted else found.parsed()

    def peek(self, kind: str, id: str) -> dict[str, Any] | None:
        """A living document to be read only, or None."""
        return self.store.peek(self.business.id, kind, id)

    def refer(self, kind: str, id: str, *path: str | int) -> dict[str, Any]:
        """What a reference inside an input means. Raises as the switch `unknown_reference` has it."""
        doc = self.peek(kind, id)
        if doc is not None and not doc.get("gone"):
            return doc
        habit = self.switches["unknown_reference"]
        if habit == "not_found":
            raise not_found(kind, id)
        raise (
            refused(f"{kind} '{id}' could not be found.", *path, code="NOT_FOUND")
            if habit == "input_error"
            else Refused()
        )

    def insert(self, kind: str, doc: dict[str, Any]) -> dict[str, Any]:
        """Give a new document its id and times, and keep it."""
        now = self.clock.now()
        # Counted over all businesses, as the integers of a real database are.
        number = self.store.number("*", f"id:{kind}", add=1)
        doc["id"] = ids.member(self.business.uuid, kind, number)
        doc["business_id"] = self.business.id
        doc["createdAt"] = doc["modifiedAt"] = stamp(now)
        self.store.insert(
            self.business.id,
            kind,
            doc["id"],
            doc,
            updated=now,
            active=not doc.get("isArchived", False),
            row=rows.row(kind, doc),
            keys=rows.keys(kind, doc),
        )
        return doc

    def update(self, kind: str, doc: dict[str, Any], *, rekey: bool = True) -> dict[str, Any]:
        """Keep a changed document; `rekey` False when nothing that is looked up has changed."""
        now = self.clock.now()
        doc["modifiedAt"] = stamp(now)
        self.store.replace(
            self.business.id,
            kind,
            doc["id"],
            doc,
            updated=now,
            active=not doc.get("isArchived", False),
            row=rows.row(kind, doc),
            keys=rows.keys(kind, doc) if rekey else None,
        )
        return doc

    def remove(self, kind: str, doc: dict[str, Any]) -> None:
        """Delete for good."""
        self.store.replace(
            self.business.id, kind, doc["id"], {"id": doc["id"]}, updated=self.clock.now(), keys=(), deleted=True
        )

    def held(self, kind: str, key: str, value: str) -> Iterator[dict[str, Any]]:
        """Living documents of a kind under a look-up key."""
        for found, id in self.store.find(self.business.id, key, rows.looked_up(key, value)):
            doc = self.peek(kind, id) if found == kind else None
            if doc is not None and not doc.get("gone"):
                yield doc

    def tell(self, event: str, scope: str, doc: dict[str, Any]) -> None:
        """Put an event into the outbox, if the business is on the plan and a living grant has the scope; else it is
        silently skipped [DOC-webhooks].
        """
        if self.outbox.url is None:
            return
        grants = self.authority.grants.values()
        heard = any(
            not g.revoked and self.business.id in g.companies and covers(g.scope, f"{scope}:read") for g in grants
        )
        if heard and self.business.pro:
            self.outbox.record({"event": event, "id": doc["id"], "at": self.clock.now()})


@dataclass(slots=True)
class Desk:
    """One request: who asks, what they reach, and every business there is. `trouble`: why the token does not work."""

    store: Store
    clock: Clock
    switches: Switches
    outbox: Outbox
    authority: Authority
    businesses: dict[str, Business]
    call: Call | None = None
    grant: Grant | None = None
    trouble: str = ""
    denied: bool = False
    reach: frozenset[str] | None = None
    mutations: int = 0

    def reached(self) -> list[Business]:
        """The businesses the caller may use, in order; a person at the desk (`reach` None) may use all."""
        return [b for b in self.businesses.values() if self.reach is None or b.id in self.reach]

    def books(self, id: str) -> Books:
        """Open the books of a business. Raises Trouble NOT_FOUND when it is none of the caller's."""
        business = self.businesses.get(id)
        if business is None or (self.reach is not None and id not in self.reach):
            raise not_found("Business", id)
        return Books(self.store, business, self.clock, self.switches, self.outbox, self.authority)

    def target(self, kind: str, id: str) -> tuple[Books, dict[str, Any]]:
        """What a mutation is about, to be changed. Raises as the switch `unknown_target` has it."""
        try:
            books = self.books(ids.owner(id))
            doc = books.get(kind, id)
        except Trouble:
            doc = None
        if doc is not None and not doc.get("gone"):
            return books, doc
        if self.switches["unknown_target"] == "empty_refusal":
            raise Refused
        raise not_found(kind, id)

    def open(self, id: str) -> Books:
        """The books that `businessId` names. Raises as `target` does."""
        try:
            return self.books(id)
        except Trouble:
            if self.switches["unknown_target"] == "empty_refusal":
                raise Refused from None
            raise


def covers(scopes: str, wanted: str) -> bool:
    """Whether the scopes of a grant allow `resource:operation`; `resource:*` allows all of a resource, write does not
    include read [DOC-scopes].
    """
    granted = scopes.split()
    return wanted in granted or f"{wanted.partition(':')[0]}:*" in granted
