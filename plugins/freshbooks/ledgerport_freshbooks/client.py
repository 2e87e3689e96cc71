"""FreshBooks' API: one method per call. Answers come back as rows; every fault is raised as a contract error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import orjson

from ledgerport.contract import Broken, Company, Gone, Refused, TryLater, Unknown, call_options
from ledgerport_freshbooks.answers import Row, parse, result_of
from ledgerport_freshbooks.faults import judge
from ledgerport_freshbooks.mapping.wire import DELETED, id_of, part, rows_of
from ledgerport_freshbooks.terms import API_VERSION, CREATE, MAX_ROWS

_HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "X-API-VERSION": API_VERSION}
_UUID = re.compile(r"[0-9a-zA-Z_-]+")
_WRITE = call_options()
_CREATE = call_options(meter=CREATE)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A list of records: its address below the account, and what one and many are called in bodies."""

    path: str
    one: str
    many: str
    ids: tuple[str, ...] = ()


CLIENTS = Resource(path="users/clients", one="client", many="clients", ids=("userid",))
ITEMS = Resource(path="items/items", one="item", many="items", ids=("itemid",))
INVOICES = Resource(path="invoices/invoices", one="invoice", many="invoices", ids=("invoiceid",))
ESTIMATES = Resource(path="estimates/estimates", one="estimate", many="estimates", ids=("estimateid",))
PAYMENTS = Resource(path="payments/payments", one="payment", many="payments", ids=("logid",))
TAXES = Resource(path="taxes/taxes", one="tax", many="taxes", ids=("taxid",))
ACCOUNTS = Resource(
    path="journal_entry_accounts/journal_entry_accounts",
    one="journal_entry_account",
    many="journal_entry_accounts",
    ids=("accountid",),
)
CALLBACKS = Resource(path="events/callbacks", one="callback", many="callbacks", ids=("callbackid",))


class Client:
    """The calls on one account, over the bound `account.http`."""

    def __init__(self, http: httpx.Client, account_id: str) -> None:
        """Refused when `account_id` is none: it becomes part of every address."""
        if not (account_id.isascii() and account_id.isalnum()):
            raise Refused(f"'{account_id[:40]}' is no FreshBooks account id.")
        self._http = http
        self._account_id = account_id

    def create(self, resource: Resource, row: Row) -> Row:
        """A new record, as it is now. Unknown when the answer does not hold it."""
        body = orjson.dumps({resource.one: row})
        response = self._http.post(self._address(resource), content=body, headers=_HEADERS, extensions=_CREATE)
        return _saved(resource, response)

    def update(self, resource: Resource, id: str, row: Row) -> Row:
        """A record with these members changed; the others stay. Gone when it is not there, or was deleted."""
        body = orjson.dumps({resource.one: row})
        response = self._http.put(
            self._address(resource, _checked_id(id)), content=body, headers=_HEADERS, extensions=_WRITE
        )
        return _saved(resource, response, updates=True)

    def delete(self, resource: Resource, id: str) -> Row:
        """A record taken out of the lists; FreshBooks keeps it, marked as deleted."""
        return self.update(resource, id, {"vis_state": DELETED})

    def read(self, resource: Resource, id: str, *, include: str = "") -> Row | None:
        """One record, deleted ones too; None when there is none. `include` asks for what is left out otherwise."""
        wanted = {"include[]": include} if include else None
        response = self._http.get(self._address(resource, _checked_id(id)), params=wanted, headers=_HEADERS)
        try:
            return _member(response, resource.one, updates=True)
        except Gone:
            return None

    def page(self, resource: Resource, number: int, *search: tuple[str, str]) -> tuple[list[Row], int]:
        """One page of a list, from 1, and how many there are. Unknown search keys are ignored over there without a
        word: whoever searches compares the rows again.
        """
        paging = {"page": str(number), "per_page": str(MAX_ROWS)}
        response = self._http.get(self._address(resource), params=[*paging.items(), *search], headers=_HEADERS)
        result = _result(response)
        if not isinstance(result.get(resource.many), list):
            # Somebody else's JSON must not pass for "no rows": after an unknown outcome that would send a record twice.
            raise TryLater(f"FreshBooks answered a list without its {resource.many}.")
        pages = result.get("pages")
        return rows_of(result, resource.many), pages if isinstance(pages, int) else 1

    def everything(self, resource: Resource, *search: tuple[str, str]) -> list[Row]:
        """All rows, each once. A page may be empty and not the last: rows we may not read are counted (10)."""
        found: dict[str, Row] = {}
        for rows in self.pages(resource, *search):
            found.update((id_of(row, "id", *resource.ids), row) for row in rows)
        return list(found.values())

    def pages(self, resource: Resource, *search: tuple[str, str]) -> Iterator[list[Row]]:
        """The pages of a list, one request each."""
        number, last = 1, 1
        while number <= last:
            rows, last = self.page(resource, number, *search)
            yield rows
            number += 1

    def _address(self, resource: Resource, id: str = "") -> str:
        family = "events" if resource is CALLBACKS else "accounting"
        address = f"/{family}/account/{self._account_id}/{resource.path}"
        return f"{address}/{id}" if id else address


def client_for(http: httpx.Client, company: Company) -> Client:
    """The client of a company whose books are connected."""
    return Client(http, company.id)


def person_of(http: httpx.Client) -> Row:
    """Who signed in, with businesses and roles. The answer carries tokens: it is read, never shown or kept."""
    response = http.get("/auth/api/v1/users/me", headers=_HEADERS)
    person = part(_answer(response), "response")
    if not person:
        raise TryLater("FreshBooks did not say who signed in.")
    return person


def ledger_of(http: httpx.Client, business_uuid: str) -> list[Row]:
    """The ledger accounts of a business, which are not paged."""
    if not _UUID.fullmatch(business_uuid):
        raise Refused(f"'{business_uuid[:40]}' is no FreshBooks business id.")
    response = http.get(f"/accounting/businesses/{business_uuid}/ledger_accounts/accounts", headers=_HEADERS)
    return rows_of(_answer(response), "data")


def _saved(resource: Resource, response: httpx.Response, *, updates: bool = False) -> Row:
    saved = part(_result(response, write=True, updates=updates), resource.one)
    if not id_of(saved, "id", *resource.ids):
        raise Unknown(f"FreshBooks answered without the {resource.one} it was sent.")
    return saved


def _member(response: httpx.Response, name: str, *, updates: bool) -> Row:
    found = part(_result(response, updates=updates), name)
    if not found:
        raise TryLater(f"FreshBooks answered a read without its {name}.")
    return found


def _result(response: httpx.Response, *, write: bool = False, updates: bool = False) -> Row:
    """`response.result`; an answer that is fine and has none is nobody's we know."""
    return result_of(_answer(response, write=write, updates=updates)) or {}


def _answer(response: httpx.Response, *, write: bool = False, updates: bool = False) -> Row:
    """The answer's object; whatever is none is raised."""
    body = response.content
    answer = parse(body)
    error = judge(response.status_code, response.headers, answer, body, write=write, updates=updates)
    if error is not None:
        raise error
    if answer is None:  # judge has a decision for every body that cannot be read
        raise Broken("FreshBooks' answer could not be read.")
    return answer


def _checked_id(id: str) -> str:
    """An id that becomes part of an address."""
    if not (id.isascii() and id.isdigit()):
        raise Refused(f"'{id[:40]}' is no id of FreshBooks.")
    return id
