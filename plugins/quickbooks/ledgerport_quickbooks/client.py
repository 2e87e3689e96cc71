"""QuickBooks' API: one method per call. Answers come back as rows; every fault is raised as a contract error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import orjson

from ledgerport.contract import Broken, Company, ContractError, Refused, TryLater, Unknown, call_options
from ledgerport_quickbooks.answers import Row, parse
from ledgerport_quickbooks.envelopes import trace_of
from ledgerport_quickbooks.faults import judge
from ledgerport_quickbooks.mapping.wire import part, rows_of
from ledgerport_quickbooks.queries import WITH_INACTIVE, among, select
from ledgerport_quickbooks.terms import MAX_ROWS, MINOR_VERSION

_JSON = {"Accept": "application/json", "Content-Type": "application/json"}
_TEXT = {"Accept": "application/json", "Content-Type": "application/text"}
_ACCEPT = {"Accept": "application/json"}
_LONGEST_ADDRESS = 1_800  # a longer statement is sent as a body: proxies cut or refuse long addresses
_READ = call_options(read=True)
_WRITE = call_options()
_BATCH = call_options(meter="batch")


class Client:
    """The calls on one company's books, over the bound `account.http`."""

    def __init__(self, http: httpx.Client, realm: str) -> None:
        """`realm` is the company's id. Refused when it is none: it becomes part of every address."""
        if not (realm.isascii() and realm.isdigit()):
            raise Refused(f"'{realm[:40]}' is no QuickBooks company id (digits only).")
        self._http = http
        self._base = f"/v3/company/{realm}"
        self._realm = realm

    def save(self, path: str, entity: str, row: Row, *, request_id: str) -> Row:
        """Create (no Id) or update one object; answers the object as it is now."""
        return self._write(path, entity, row, request_id=request_id)

    def void_invoice(self, row: Row, *, request_id: str) -> Row:
        """Void: `row` names Id and SyncToken."""
        return self._write("invoice", "Invoice", row, request_id=request_id, operation="void")

    def delete_payment(self, row: Row, *, request_id: str) -> Row:
        """Delete: `row` names Id and SyncToken. Answers `{"Id", "status": "Deleted"}`."""
        return self._write("payment", "Payment", row, request_id=request_id, operation="delete")

    def batch(self, items: Sequence[Row], *, request_id: str) -> tuple[list[Row], str]:
        """Several writes in one request: the answer's items, in whatever order they came, and the call's trace id."""
        body = orjson.dumps({"BatchItemRequest": items})
        url = f"{self._base}/batch?minorversion={MINOR_VERSION}&requestid={request_id}"
        response = self._http.post(url, content=body, headers=_JSON, extensions=_BATCH)
        answer = _checked(response, write=True)
        trace_id = trace_of(response.headers)
        if "BatchItemResponse" not in answer:
            raise Unknown("QuickBooks answered a batch without its items.", trace_id=trace_id)
        return rows_of(answer, "BatchItemResponse"), trace_id

    def query(self, statement: str, entity: str) -> list[Row]:
        """One page of rows. An answer without rows lacks the entity's member."""
        return rows_of(_member(self._asked(statement), "QueryResponse"), entity)

    def everything(self, entity: str, *conditions: str) -> list[Row]:
        """All rows, page by page, until a page is short."""
        found: dict[str, Row] = {}
        start = 1
        while True:
            page = self.query(select(entity, *conditions, start=start), entity)
            known = len(found)
            found.update((str(row.get("Id")), row) for row in page)
            if len(page) < MAX_ROWS:
                return list(found.values())
            if len(found) == known:
                raise Broken(f"QuickBooks answers the same page of {entity} again and again.")
            start += len(page)

    def matching(self, entity: str, name: str, values: Iterable[str], *conditions: str) -> list[Row]:
        """All rows whose `name` is one of `values` (and, with a backslash, a few more)."""
        return [row for clause in among(name, values) for row in self.everything(entity, clause, *conditions)]

    def by_ids(self, entity: str, ids: Iterable[str], *, listed: bool) -> dict[str, Row]:
        """The objects that are there, by id; of a name list inactive ones too. Deleted transactions are in no query."""
        conditions = (WITH_INACTIVE,) if listed else ()
        return {str(row.get("Id")): row for row in self.matching(entity, "Id", ids, *conditions)}

    def changes(self, entities: Iterable[str], since: datetime) -> Row:
        """What changed since a moment within the last 30 days: the whole answer."""
        moment = quote(since.astimezone(UTC).isoformat(timespec="seconds"), safe="")
        answer = self._get(f"cdc?entities={','.join(entities)}&changedSince={moment}&minorversion={MINOR_VERSION}")
        if "CDCResponse" not in answer:
            raise TryLater("QuickBooks answered something that is no list of changes.")
        return answer

    def company_info(self) -> Row:
        """The company's name and country."""
        return _member(self._get(f"companyinfo/{self._realm}?minorversion={MINOR_VERSION}"), "CompanyInfo")

    def preferences(self) -> Row:
        """Numbering, tax and currency settings."""
        return _member(self._get(f"preferences?minorversion={MINOR_VERSION}"), "Preferences")

    def _write(self, path: str, entity: str, row: Row, *, request_id: str, operation: str = "") -> Row:
        verb = f"operation={operation}&" if operation else ""
        url = f"{self._base}/{path}?{verb}minorversion={MINOR_VERSION}&requestid={request_id}"
        response = self._http.post(url, content=orjson.dumps(row), headers=_JSON, extensions=_WRITE)
        answer = _checked(response, write=True, updates="Id" in row)
        saved = part(answer, entity)
        if not saved.get("Id"):
            raise Unknown(f"QuickBooks answered without the {entity} it was sent.", trace_id=trace_of(response.headers))
        return saved

    def _asked(self, statement: str) -> Row:
        address = f"query?query={quote(statement, safe='')}&minorversion={MINOR_VERSION}"
        if len(address) <= _LONGEST_ADDRESS:
            return self._get(address)
        url = f"{self._base}/query?minorversion={MINOR_VERSION}"
        response = self._http.post(url, content=statement.encode(), headers=_TEXT, extensions=_READ)
        return _checked(response, write=False)

    def _get(self, address: str) -> Row:
        response = self._http.get(f"{self._base}/{address}", headers=_ACCEPT, extensions=_READ)
        return _checked(response, write=False)


def client_for(http: httpx.Client, company: Company) -> Client:
    """The client of a company whose books are connected."""
    return Client(http, company.id)


def _member(answer: Row, name: str) -> Row:
    """The part of a read's answer that must be there.

    Somebody else's JSON must not pass for "no rows": after an unknown outcome that would send the record twice.
    """
    found = answer.get(name)
    if not isinstance(found, dict):
        raise TryLater(f"QuickBooks answered a read without its {name}.")
    return found


def _checked(response: httpx.Response, *, write: bool, updates: bool = False) -> Row:
    """The answer's object; whatever is none is raised."""
    body = response.content
    answer = parse(body)
    error: ContractError | None = judge(
        response.status_code, response.headers, answer, body, write=write, updates=updates
    )
    if error is not None:
        raise error
    if answer is None:  # judge has a decision for every body that cannot be read
        raise Broken("QuickBooks' answer could not be read.", trace_id=trace_of(response.headers))
    return answer
