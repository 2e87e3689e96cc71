"""Lists: filters, order, pages (section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from ledgerport_wave_sandbox import ids, status
from ledgerport_wave_sandbox.refusals import Trouble
from ledgerport_wave_sandbox.state import Books
from ledgerport_wave_sandbox.wire import epoch, exponent, rounded

LARGEST_PAGE = 200
Keep = Callable[[dict[str, Any]], bool]


def page(args: dict[str, Any], cap: str) -> tuple[int, int]:
    """(page, pageSize) of the arguments. Raises Trouble for less than 1, and above the cap where that is refused."""
    number, size = args.get("page"), args.get("pageSize")
    number, size = 1 if number is None else number, 45 if size is None else size
    if number < 1 or size < 1 or (size > LARGEST_PAGE and cap == "refuse"):
        raise Trouble("BAD_USER_INPUT", f"page begins at 1, pageSize is from 1 to {LARGEST_PAGE}.")
    return number, min(size, LARGEST_PAGE)


def connection(nodes: list[dict[str, Any]], number: int, size: int, total: int) -> dict[str, Any]:
    """A connection object around the nodes of one page."""
    info = {"currentPage": number, "totalPages": -(-total // size), "totalCount": total}
    return {"pageInfo": info, "edges": [{"node": node} for node in nodes]}


def cut(found: list[dict[str, Any]], number: int, size: int) -> dict[str, Any]:
    """The page of a list that is all there."""
    return connection(found[(number - 1) * size : number * size], number, size, len(found))


def answer(books: Books, kind: str, args: dict[str, Any]) -> dict[str, Any]:
    """A connection of documents of a kind."""
    number, size = page(args, books.switches["page_size_over_200"])
    order = args.get("sort") or ["CREATED_AT_ASC"]
    order = order if isinstance(order, list) else [order]
    quick = _quick(books, kind, args, order, number, size)
    if quick is not None:
        return quick
    tests = _tests(books, kind, args)
    found = [doc for doc in _candidates(books, kind, args) if all(test(doc) for test in tests)]
    return cut(_sorted(books, kind, found, order), number, size)


def _quick(
    books: Books, kind: str, args: dict[str, Any], order: list[str], number: int, size: int
) -> dict[str, Any] | None:
    """Pages by time of creation, without other filters than isArchived: read no more than the page."""
    other = any(args.get(name) is not None for name in args.keys() - {"page", "pageSize", "sort", "isArchived"})
    if other or order not in (["CREATED_AT_ASC"], ["CREATED_AT_DESC"]) or (kind == "Customer" and _hides(books)):
        return None
    archived = args.get("isArchived")
    active = None if archived is None else not archived
    total = books.store.count(books.business.id, kind, active=active)
    found = books.store.scan(
        books.business.id,
        kind,
        active=active,
        # Nothing has a sort text here, so this is by time of creation, over an index.
        by_sort=True,
        newest_first=order == ["CREATED_AT_DESC"],
        limit=size,
        offset=(number - 1) * size,
    )
    return connection([row.parsed() for row in found], number, size, total)


def _hides(books: Books) -> bool:
    """Deleted customers may lie in the store out of sight."""
    return bool(books.switches["deleted_customer"] == "gone")


def _candidates(books: Books, kind: str, args: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Documents by the best look-up key of the filters, in order of creation; each must still pass the tests."""
    store, company = books.store, books.business.id
    number = args.get("invoiceNumber") or args.get("estimateNumber")
    found: list[tuple[str, str]] | None = None
    if args.get("email") is not None:
        found = store.find(company, "email", args["email"].lower())
    elif number:
        found = store.find_containing(company, f"{kind.lower()} number", number.lower())
    elif args.get("customerId") is not None:
        found = store.find(company, "customer", args["customerId"])
    if found is not None:
        # Ids count up and have one length within a kind, so their order is that of creation.
        docs = [doc for held, id in found if held == kind and (doc := books.get(kind, id)) is not None]
        return sorted((doc for doc in docs if not doc.get("gone")), key=lambda doc: int(ids.raw(doc["id"])[2]))
    # Moments are cut to milliseconds, so what was changed then or later lies at most one before.
    since = epoch(args["modifiedAtAfter"]) - 0.001 if args.get("modifiedAtAfter") is not None else None
    rows = sorted(store.scan(company, kind, since=since), key=lambda row: int(ids.raw(row.id)[2]))
    return (doc for row in rows if not (doc := row.parsed()).get("gone"))


def _tests(books: Books, kind: str, args: dict[str, Any]) -> list[Keep]:
    tests: list[Keep] = []
    for name, value in args.items():
        if value is not None and name in _FILTERS:
            tests.append(_FILTERS[name](books, kind, value))
    return tests


def _equal(member: str) -> Callable[[Books, str, Any], Keep]:
    return lambda _books, _kind, value: lambda doc: doc.get(member) == value


def _contains(member: str) -> Callable[[Books, str, Any], Keep]:
    return lambda _books, _kind, value: lambda doc: value.lower() in doc[member].lower()


def _from(member: str) -> Callable[[Books, str, Any], Keep]:
    return lambda _books, _kind, value: lambda doc: doc[member] >= value


def _until(member: str) -> Callable[[Books, str, Any], Keep]:
    return lambda _books, _kind, value: lambda doc: doc[member] <= value


def _email(books: Books, kind: str, value: str) -> Keep:
    if books.switches["email_match"] == "exact":
        return lambda doc: doc["email"] == value
    return lambda doc: (doc["email"] or "").lower() == value.lower()


def _after(books: Books, kind: str, value: str) -> Keep:
    if books.switches["modified_after"] == "inclusive":
        return lambda doc: doc["modifiedAt"] >= value
    return lambda doc: doc["modifiedAt"] > value


def _status(books: Books, kind: str, value: str) -> Keep:
    if kind == "Invoice":
        return lambda doc: status.of_invoice(doc, books.today, books.switches) == value
    if value == "ACTIVE":
        return lambda doc: status.of_estimate(doc, books.today) in {"APPROVED", "SENT", "VIEWED", "ACCEPTED"}
    return lambda doc: status.of_estimate(doc, books.today) == value


def _due(books: Books, kind: str, value: Decimal) -> Keep:
    return lambda doc: status.due(doc, books.switches) == rounded(value, exponent(doc["currencyCode"]))


def _account(member: str, *, wanted: bool = True) -> Callable[[Books, str, Any], Keep]:
    return lambda _books, _kind, value: lambda doc: (doc[member] in value) is wanted


def _has(member: str) -> Callable[[Books, str, Any], Keep]:
    return lambda _books, _kind, value: lambda doc: (doc.get(member) is not None) is value


def _nothing(books: Books, kind: str, value: Any) -> Keep:
    return lambda _doc: False


_FILTERS: dict[str, Callable[[Books, str, Any], Keep]] = {
    "email": _email,
    "modifiedAtAfter": _after,
    "modifiedAtBefore": lambda _books, _kind, value: lambda doc: doc["modifiedAt"] < value,
    "isArchived": _equal("isArchived"),
    "isSold": _has("incomeAccountId"),
    "isBought": _has("expenseAccountId"),
    "types": _account("typeValue"),
    "subtypes": _account("subtypeValue"),
    "excludedSubtypes": _account("subtypeValue", wanted=False),
    "customerId": _equal("customerId"),
    "status": _status,
    "invoiceNumber": _contains("invoiceNumber"),
    "estimateNumber": _contains("estimateNumber"),
    "invoiceDateStart": _from("invoiceDate"),
    "invoiceDateEnd": _until("invoiceDate"),
    "estimateDateStart": _from("estimateDate"),
    "estimateDateEnd": _until("estimateDate"),
    "amountDue": _due,
    "currency": _equal("currencyCode"),
    "sourceId": _nothing,
}


def _sorted(books: Books, kind: str, found: list[dict[str, Any]], order: list[str]) -> list[dict[str, Any]]:
    """By several orders at once: the last first, since Python's sort keeps what is equal as it was."""
    for name in reversed(order):
        what, _, way = name.rpartition("_")
        found = sorted(found, key=_key(books, kind, what), reverse=way == "DESC")
    return found


def _key(books: Books, kind: str, what: str) -> Callable[[dict[str, Any]], Any]:
    word = kind.lower()
    members = {
        "MODIFIED_AT": "modifiedAt",
        "DUE_AT": "dueDate",
        f"{kind.upper()}_DATE": f"{word}Date",
        f"{kind.upper()}_NUMBER": f"{word}Number",
    }
    if what in members:
        return lambda doc: doc[members[what]]
    if what == "NAME":
        return lambda doc: doc["name"].lower()
    if what == "CUSTOMER_NAME":
        return lambda doc: ((books.peek("Customer", doc["customerId"]) or {}).get("name") or "").lower()
    if what == "STATUS":
        if kind == "Invoice":
            return lambda doc: status.of_invoice(doc, books.today, books.switches)
        return lambda doc: status.of_estimate(doc, books.today)
    if what in {"TOTAL", "AMOUNT_PAID"}:
        member = "total" if what == "TOTAL" else "amountPaid"
        return lambda doc: Decimal(doc[member])
    if what == "AMOUNT_DUE":
        return lambda doc: status.due(doc, books.switches)
    return lambda doc: int(ids.raw(doc["id"])[2])
