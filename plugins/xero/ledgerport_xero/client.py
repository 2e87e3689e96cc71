"""Xero's API: one method per call. Answers come back as rows; every fault is raised as a contract error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import httpx
import orjson

from ledgerport.contract import Broken, Company, Gone, Kind, Refused, TryLater, Unknown, call_options
from ledgerport_xero.answers import Row, parse
from ledgerport_xero.envelopes import trace_of
from ledgerport_xero.faults import judge, token_refused
from ledgerport_xero.mapping.accounts import rate
from ledgerport_xero.mapping.wire import rows_of, text
from ledgerport_xero.queries import address, any_id, lists_of, moment_header
from ledgerport_xero.terms import PAGE_SIZE

_API = "/api.xro/2.0"
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OPTIONS = call_options(token_refused=token_refused)
# Which lists come in pages, and which of them let us say how long a page is.
_PAGED = {"Contacts", "Invoices", "Payments", "Quotes"}
_SIZED = {"Contacts", "Invoices", "Payments"}
# Prices are cut to two decimals, on reads as on writes, unless this is said.
_WITH_UNIT_PRICES = {"Items", "Invoices"}
_IDS = {
    "Contacts": "ContactID",
    "Items": "ItemID",
    "Invoices": "InvoiceID",
    "Quotes": "QuoteID",
    "Payments": "PaymentID",
}
_KINDS = {
    "Contacts": Kind.CUSTOMER,
    "Items": Kind.ITEM,
    "Invoices": Kind.INVOICE,
    "Quotes": Kind.ESTIMATE,
    "Payments": Kind.PAYMENT,
}


class Client:
    """The calls on one organisation's books, over the bound `account.http`.

    An entity is Xero's name of a list (`Contacts`), which is its path and the member of an answer alike.
    """

    def __init__(self, http: httpx.Client, tenant: str) -> None:
        """`tenant` is the company's id. Refused when it is none: it becomes a header of every call."""
        if not _GUID.fullmatch(tenant):
            raise Refused(f"'{tenant[:40]}' is no id of a Xero organisation.")
        self._http = http
        self._tenant = tenant

    def create(self, entity: str, rows: Sequence[Row], *, key: str) -> tuple[list[Row], str]:
        """Create several: their elements as Xero answers them, and the call's trace id. PUT never overwrites."""
        return self._write("PUT", entity, _envelope(entity, rows), key=key)

    def update(self, entity: str, rows: Sequence[Row]) -> tuple[list[Row], str]:
        """Update several that name their ids; answers the same.

        Without a key: an edit back to an earlier value within six minutes would be answered from memory.
        """
        return self._write("POST", entity, _envelope(entity, rows))

    def update_one(self, entity: str, object_id: str, row: Row) -> tuple[list[Row], str]:
        """Update one by its id, with a body as it is; Gone when it is not there."""
        query = {"unitdp": "4"} if entity in _WITH_UNIT_PRICES else {}
        path = address(f"{_API}/{entity}/{_checked_id(object_id)}", query)
        response = self._http.post(path, content=orjson.dumps(row), headers=self._headers(), extensions=_OPTIONS)
        return self._elements(response, entity, updates=True)

    def one(self, entity: str, object_id: str) -> Row | None:
        """An object by its id, whole; None when it is not there."""
        query = {"unitdp": "4"} if entity in _WITH_UNIT_PRICES else {}
        path = address(f"{_API}/{entity}/{_checked_id(object_id)}", query)
        try:
            answer = self._get(path, kind=_KINDS.get(entity), updates=True)
        except Gone:
            return None
        return next(iter(_rows(answer, entity)), None)

    def rows(self, entity: str, query: Mapping[str, str] | None = None) -> list[Row]:
        """All rows of a list, page by page where it has pages."""
        return [row for page in self.pages(entity, query) for row in page]

    def pages(
        self, entity: str, query: Mapping[str, str] | None = None, *, since: datetime | None = None, start: int = 1
    ) -> Iterator[list[Row]]:
        """The pages of a list from `start` on; a list without pages is one. Raises Broken for a list without an end."""
        if entity not in _PAGED:
            yield self.page(entity, 0, query, since=since)[0]
            return
        number, before = start, ""
        while True:
            rows, more = self.page(entity, number, query, since=since)
            if rows:
                yield rows
            if not more:
                return
            if repr(rows) == before:
                raise Broken(f"Xero answers the same page of {entity} again and again.")
            number, before = number + 1, repr(rows)

    def page(
        self, entity: str, number: int, query: Mapping[str, str] | None = None, *, since: datetime | None = None
    ) -> tuple[list[Row], bool]:
        """One page (0: a list that has none), and whether there may be another one.

        Where an answer does not tell how many pages there are, only an empty one is the last.
        """
        asked = dict(query or {})
        if entity in _WITH_UNIT_PRICES:
            asked["unitdp"] = "4"
        if number:
            asked["page"] = str(number)
        if number and entity in _SIZED:
            asked["pageSize"] = str(PAGE_SIZE)
        answer = self._get(address(f"{_API}/{entity}", asked), since=since, kind=_KINDS.get(entity))
        if answer is None:  # nothing was changed since
            return [], False
        rows = _rows(answer, entity)
        told = answer.get("pagination")
        count = told.get("pageCount") if isinstance(told, dict) else None
        return rows, bool(number) and (number < count if isinstance(count, int) else bool(rows))

    def by_ids(self, entity: str, ids: Iterable[str]) -> dict[str, Row]:
        """The objects that are there, by id in lower case; archived, void and deleted ones too."""
        id_name = _IDS[entity]
        found: list[Row] = []
        if entity == "Quotes":  # no filter finds several
            found = [row for quote_id in dict.fromkeys(ids) if (row := self.one(entity, quote_id)) is not None]
        elif entity == "Contacts":
            for some in lists_of(ids):
                found += self.rows(entity, {"IDs": some, "includeArchived": "true"})
        elif entity == "Invoices":
            for some in lists_of(ids):
                found += self.rows(entity, {"IDs": some})
        else:
            for clause in any_id(id_name, ids):
                found += self.rows(entity, {"where": clause})
        return {str(row.get(id_name)).lower(): row for row in found}

    def rates(self) -> dict[str, Decimal]:
        """Tax type -> percent, of the rates that tell it."""
        rows = self.rows("TaxRates")
        return {text(row, "TaxType"): percent for row in rows if (percent := rate(row)) is not None}

    def organisation(self) -> Row:
        """The organisation's name, currency, country, locks and plan."""
        found = _rows(self._get(f"{_API}/Organisation"), "Organisations")
        if not found:
            raise TryLater("Xero answered without the organisation.")
        return found[0]

    def _write(self, method: str, entity: str, body: bytes, *, key: str = "") -> tuple[list[Row], str]:
        """Always with summarizeErrors=false, spelled out: by default one bad element hides the ids of the good ones."""
        query = {"summarizeErrors": "false", **({"unitdp": "4"} if entity in _WITH_UNIT_PRICES else {})}
        headers = {**self._headers(), **({"Idempotency-Key": key} if key else {})}
        response = self._http.request(
            method, address(f"{_API}/{entity}", query), content=body, headers=headers, extensions=_OPTIONS
        )
        return self._elements(response, entity)

    def _elements(self, response: httpx.Response, entity: str, *, updates: bool = False) -> tuple[list[Row], str]:
        trace_id = trace_of(response.headers)
        answer = parse(response.content)
        error = judge(
            response.status_code,
            response.headers,
            response.content,
            write=True,
            kind=_KINDS[entity],
            updates=updates,
            answer=answer,
        )
        if error is not None:
            raise error
        if not isinstance(answer, dict) or not isinstance(answer.get(entity), list):
            raise Unknown(f"Xero answered without the {entity} it was sent.", trace_id=trace_id)
        return rows_of(answer, entity), trace_id

    def _get(
        self, path: str, *, since: datetime | None = None, kind: Kind | None = None, updates: bool = False
    ) -> Row | None:
        """A read's answer; None when nothing was changed since."""
        headers = {"xero-tenant-id": self._tenant, "Accept": "application/json"}
        if since is not None:
            headers["If-Modified-Since"] = moment_header(since)
        response = self._http.get(path, headers=headers, extensions=_OPTIONS)
        if since is not None and response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        answer = parse(response.content)
        error = judge(
            response.status_code,
            response.headers,
            response.content,
            write=False,
            kind=kind,
            updates=updates,
            answer=answer,
        )
        if error is not None:
            raise error
        if not isinstance(answer, dict):
            raise TryLater("Xero answered a read with something that is no list.", trace_id=trace_of(response.headers))
        return answer

    def _headers(self) -> dict[str, str]:
        return {
            "xero-tenant-id": self._tenant,
            "Accept": "application/json",
            "Content-Type": "application/json",
        }


def client_for(http: httpx.Client, company: Company) -> Client:
    """The client of an organisation that is connected."""
    return Client(http, company.id)


def connections(
    http: httpx.Client, *, url: str = "/connections", headers: Mapping[str, str] | None = None
) -> list[Row]:
    """What a grant reaches: the only list that names no organisation and has no envelope."""
    response = http.get(url, headers={"Accept": "application/json", **(headers or {})}, extensions=_OPTIONS)
    answer = parse(response.content)
    error = judge(response.status_code, response.headers, response.content, write=False, answer=answer)
    if error is not None:
        raise error
    if not isinstance(answer, list):
        raise TryLater("Xero answered something that is no list of connections.", trace_id=trace_of(response.headers))
    return [row for row in answer if isinstance(row, dict)]


def _envelope(entity: str, rows: Sequence[Row]) -> bytes:
    return orjson.dumps({entity: rows})


def _rows(answer: Row | None, entity: str) -> list[Row]:
    """The rows of a read's answer.

    Somebody else's JSON must not pass for "no rows": after an unknown outcome that would send the record twice.
    """
    if answer is None or not isinstance(answer.get(entity), list):
        raise TryLater(f"Xero answered a read without its {entity}.")
    return rows_of(answer, entity)


def _checked_id(object_id: str) -> str:
    if not _GUID.fullmatch(object_id):
        raise Refused(f"'{object_id[:40]}' is no id of Xero's.")
    return object_id
