"""Lists of the accounting and events families: search, sort, pages (section 10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ledgerport_freshbooks_sandbox import filters
from ledgerport_freshbooks_sandbox.refusals import Refused
from ledgerport_freshbooks_sandbox.state import Books

MOST = 100
_SEARCH = re.compile(r"search\[([a-z0-9_]+)\](\[\])?")
Doc = dict[str, Any]
Show = Callable[[Books, Doc, frozenset[str]], Doc]

#: The sort keys that work; `sort=<key>_asc|_desc`, others are ignored.
_SORTS: dict[str, dict[str, Callable[[Doc], str]]] = {
    "Customer": {
        "organization_name": lambda doc: str(doc["organization"] or "").lower(),
        "fullname": lambda doc: f"{doc['fname']} {doc['lname']}".lower(),
        "email": lambda doc: str(doc["email"] or "").lower(),
        "updated": lambda doc: str(doc["updated"]),
    },
    "Invoice": {"invoice_date": lambda doc: str(doc["create_date"])},
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a list request asks for."""

    page: int
    size: int
    search: dict[str, list[str]]
    sort: tuple[str, bool] | None
    includes: frozenset[str]


def read(books: Books, kind: str, pairs: list[tuple[str, str]]) -> Wish:
    """The query of a request. Raises Refused 1013, 1014."""
    search: dict[str, list[str]] = {}
    single = dict(pairs)
    for name, value in pairs:
        found = _SEARCH.fullmatch(name)
        if found:
            search.setdefault(found[1], []).append(value)
        elif name in filters.BARE:
            search.setdefault(name, []).append(value)
    return Wish(
        _page(single.get("page", "1")),
        _size(books, single),
        filters.working(books, kind, search),
        _sort(kind, single.get("sort", "")),
        includes(pairs),
    )


def includes(pairs: list[tuple[str, str]]) -> frozenset[str]:
    """The values of `include[]`."""
    return frozenset(value for name, value in pairs if name in {"include[]", "include"})


def _page(sent: str) -> int:
    if not sent.isdigit() or int(sent) < 1:
        raise Refused(1014, "The field 'page' must be a positive number.", "page", "", sent)
    return int(sent)


def _size(books: Books, single: dict[str, str]) -> int:
    sent = single.get("per_page", str(books.switches["per_page"]))
    if not sent.isdigit() or int(sent) < 1:
        raise Refused(1013, "The field 'per_page' must be a positive number.", "per_page", "", sent)
    if int(sent) > MOST and books.switches["per_page_over_100"] == "refuse":
        raise Refused(1013, f"The field 'per_page' must be at most {MOST}.", "per_page", "", sent)
    return min(int(sent), MOST)


def _sort(kind: str, sent: str) -> tuple[str, bool] | None:
    name, _, way = sent.rpartition("_")
    if way not in {"asc", "desc"} or name not in _SORTS.get(kind, {}):
        return None
    return name, way == "desc"


def listing(books: Books, kind: str, many: str, wish: Wish, show: Show) -> Doc:
    """`{many: [...], page, pages, per_page, total}`. Raises Refused for a search value of the wrong kind."""
    company = books.company
    start = (wish.page - 1) * wish.size
    shows_archived = books.switches["lists_show_archived"] and books.archived(kind)
    if not wish.search and wish.sort is None and not shows_archived:
        total = books.store.count(company.id, kind, active=True)
        found = books.store.scan(company.id, kind, active=True, limit=wish.size, offset=start)
        page = [stored.parsed() for stored in found]
    else:
        docs = [doc for doc in _candidates(books, kind, wish) if _wanted(books, kind, doc, wish)]
        docs.sort(key=lambda doc: int(doc["id"]))
        if wish.sort is not None:
            docs.sort(key=_SORTS[kind][wish.sort[0]], reverse=wish.sort[1])
        total = len(docs)
        page = docs[start : start + wish.size]
    if company.role == "client":
        # Seen live: the total counts records the person may not read.
        page = []
    shown = [show(books, doc, wish.includes) for doc in page]
    pages = -(-total // wish.size)
    return {many: shown, "page": wish.page, "pages": pages, "per_page": wish.size, "total": total}


def _candidates(books: Books, kind: str, wish: Wish) -> Iterator[Doc]:
    """As few documents as the look-up keys allow; the search still decides."""
    ids = filters.few(books, kind, wish.search)
    if ids is not None:
        looked = (books.get(kind, id) for id in dict.fromkeys(ids))
        yield from (doc for doc in looked if doc is not None)
        return
    deleted = None if "vis_state" in wish.search else False
    for stored in books.store.scan(books.company.id, kind, since=filters.since(wish.search), deleted=deleted):
        yield stored.parsed()


def _wanted(books: Books, kind: str, doc: Doc, wish: Wish) -> bool:
    if "vis_state" not in wish.search:
        hidden = doc["vis_state"] == 1 or (doc["vis_state"] == 2 and not books.switches["lists_show_archived"])
        if hidden:
            return False
    return not wish.search or filters.fits(books, kind, doc, wish.search)
