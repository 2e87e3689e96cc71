"""Read by id, query, and change data capture (section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ledgerport_quickbooks_sandbox import company, rows
from ledgerport_quickbooks_sandbox.query import Condition, Query, parse
from ledgerport_quickbooks_sandbox.refusals import Refused, inactive
from ledgerport_quickbooks_sandbox.state import LISTS, TRANSACTIONS, Books, public
from ledgerport_sandbox.store import Stored

CDC_DAYS = 30
CDC_OBJECTS = 1000
_NO_CDC = frozenset({"JournalCode", "TimeActivity", "TaxAgency", "TaxCode", "TaxRate"})
_SINGLE = {"CompanyInfo": company.info, "Preferences": company.preferences}


def read(books: Books, kind: str, id: str | None) -> dict[str, Any]:
    """One object. Raises Refused 610."""
    if kind in _SINGLE:
        return _SINGLE[kind](books)
    doc = books.get(kind, id or "")
    if doc is None:
        raise inactive()
    return public(doc)


def query(books: Books, text: str) -> dict[str, Any]:
    """What stands under QueryResponse. Raises Refused 4000, 4001."""
    wish = parse(text, books.today)
    if wish.entity in _SINGLE:
        return _listed(wish, [_SINGLE[wish.entity](books)], None)
    active = None
    conditions = list(wish.where)
    if wish.entity in LISTS and not any(condition.name == "Active" for condition in conditions):
        active = True
    if not conditions and not wish.order:
        return _plain(books, wish, active)
    matches = [doc for doc in _candidates(books, wish, active) if all(_holds(doc, c) for c in conditions)]
    for name, descending in reversed(wish.order):
        matches.sort(key=lambda doc: _sortable(rows.flat(doc, name), name), reverse=descending)
    if wish.count:
        return {"totalCount": len(matches)}
    page = matches[wish.start - 1 : wish.start - 1 + wish.size]
    return _listed(wish, page, len(matches) if wish.entity in TRANSACTIONS else None)


def _plain(books: Books, wish: Query, active: bool | None) -> dict[str, Any]:
    """Without conditions the store does the paging."""
    total = books.store.count(books.company.id, wish.entity, active=active)
    if wish.count:
        return {"totalCount": total}
    found = books.store.scan(
        books.company.id,
        wish.entity,
        active=active,
        by_sort=wish.entity in LISTS,
        limit=wish.size,
        offset=wish.start - 1,
    )
    return _listed(wish, [books.opened(doc) for doc in found], total if wish.entity in TRANSACTIONS else None)


def _listed(wish: Query, page: list[dict[str, Any]], total: int | None) -> dict[str, Any]:
    if wish.count:
        return {"totalCount": len(page)}
    if not page:
        # No rows: neither the entity's key nor the numbers are there [REC flowlink].
        return {}
    shown = [_project(public(doc), wish.columns) for doc in page]
    answer: dict[str, Any] = {wish.entity: shown, "startPosition": wish.start, "maxResults": len(page)}
    return answer if total is None else {**answer, "totalCount": total}


def _project(doc: dict[str, Any], columns: tuple[str, ...] | None) -> dict[str, Any]:
    if columns is None:
        return doc
    wanted = {name.split(".")[0].lower() for name in columns} | {"id", "domain"}
    return {**{name: value for name, value in doc.items() if name.lower() in wanted}, "sparse": True}


def _candidates(books: Books, wish: Query, active: bool | None) -> Iterator[dict[str, Any]]:
    """As few documents as the keys allow; the conditions still decide."""
    store, realm, kind = books.store, books.company.id, wish.entity
    ids: list[str] | None = None
    since: float | None = None
    for condition in wish.where:
        values = condition.value if condition.op == "in" else (condition.value,)
        if condition.name == "Id":
            ids = [str(value) for value in values]
        elif condition.op in {"=", "in"} and condition.name in rows.INDEXED.get(kind, ()) and ids is None:
            pairs = (
                pair for value in values for pair in store.find(realm, f"{kind}.{condition.name}", str(value).lower())
            )
            ids = [id for _, id in pairs]
        elif condition.name == "MetaData.LastUpdatedTime" and condition.op in {">", ">=", "="}:
            since = moment(str(condition.value), condition.name)
    if ids is None:
        found: Iterator[Stored] = store.scan(realm, kind, active=active, since=since, by_sort=kind in LISTS)
    else:
        # Id is the numeric order of creation, which keeps pages stable.
        unique = sorted(set(ids), key=lambda id: (len(id), id))
        looked = (store.get(realm, kind, id) for id in unique)
        found = (doc for doc in looked if doc and not doc.deleted and (active is None or doc.active is active))
    for doc in found:
        yield books.opened(doc)


def _holds(doc: dict[str, Any], condition: Condition) -> bool:
    value = rows.flat(doc, condition.name)
    if condition.op == "in":
        return any(_compare(value, "=", wanted, condition.name) for wanted in condition.value)
    return _compare(value, condition.op, condition.value, condition.name)


def _compare(value: Any, op: str, wanted: Any, name: str) -> bool:
    if value is None:
        return False
    if isinstance(wanted, bool) or isinstance(value, bool):
        return op == "=" and str(value).lower() == str(wanted).lower()
    if op == "like":
        return _like(str(value).lower(), str(wanted).lower())
    left, right = _sortable(value, name), _sortable(wanted, name, like=value)
    if op == "=":
        return left == right
    if op == "<":
        return left < right
    if op == ">":
        return left > right
    return left <= right if op == "<=" else left >= right


def _like(text: str, pattern: str) -> bool:
    """`%` is any run of characters; nothing else is special."""
    first, *rest = pattern.split("%")
    if not rest:
        return text == pattern
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - len(rest[-1]) >= at and text.endswith(rest[-1])


def _sortable(value: Any, name: str, like: Any = None) -> tuple[int, Any]:
    """A value that compares with others of its property: numbers, moments, else lower-case text."""
    if value is None:
        return (-1, "")
    if name.startswith("MetaData."):
        return (0, int(moment(str(value), name)))
    pattern = value if like is None else like
    if isinstance(pattern, int | float) or name == "Id":
        try:
            return (0, Decimal(str(value)))
        except InvalidOperation:
            return (1, str(value).lower())
    return (1, str(value).lower())


def moment(text: str, name: str) -> float:
    """A timestamp or date as epoch seconds; without offset it is UTC. Raises Refused 4001."""
    try:
        # A plus that was not percent-encoded arrives as a blank.
        value = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    except ValueError as err:
        raise Refused(
            "4001", f"QueryValidationError: value {text} is not a valid date for {name}", timed=False
        ) from err
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def changes(books: Books, entities: str, since: str) -> dict[str, Any]:
    """What stands under CDCResponse[0]: a QueryResponse per entity, deleted ones last, 1000 objects at most. Raises
    Refused.
    """
    start = moment(since, "changedSince")
    if start < books.clock.now() - CDC_DAYS * 86400:
        # UNSURE: code and wording for a date too far back.
        raise Refused("2070", f"changedSince is more than {CDC_DAYS} days ago", "changedSince")
    left = CDC_OBJECTS
    answers: list[dict[str, Any]] = []
    for wanted in entities.split(","):
        kind = next((name for name in LISTS | TRANSACTIONS if name.lower() == wanted.strip().lower()), None)
        if kind is None or kind in _NO_CDC:
            raise Refused("2170", f"Invalid Enumeration : entities {wanted.strip()}", "entities")
        found = list(books.store.scan(books.company.id, kind, since=start, deleted=None, limit=left))
        found.sort(key=lambda doc: doc.deleted)
        left -= len(found)
        if not found:
            answers.append({})
            continue
        shown = [public(books.opened(doc)) for doc in found]
        answer: dict[str, Any] = {kind: shown, "startPosition": 1, "maxResults": len(shown)}
        answers.append({**answer, "totalCount": len(shown)} if kind in TRANSACTIONS else answer)
    return {"QueryResponse": answers}
