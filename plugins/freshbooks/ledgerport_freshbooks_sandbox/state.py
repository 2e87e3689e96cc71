"""The books of one account over the store: ids, times, visibility, look-up keys, ledger rows, events."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledgerport_freshbooks_sandbox import rows
from ledgerport_freshbooks_sandbox.moments import eastern, today
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.store import Store
from ledgerport_sandbox.switches import Switches

#: account_id of the two businesses a fresh sandbox has; the hub's company id.
COMPANY = "6BApk"
OTHER_COMPANY = "7zQmw"
#: The one person of this sandbox, who is a member of every business.
IDENTITY = 1234567
#: The first id of each kind comes after these.
_FIRST = {
    "Customer": 56788,
    "Item": 4330,
    "Invoice": 987653,
    "Estimate": 76542,
    "Payment": 235434,
    "Tax": 7839,
    "CreditNote": 8800,
    "Callback": 122,
    "Service": 4054450,
}
_BURIED = frozenset({"Invoice", "Estimate", "Payment", "CreditNote", "Tax"})
_NOUNS = {"Customer": "client", "CreditNote": "credit_note"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed: `name` as callbacks know it, for example `invoice.create`."""

    name: str
    id: str


@dataclass(slots=True)
class Company:
    """One business with its accounting account (`id`). `role`: what the person may do in the account (`admin` or
    `client`); `plan`: `active` or `cancelled`; `clients`: living clients the plan allows, 0 for any number.
    """

    id: str
    name: str
    business_id: int
    business_uuid: str
    currency: str = "USD"
    role: str = "admin"
    membership: str = "owner"
    plan: str = "active"
    clients: int = 0
    items_module: bool = True
    locked_until: str | None = None


@dataclass(slots=True)
class Books:
    """A company's books during one request. `tell` takes the events."""

    store: Store
    company: Company
    clock: Clock
    switches: Switches
    tell: Callable[[Event], None]

    @property
    def today(self) -> str:
        """The date in US/Eastern."""
        return today(self.clock.now())

    def get(self, kind: str, id: str | int) -> dict[str, Any] | None:
        """A document, deleted ones included, or None."""
        found = self.store.get(self.company.id, kind, str(id))
        return None if found is None else found.parsed()

    def peek(self, kind: str, id: str | int) -> dict[str, Any] | None:
        """The same for what is referred to often; the caller must not change it. Buried documents are None."""
        return self.store.peek(self.company.id, kind, str(id))

    def next_id(self, kind: str) -> int:
        """The next free id of a kind."""
        return _FIRST[kind] + self.store.number(self.company.id, f"id:{kind}", add=1)

    def insert(self, kind: str, doc: dict[str, Any], *, quiet: bool = False) -> dict[str, Any]:
        """Give a new document its id (unless it has one) and times, and keep it. `quiet`: no event."""
        now = self.clock.now()
        doc.setdefault("id", self.next_id(kind))
        doc.setdefault("vis_state", 0)
        doc["updated"], doc["_vis"] = eastern(now), doc["vis_state"]
        self._count(kind, 0, doc["vis_state"])
        self.store.insert(
            self.company.id, kind, str(doc["id"]), doc, updated=now, **_kept(kind, doc), keys=rows.keys(kind, doc)
        )
        if not quiet:
            self.tell(Event(f"{noun(kind)}.create", str(doc["id"])))
        return doc

    def update(self, kind: str, doc: dict[str, Any], *, quiet: bool = False, rekey: bool = True) -> dict[str, Any]:
        """Keep a changed document; `rekey` False when nothing that is looked up has changed."""
        now = self.clock.now()
        was = doc["_vis"]
        doc["updated"], doc["_vis"] = eastern(now), doc["vis_state"]
        self._count(kind, was, doc["vis_state"])
        buried = kind in _BURIED and doc["vis_state"] == 1
        self.store.replace(
            self.company.id,
            kind,
            str(doc["id"]),
            doc,
            updated=now,
            **_kept(kind, doc),
            keys=rows.keys(kind, doc) if rekey else None,
            deleted=buried,
        )
        if not quiet:
            verb = "delete" if doc["vis_state"] == 1 and was != 1 else "update"
            self.tell(Event(f"{noun(kind)}.{verb}", str(doc["id"])))
        return doc

    def _count(self, kind: str, was: int, now: int) -> None:
        if (was == 2) != (now == 2):
            self.store.number(self.company.id, f"archived:{kind}", add=1 if now == 2 else -1)

    def archived(self, kind: str) -> int:
        """How many documents of a kind are archived."""
        return self.store.number(self.company.id, f"archived:{kind}")


def noun(kind: str) -> str:
    """FreshBooks' word for a kind in events and errors."""
    return _NOUNS.get(kind, kind.lower())


def new_uuid() -> str:
    """A random id of the newer kind."""
    return str(uuid.uuid4())


def _kept(kind: str, doc: dict[str, Any]) -> dict[str, Any]:
    return {"row": rows.row(kind, doc), "active": doc["vis_state"] == 0}
