"""GET: lists with filters, paging, If-Modified-Since and the short forms of records (section 2.4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ledgerport_sandbox.calls import Call
from ledgerport_xero_sandbox import where
from ledgerport_xero_sandbox.envelopes import day_of, milliseconds
from ledgerport_xero_sandbox.refusals import NotFound, query_error
from ledgerport_xero_sandbox.rows import folded
from ledgerport_xero_sandbox.state import ID, Books
from ledgerport_xero_sandbox.where import Test, reach
from ledgerport_xero_sandbox.writing import Endpoint

PAGE, MOST = 100, 1000
_PAGED = frozenset({"Contact", "Invoice", "Payment", "Quote"})
_SEARCHED = {
    "Contact": ("Name", "FirstName", "LastName", "ContactNumber", "EmailAddress", "AccountNumber", "CompanyNumber"),
    "Invoice": ("InvoiceNumber", "Reference"),
    "Item": ("Code", "Name", "Description"),
}


@dataclass(slots=True)
class Listing:
    """The records of one answer, and the pagination object of paged ones."""

    rows: list[dict[str, Any]]
    pagination: dict[str, int] | None = None


def one(books: Books, endpoint: Endpoint, key: str) -> dict[str, Any]:
    """A record by its id, or by the second key of its kind. Raises NotFound."""
    return endpoint.show(books, located(books, endpoint, key))


def located(books: Books, endpoint: Endpoint, key: str) -> dict[str, Any]:
    """The document a path names. Raises NotFound."""
    found = books.peek(endpoint.kind, str(uuid.UUID(key))) if _is_guid(key) else None
    if found is None and endpoint.also:
        found = books.first(endpoint.kind, endpoint.also, key)
    if found is None:
        raise NotFound
    return found


def _is_guid(key: str) -> bool:
    try:
        uuid.UUID(key)
    except ValueError:
        return False
    return True


def listing(books: Books, call: Call, endpoint: Endpoint) -> Listing:
    """The list a query asks for. Raises ApiError 16 for a filter or order that cannot be read."""
    kind, query = endpoint.kind, call.query
    light = query.get("summaryOnly", "").lower() == "true" and kind in {"Contact", "Invoice"}
    forced = light or (kind == "Invoice" and bool(query.get("Statuses")))
    paged = kind in _PAGED and ("page" in query or forced or kind == "Quote")
    tests, candidates = _filters(books, call, endpoint)
    since = modified_since(call)
    if since is not None and books.switches["if_modified_since"] == "exclusive":
        since += 1.0
    archived = kind != "Contact" or query.get("includeArchived", "").lower() == "true" or bool(query.get("IDs"))
    active = None if archived else True
    size = _size(query) if kind != "Quote" else PAGE
    first = (_whole(query.get("page"), 1) - 1) * size
    order = query.get("order", "")
    full = paged or bool(query.get("IDs")) or kind not in {"Contact", "Invoice"}
    show = endpoint.light if light or not full else endpoint.paged
    if not tests and candidates is None and not order:
        limit, offset = (size, first) if paged else (-1, 0)
        stored = books.store.scan(books.company.id, kind, since=since or 0.0, active=active, limit=limit, offset=offset)
        count = books.store.count(books.company.id, kind, active=active, since=since or 0.0) if paged else 0
        rows = [show(books, item.parsed()) for item in stored]
        return Listing(rows, _pagination(first // size + 1, size, count) if paged else None)
    hits = _hits(books, kind, candidates, since, active)
    found = [doc for doc in hits if all(test(doc) for test in tests)]
    found = _sorted(kind, found, order)
    part = islice(found, first, first + size) if paged else found
    return Listing(
        [show(books, doc) for doc in part], _pagination(first // size + 1, size, len(found)) if paged else None
    )


def _hits(
    books: Books, kind: str, candidates: list[str] | None, since: float | None, active: bool | None
) -> Iterable[dict[str, Any]]:
    if candidates is None:
        for stored in books.store.scan(books.company.id, kind, since=since or 0.0, active=active):
            yield _joined(books, kind, stored.parsed())
        return
    for id in dict.fromkeys(candidates):
        held = books.store.get(books.company.id, kind, id)
        if held is None or held.deleted or (active and not held.active) or (since is not None and held.updated < since):
            continue
        yield _joined(books, kind, held.parsed())


def _joined(books: Books, kind: str, doc: dict[str, Any]) -> dict[str, Any]:
    """A document with the names of what it refers to, so that filters can reach them."""
    if kind == "Invoice":
        contact = books.peek("Contact", doc["Contact"]["ContactID"]) or {}
        names = {name: contact.get(name) for name in ("Name", "ContactNumber", "EmailAddress")}
        return {**doc, "Contact": {**doc["Contact"], **names}}
    if kind == "Payment":
        invoice = books.peek("Invoice", doc["Invoice"]["InvoiceID"]) or {}
        return {**doc, "Invoice": {**doc["Invoice"], "InvoiceNumber": invoice.get("InvoiceNumber")}}
    return doc


def _filters(books: Books, call: Call, endpoint: Endpoint) -> tuple[list[Test], list[str] | None]:
    """(tests, candidate ids by an index); no candidates: look at every record."""
    kind, query = endpoint.kind, call.query
    tests: list[Test] = []
    candidates: list[str] | None = None
    if text := query.get("where", "").strip():
        found = where.parse(kind, text)
        tests.append(found.test)
        if found.lookups is not None:
            candidates = [id for pair in found.lookups for id in _looked_up(books, kind, *pair)]
    for name, member in _LISTS.get(kind, {}).items():
        if query.get(name):
            wanted = {folded(part) for part in query[name].split(",")}
            tests.append(_among(member, wanted))
            if name == "IDs":
                candidates = sorted(wanted)
            elif member in {"InvoiceNumber", "Contact.ContactID", "QuoteNumber"}:
                key = f"{kind}.{member}"
                candidates = [id for part in sorted(wanted) for _, id in books.store.find(books.company.id, key, part)]
    if kind == "Quote":
        tests += _quote_days(query)
    if query.get("searchTerm") and kind in _SEARCHED:
        tests.append(_search(_SEARCHED[kind], folded(query["searchTerm"])))
    return tests, candidates


def _looked_up(books: Books, kind: str, member: str, value: str) -> list[str]:
    if member == ID.get(kind):
        return [value.lower()]
    return [id for _, id in books.store.find(books.company.id, f"{kind}.{member}", folded(value))]


_LISTS: dict[str, dict[str, str]] = {
    "Contact": {"IDs": "ContactID"},
    "Invoice": {
        "IDs": "InvoiceID",
        "InvoiceNumbers": "InvoiceNumber",
        "ContactIDs": "Contact.ContactID",
        "Statuses": "Status",
    },
    "Quote": {"ContactID": "Contact.ContactID", "Status": "Status", "QuoteNumber": "QuoteNumber"},
}


def _among(member: str, wanted: set[str]) -> Test:
    return lambda doc: folded(str(reach(doc, member) or "")) in wanted


def _search(members: tuple[str, ...], term: str) -> Test:
    return lambda doc: any(term in folded(str(doc.get(member) or "")) for member in members)


def _quote_days(query: dict[str, str]) -> list[Test]:
    tests: list[Test] = []
    for name, member, low in (
        ("DateFrom", "Date", True),
        ("DateTo", "Date", False),
        ("ExpiryDateFrom", "ExpiryDate", True),
        ("ExpiryDateTo", "ExpiryDate", False),
    ):
        if wanted := query.get(name):
            tests.append(_between(member, wanted, low=low))
    return tests


def _between(member: str, wanted: str, *, low: bool) -> Test:
    def test(doc: dict[str, Any]) -> bool:
        if member not in doc:
            return False
        at = day_of(doc[member])
        return at >= wanted if low else at <= wanted

    return test


def _sorted(kind: str, found: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """`order=UpdatedDateUTC ASC`; the default is UpdatedDateUTC, then the id."""
    name, _, direction = order.strip().partition(" ")
    if direction.strip().upper() not in {"", "ASC", "DESC"}:
        raise query_error("Syntax error in order")
    member = name or "UpdatedDateUTC"
    if name and name not in where.KNOWN[kind]:
        raise query_error(f"No property or field '{name}' exists in type '{kind}'")

    def rank(doc: dict[str, Any]) -> tuple[Any, str]:
        value = reach(doc, member)
        if isinstance(value, str):
            value = milliseconds(value) if value.startswith("/Date(") else value.lower()
        return ((value is not None, value if value is not None else 0), str(doc.get(ID.get(kind, ""), "")))

    return sorted(found, key=rank, reverse=direction.strip().upper() == "DESC")


def modified_since(call: Call) -> float | None:
    """If-Modified-Since, `yyyy-mm-ddThh:mm:ss` in UTC; another form is taken for no filter at all (UNSURE)."""
    text = call.headers.get("if-modified-since", "")
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at.timestamp()


def _pagination(page: int, size: int, count: int) -> dict[str, int]:
    return {"page": page, "pageSize": size, "pageCount": -(-count // size), "itemCount": count}


def _size(query: dict[str, str]) -> int:
    """1..1000, others are clamped [D:requests-and-responses]."""
    return min(MOST, _whole(query.get("pageSize"), PAGE))


def _whole(text: str | None, default: int) -> int:
    try:
        return max(1, int(text or default))
    except ValueError:
        return default
