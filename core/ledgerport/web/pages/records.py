"""Lists of invoices, estimates, payments, customers and items, with search, filters kept in the address, and pages."""

# No `from __future__ import annotations` here: FastAPI must see the types that `_route` is given.
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ledgerport.contract import Kind
from ledgerport.services.context import Hub
from ledgerport.services.list_connected import ConnectedBooks, list_connected
from ledgerport.services.rejections import NotFound
from ledgerport.services.show_records import count_records, list_records, show_record
from ledgerport.web import record_words
from ledgerport.web.access import Looking, Place, TheHub
from ledgerport.web.render import page, query

router = APIRouter(prefix="/t/{tenant}")
TextQuery = Annotated[str, Query(max_length=200)]
_DATED = (Kind.INVOICE, Kind.ESTIMATE, Kind.PAYMENT)
_DOCUMENTS = (Kind.INVOICE, Kind.ESTIMATE)
_SEARCHED = {
    Kind.INVOICE: "Number, reference, customer or e-mail",
    Kind.ESTIMATE: "Number, reference, customer or e-mail",
    Kind.PAYMENT: "Reference, customer or e-mail",
    Kind.CUSTOMER: "Name, e-mail or reference",
    Kind.ITEM: "Name, SKU or reference",
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list's address says; names are those of the address."""

    q: str = ""
    status: str = ""
    state: str = ""
    provider: str = ""
    customer: str = ""
    since: str = ""
    until: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        return any(asdict(self).values())

    def but(self, **other: str) -> str:
        """The query of an address with some of it changed."""
        return query(**{**asdict(self), **other})


def _route(kind: Kind) -> None:
    @router.get(f"/{kind}s", name=f"{kind}s")
    def index(
        request: Request,
        place: Looking,
        hub: TheHub,
        q: TextQuery = "",
        status: TextQuery = "",
        state: TextQuery = "",
        provider: TextQuery = "",
        customer: TextQuery = "",
        since: TextQuery = "",
        until: TextQuery = "",
        cursor: TextQuery = "",
    ) -> Response:
        documents = kind in _DOCUMENTS
        books = list_connected(hub, tenant_id=place.tenant_id)
        asked = Filters(
            q=q.strip(),
            status=status if documents and status in dict(record_words.STATUSES) else "",
            state=state if state in dict(record_words.STATES) else "",
            provider=provider if any(each.provider == provider for each in books) else "",
            customer=customer if kind in _DATED else "",
            since=since if kind in _DATED else "",
            until=until if kind in _DATED else "",
        )
        return _page(request, place, hub, kind, books, asked, cursor)


for _kind in Kind:
    _route(_kind)


def _page(
    request: Request, place: Place, hub: Hub, kind: Kind, books: list[ConnectedBooks], asked: Filters, cursor: str
) -> Response:
    days, wrong = _days(asked)
    found = list_records(
        hub,
        tenant_id=place.tenant_id,
        kind=kind,
        cursor=cursor,
        search=asked.q,
        status=asked.status,
        customer=asked.customer,
        state=asked.state,
        provider=asked.provider,
        since=days.get("since"),
        until=days.get("until"),
        for_people=True,
    )
    here = place.at(f"{kind}s")
    return page(
        request,
        f"{kind}s.html",
        title=f"{kind.capitalize()}s",
        place=place,
        kind=kind.value,
        rows=found.rows,
        books=[each for each in books if asked.provider in ("", each.provider)],
        connected=bool(books),
        asked=asked,
        whose=_customer_name(hub, place, asked.customer),
        wrong=wrong,
        dated=kind in _DATED,
        searched=_SEARCHED[kind],
        chips=_chips(here, kind, books, asked),
        total=None if asked.any else count_records(hub, tenant_id=place.tenant_id, kind=kind),
        here=here,
        first=f"{here}{asked.but()}" if cursor else "",
        next=f"{here}{asked.but(cursor=found.next)}" if found.next else "",
        words=record_words,
        today=hub.clock.now().date(),
    )


def _chips(
    here: str, kind: Kind, books: Sequence[ConnectedBooks], asked: Filters
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Rows of chips: (what they filter, [(address, word, on)])."""

    def row(name: str, everything: str, options: Sequence[tuple[Any, str]]) -> list[tuple[str, str, bool]]:
        now = getattr(asked, name)
        chips = [(here + asked.but(**{name: ""}), everything, not now)]
        return chips + [(here + asked.but(**{name: str(key)}), word, now == key) for key, word in options]

    rows = []
    if kind in _DOCUMENTS:
        rows.append(("Status", row("status", "Every status", record_words.STATUSES)))
    if len(books) > 1:
        rows.append(("Books", row("provider", "All books", [(each.provider, each.label) for each in books])))
    if books:
        rows.append(("State in the books", row("state", "Every state", record_words.STATES)))
    return rows


def _days(asked: Filters) -> tuple[dict[str, date], dict[str, str]]:
    """The days that were asked for, and what is wrong with those that are none."""
    days, wrong = {}, {}
    for name, text in (("since", asked.since), ("until", asked.until)):
        try:
            if text:
                days[name] = date.fromisoformat(text)
        except ValueError:
            wrong[name] = "Write a day such as 2026-05-04."
    return days, wrong


def _customer_name(hub: Hub, place: Place, ref: str) -> str:
    if not ref:
        return ""
    try:
        found: Any = show_record(hub, tenant_id=place.tenant_id, kind=Kind.CUSTOMER, ref=ref)
    except NotFound:
        return ref
    return str(found.name)
