"""The books of one company over the store: ids, SyncTokens, look-up keys, ledger rows, customers' balances."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledgerport_quickbooks_sandbox import rows
from ledgerport_quickbooks_sandbox.envelopes import stamp, today
from ledgerport_quickbooks_sandbox.refusals import inactive, stale
from ledgerport_quickbooks_sandbox.rules import number
from ledgerport_sandbox.clock import Clock
from ledgerport_sandbox.store import Store, Stored
from ledgerport_sandbox.switches import Switches
from ledgerport_sandbox.webhooks import Outbox

#: The companies of a fresh sandbox.
COMPANY = "9341450000000001"
OTHER_COMPANY = "9341450000000002"
NAMES = ("Customer", "Vendor", "Employee")
#: Which ids are counted together: people share one list, transactions another.
SEQUENCES = {**dict.fromkeys(NAMES, "names"), **dict.fromkeys(("Invoice", "Estimate", "Payment"), "txn")}
LISTS = frozenset({*NAMES, "Item", "Account", "PaymentMethod", "TaxCode", "TaxRate"})
TRANSACTIONS = frozenset({"Invoice", "Estimate", "Payment"})
CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "GBP": "British Pound Sterling",
    "EUR": "Euro",
    "AUD": "Australian Dollar",
}


@dataclass(slots=True)
class Company:
    """One realm and its settings. `tax`: `ast` (US automated), `off` (US without sales tax), `codes` (a code per
    line).
    """

    id: str
    name: str
    country: str = "US"
    currency: str = "USD"
    tax: str = "ast"
    tax_rate: str = "8.25"
    custom_txn_numbers: bool = True
    warn_duplicate_numbers: bool = True
    email: str = ""
    subscription: str = "SUBSCRIBED"
    closed_until: str | None = None


@dataclass(slots=True)
class Books:
    """A company's books during one request. `fresh`: what this batch has made, which its other items may not refer
    to.
    """

    store: Store
    company: Company
    clock: Clock
    switches: Switches
    outbox: Outbox
    fresh: set[tuple[str, str]] = field(default_factory=set)
    batch: bool = False

    @property
    def today(self) -> str:
        """The server's date."""
        return today(self.clock.now())

    def currency(self) -> dict[str, str]:
        """The home currency as a reference."""
        code = self.company.currency
        return {"value": code, "name": CURRENCIES.get(code, code)}

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """A living document, or None."""
        found = self.store.get(self.company.id, kind, id)
        return None if found is None or found.deleted else self.opened(found)

    def opened(self, found: Stored) -> dict[str, Any]:
        """The document with what is kept beside it: a customer's balance."""
        doc = found.parsed()
        if found.kind == "Customer" and not found.deleted:
            balance = number(Decimal(self.store.number(self.company.id, f"balance:{found.id}")) / 100)
            doc["Balance"] = doc["BalanceWithJobs"] = balance
        return doc

    def current(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        """The document an update means, checked against its SyncToken. Raises Refused 610, 5010."""
        doc = self.get(kind, str(data["Id"]))
        if doc is None:
            raise inactive()
        if str(data.get("SyncToken")) != doc["SyncToken"]:
            raise stale()
        return doc

    def resolve(self, kind: str, id: str) -> dict[str, Any] | None:
        """What a reference points to, to be read only; objects of the same batch cannot be seen.

        A customer's balance is not in it: nobody who follows a reference asks for it.
        """
        if self.batch and (kind, id) in self.fresh:
            return None
        return self.store.peek(self.company.id, kind, id) if kind in LISTS else self.get(kind, id)

    def insert(self, kind: str, doc: dict[str, Any], *, id: str | None = None) -> dict[str, Any]:
        """Give a new document its Id, SyncToken "0" and times, and keep it."""
        now = self.clock.now()
        doc["Id"] = id or str(self.store.number(self.company.id, f"id:{SEQUENCES.get(kind, kind)}", add=1))
        doc["SyncToken"] = "0"
        doc["domain"], doc["sparse"] = "QBO", False
        moment = stamp(now)
        doc["MetaData"] = {"CreateTime": moment, "LastUpdatedTime": moment}
        self.store.insert(
            self.company.id, kind, doc["Id"], doc, updated=now, **_kept(kind, doc), keys=rows.keys(kind, doc)
        )
        if self.batch:
            self.fresh.add((kind, doc["Id"]))
        self._tell(kind, doc["Id"], "created")
        return doc

    def update(self, kind: str, doc: dict[str, Any], event: str = "updated", *, rekey: bool = True) -> dict[str, Any]:
        """Keep a changed document under the next SyncToken; `rekey` False when nothing that is looked up has
        changed.
        """
        now = self.clock.now()
        doc["SyncToken"] = str(int(doc["SyncToken"]) + 1)
        doc["domain"], doc["sparse"] = "QBO", False
        doc["MetaData"] = {**doc["MetaData"], "LastUpdatedTime": stamp(now)}
        self.store.replace(
            self.company.id,
            kind,
            doc["Id"],
            doc,
            updated=now,
            **_kept(kind, doc),
            keys=rows.keys(kind, doc) if rekey else None,
        )
        self._tell(kind, doc["Id"], event)
        return doc

    def bury(self, kind: str, id: str) -> None:
        """Replace a document by its tombstone, which only change data capture shows."""
        now = self.clock.now()
        grave = {"status": "Deleted", "domain": "QBO", "Id": id, "MetaData": {"LastUpdatedTime": stamp(now)}}
        self.store.replace(self.company.id, kind, id, grave, updated=now, active=False, keys=(), deleted=True)
        self._tell(kind, id, "deleted")

    def owe(self, customer: str, change: Decimal) -> None:
        """Add to what a customer owes."""
        if change:
            self.store.number(self.company.id, f"balance:{customer}", add=int(change * 100))

    def _tell(self, kind: str, id: str, event: str) -> None:
        self.outbox.record({"company": self.company.id, "kind": kind, "id": id, "event": event, "at": self.clock.now()})


def public(doc: dict[str, Any]) -> dict[str, Any]:
    """A document without what only the sandbox knows (members with an underscore)."""
    if "_void" in doc or "_rate" in doc:
        return {name: value for name, value in doc.items() if name[0] != "_"}
    return doc


def _kept(kind: str, doc: dict[str, Any]) -> dict[str, Any]:
    return {"row": rows.row(kind, doc), "sort": rows.sort(kind, doc), "active": doc.get("Active", True)}
