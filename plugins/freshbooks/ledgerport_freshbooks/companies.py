"""After consent: the businesses that the person works in, and the accounting account of each.

A business has three ids (fact sheet, 0): `account_id`, a text, for accounting, which is what the hub calls the
company's id; `business_id` and `business_uuid` are kept as facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from ledgerport.contract import Account, Broken, Company, LoginNeeded, Refused
from ledgerport_freshbooks.answers import Row
from ledgerport_freshbooks.client import ACCOUNTS, Client, ledger_of, person_of
from ledgerport_freshbooks.mapping.accounts import currency_of, tied_to
from ledgerport_freshbooks.mapping.wire import id_of, part, rows_of, text

# Somebody's customer: reads his own bills and writes nothing (403, errno 1003).
_CLIENT = "client"
# Where the books do not tell their currency: the business's country, as FreshBooks spells it.
_CURRENCIES = {
    "united states": "USD",
    "canada": "CAD",
    "united kingdom": "GBP",
    "australia": "AUD",
    "new zealand": "NZD",
    "ireland": "EUR",
    "south africa": "ZAR",
}


def reached(account: Account) -> list[Company]:
    """The businesses whose books this person may write. One consent reaches all of them; the user chooses.

    Refused, with the reason, when there is none.
    """
    person = person_of(account.http)
    businesses = [part(membership, "business") for membership in rows_of(person, "business_memberships")]
    if not businesses:
        raise Refused("The FreshBooks user who signed in belongs to no business: sign in as a user of the business.")
    roles = {text(role, "accountid"): text(role, "role") for role in rows_of(person, "roles")}
    written = [business for business in businesses if roles.get(text(business, "account_id")) != _CLIENT]
    charts = _Charts(account.http)
    found = [(business, id) for business in written if (id := _account_id(business, written, roles, charts))]
    if not found and set(roles.values()) == {_CLIENT}:
        raise Refused(
            "The FreshBooks user who signed in is only a client there and may not write in any business's books: sign "
            "in as owner or administrator."
        )
    if not found:
        raise Refused(
            "FreshBooks does not say which books belong to which of this user's businesses: sign in as a user of one "
            "business only."
        )
    companies = list(_companies(charts, found))
    if not companies:
        raise Refused(
            "FreshBooks does not tell in which currency the books are kept: set the business's country there."
        )
    return companies


@dataclass
class _Charts:
    """Charts of accounts, each read once; empty where an account or business has none."""

    http: httpx.Client
    _read: dict[str, list[Row]] = field(default_factory=dict)

    def of_account(self, account_id: str) -> list[Row]:
        return self._once(account_id, lambda: Client(self.http, account_id).everything(ACCOUNTS))

    def of_business(self, business_uuid: str) -> list[Row]:
        return self._once(business_uuid, lambda: ledger_of(self.http, business_uuid)) if business_uuid else []

    def _once(self, id: str, read: Callable[[], list[Row]]) -> list[Row]:
        if id not in self._read:
            try:
                self._read[id] = read()
            except (Refused, Broken, LoginNeeded):
                # A chart only helps to tell things; who may not read it may do without.
                self._read[id] = []
        return self._read[id]


def _companies(charts: _Charts, found: Sequence[tuple[Mapping[str, Any], str]]) -> Iterator[Company]:
    for business, account_id in found:
        country = text(part(business, "address"), "country")
        currency = currency_of(charts.of_account(account_id)) or _CURRENCIES.get(country.strip().lower(), "")
        if currency:
            facts = {"business_id": text(business, "id"), "business_uuid": text(business, "business_uuid")}
            yield Company(
                id=account_id,
                name=text(business, "name") or account_id,
                currency=currency,
                country=country,
                facts={name: value for name, value in facts.items() if value},
            )


def _account_id(
    business: Mapping[str, Any], businesses: Sequence[Mapping[str, Any]], roles: Mapping[str, str], charts: _Charts
) -> str:
    """The account of a business; empty when it cannot be told for certain.

    `account_id` may be null on a real owner's business (seen 2026-08). Then it is among the accounts that the person's
    roles name, and the business's own entries or the ids in the two charts of accounts tell which.
    """
    told = text(business, "account_id")
    if told:
        return told
    taken = {id for other in businesses if (id := text(other, "account_id"))}
    free = {id for id, role in roles.items() if id and role != _CLIENT} - taken
    own = {id for entry in rows_of(business, "business_clients") if (id := text(entry, "account_id"))}
    nameless = sum(1 for other in businesses if not text(other, "account_id"))
    for candidates in (free & own, free if nameless == 1 else set(), own - taken - set(roles)):
        if len(candidates) == 1:
            return candidates.pop()
    wanted = tied_to(charts.of_business(text(business, "business_uuid")))
    fitting = [id for id in sorted(free) if wanted & {id_of(row, "id", "accountid") for row in charts.of_account(id)}]
    return fitting[0] if len(fitting) == 1 else ""
