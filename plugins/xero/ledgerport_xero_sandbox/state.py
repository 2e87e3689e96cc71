"""The books of one organisation over the store: ids, times, look-up keys, ledger rows, events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.store import Store
from ledgerport_sandbox.switches import Switches
from ledgerport_sandbox.webhooks import Outbox
from ledgerport_xero_sandbox import rows
from ledgerport_xero_sandbox.envelopes import moment

#: The tenant ids of the two organisations that a fresh sandbox has.
COMPANY = "5b8f2c14-63d7-4c0e-9a41-0f6c2d7e9b01"
OTHER_COMPANY = "5b8f2c14-63d7-4c0e-9a41-0f6c2d7e9b02"
ID = {
    "Contact": "ContactID",
    "Item": "ItemID",
    "Invoice": "InvoiceID",
    "Quote": "QuoteID",
    "Payment": "PaymentID",
    "BatchPayment": "BatchPaymentID",
    "Account": "AccountID",
}
_EVENTS = {"Contact": "CONTACT", "Invoice": "INVOICE"}


@dataclass(slots=True)
class Company:
    """One organisation (tenant) and its settings; days are `YYYY-MM-DD`. `state` OFFLINE: every call is answered 503.
    `role` NONE: the connected user may do nothing any more.
    """

    id: str
    name: str
    country: str = "US"
    currency: str = "USD"
    currencies: str = ""
    timezone: str = "America/Chicago"
    short_code: str = "!bH8pQ"
    period_lock: str | None = None
    year_lock: str | None = None
    plan: str = "STANDARD"
    state: str = "ACTIVE"
    role: str = "STANDARD"


@dataclass(slots=True)
class Books:
    """An organisation's books during one request. `dp`: decimals of unit prices, 2 or (with unitdp=4) 4. `seen`: what
    lines have looked up by code; no request both changes such records and has lines.
    """

    store: Store
    company: Company
    clock: Clock
    switches: Switches
    outbox: Outbox
    dp: int = 2
    seen: dict[tuple[str, str], dict[str, Any] | None] = field(default_factory=dict)

    @property
    def today(self) -> str:
        """The day in the organisation's zone."""
        zone = ZoneInfo(self.company.timezone)
        return datetime.fromtimestamp(self.clock.now(), UTC).astimezone(zone).date().isoformat()

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """A document to be changed, or None."""
        found = self.store.get(self.company.id, kind, id)
        return None if found is None or found.deleted else found.parsed()

    def peek(self, kind: str, id: str) -> dict[str, Any] | None:
        """A document to be read only, or None."""
        return self.store.peek(self.company.id, kind, id)

    def find(self, kind: str, member: str, value: str) -> Iterator[dict[str, Any]]:
        """Documents whose indexed member has this value, case and accents aside; to be read only."""
        for _, id in self.store.find(self.company.id, f"{kind}.{member}", rows.folded(value)):
            doc = self.peek(kind, id)
            if doc is not None:
                yield doc

    def first(self, kind: str, member: str, value: str) -> dict[str, Any] | None:
        """The first of `find`."""
        return next(self.find(kind, member, value), None)

    def coded(self, kind: str, code: str) -> dict[str, Any] | None:
        """The account or item that a line names by its Code; looked up once a request."""
        key = (kind, code)
        if key not in self.seen:
            self.seen[key] = self.first(kind, "Code", code)
        return self.seen[key]

    def insert(self, kind: str, doc: dict[str, Any]) -> dict[str, Any]:
        """Keep a new document and tell of it."""
        now = self.clock.now()
        doc["UpdatedDateUTC"] = moment(now)
        id = doc[ID[kind]]
        self.store.insert(
            self.company.id,
            kind,
            id,
            doc,
            updated=now,
            active=_active(doc),
            row=rows.row(kind, doc),
            keys=rows.keys(kind, doc),
        )
        self.tell(kind, id, "CREATE")
        return doc

    def update(
        self, kind: str, doc: dict[str, Any], *, rekey: bool = True, tell: bool = True, touch: bool = True
    ) -> dict[str, Any]:
        """Keep a changed document. `touch` False: UpdatedDateUTC stays, as for IsCustomer (section 2.4)."""
        id = doc[ID[kind]]
        now = self.clock.now()
        if touch:
            doc["UpdatedDateUTC"] = moment(now)
        else:
            stored = self.store.get(self.company.id, kind, id)
            now = stored.updated if stored else now
        self.store.replace(
            self.company.id,
            kind,
            id,
            doc,
            updated=now,
            active=_active(doc),
            row=rows.row(kind, doc),
            keys=rows.keys(kind, doc) if rekey else None,
        )
        if tell and touch:
            self.tell(kind, id, "UPDATE")
        return doc

    def bury(self, kind: str, doc: dict[str, Any]) -> None:
        """Take a document out of the books (items have no status)."""
        now = self.clock.now()
        self.store.replace(self.company.id, kind, doc[ID[kind]], doc, updated=now, active=False, keys=(), deleted=True)

    def tell(self, kind: str, id: str, event: str) -> None:
        """A webhook event, for the kinds that have them (section 7)."""
        category = _EVENTS.get(kind)
        if category:
            now = self.clock.now()
            self.outbox.record({"company": self.company.id, "category": category, "id": id, "event": event, "at": now})


def _active(doc: dict[str, Any]) -> bool:
    return doc.get("ContactStatus") != "ARCHIVED"
