"""Shows records: what we have of them, and how they stand at each provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.repositories import connections_read, records, records_read
from ledgerport.services.books_state import books_of
from ledgerport.services.context import Hub
from ledgerport.services.paging import Paged, from_cursor, to_cursor
from ledgerport.services.rejections import NotFound
from ledgerport.services.views import (
    AllocationView,
    AttemptView,
    CustomerView,
    EstimateView,
    InBooks,
    InvoiceView,
    ItemView,
    LineView,
    PaidView,
    PaymentView,
    RecordView,
)

_CUSTOMER = [
    "ref",
    "name",
    "email",
    "phone",
    "company_name",
    "given_name",
    "family_name",
    "type",
    "address",
    "taxable",
    "created_at",
    "updated_at",
]
_ITEM = [
    "ref",
    "name",
    "sku",
    "description",
    "type",
    "category",
    "price",
    "cost",
    "taxable",
    "created_at",
    "updated_at",
]
_DOCUMENT = [
    "ref",
    "number",
    "issued_on",
    "status",
    "currency",
    "discount",
    "tax",
    "total",
    "memo",
    "email",
    "created_at",
    "updated_at",
]
_LINE = ["description", "quantity", "unit_price", "amount", "taxable", "tax_code"]
_PAYMENT = ["ref", "paid_on", "amount", "currency", "method", "reference", "memo", "created_at", "updated_at"]


def show_record(hub: Hub, *, tenant_id: int, kind: Kind, ref: str) -> RecordView:
    """One record. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        row = _one(session, kind, ref)
        return _VIEWS[kind](session, hub, tenant_id, [row])[0]


def list_records(
    hub: Hub,
    *,
    tenant_id: int,
    kind: Kind,
    cursor: str = "",
    limit: int = 50,
    search: str = "",
    status: str = "",
    customer: str = "",
    state: str = "",
    provider: str = "",
    since: date | None = None,
    until: date | None = None,
    for_people: bool = False,
) -> Paged[Any]:
    """A page of records, oldest first; `for_people`: documents newest first, customers and items by name.

    `state` is one of BookState, at `provider` or anywhere. Raises BadChoice.
    """
    after = from_cursor(cursor) or 0
    with hub.database.tenant(tenant_id, read=True) as session:
        customer_id = None
        if customer:
            found = records.find_ids(session, Kind.CUSTOMER, tenant_id, [customer])
            if customer not in found:
                return Paged(rows=[])
            customer_id = found[customer]
        live = connections_read.all_live(session)
        wanted = records_read.Wanted(
            after=after,
            limit=limit + 1,
            search=search,
            status=status,
            customer_id=customer_id,
            state=state,
            connections=[connection.id for connection in live if provider in ("", connection.provider)],
            since=since,
            until=until,
            for_people=for_people,
        )
        rows = records_read.page(session, kind, wanted)
        views = _VIEWS[kind](session, hub, tenant_id, rows[:limit])
    return Paged(rows=list(views), next=to_cursor(rows[limit - 1].id) if len(rows) > limit else None)


def count_records(hub: Hub, *, tenant_id: int, kind: Kind) -> int:
    """How many records of a kind there are."""
    with hub.database.tenant(tenant_id, read=True) as session:
        return records_read.count(session, kind, records_read.Wanted())


def list_paid(hub: Hub, *, tenant_id: int, ref: str) -> list[PaidView]:
    """What pays an invoice, newest first. Raises NotFound."""
    with hub.database.tenant(tenant_id, read=True) as session:
        found = records_read.allocations_on(session, _one(session, Kind.INVOICE, ref).id)
        books = _books(session, hub, Kind.PAYMENT, [part.id for part, _ in found])
        return [
            PaidView(
                payment=payment.ref,
                paid_on=payment.paid_on,
                method=payment.method,
                reference=payment.reference,
                amount=part.amount,
                books=books[part.id],
            )
            for part, payment in found
        ]


def record_history(
    hub: Hub, *, tenant_id: int, kind: Kind, ref: str, cursor: str = "", limit: int = 50
) -> Paged[AttemptView]:
    """Every try to bring a record over, newest first. Raises NotFound, BadChoice."""
    before = from_cursor(cursor)
    with hub.database.tenant(tenant_id, read=True) as session:
        row = records_read.one(session, kind, ref)
        if row is None:
            raise NotFound(f"There is no {kind} {ref}.")
        ids = records_read.all_allocation_ids(session, row.id) if kind is Kind.PAYMENT else [row.id]
        found = records_read.attempts(session, kind=kind, ids=ids, run_id=None, before=before, limit=limit + 1)
        rows = attempt_views(session, found[:limit])
    return Paged(rows=rows, next=to_cursor(found[limit - 1].id) if len(found) > limit else None)


def attempt_views(session: Session, attempts: Sequence[Any]) -> list[AttemptView]:
    """Attempts with the records' names and the provider's."""
    wanted: dict[Kind, set[int]] = {}
    for attempt in attempts:
        wanted.setdefault(Kind(attempt.kind), set()).add(attempt.record_id)
    names = records_read.refs_by_kind(session, wanted)
    providers = connections_read.providers(session, {attempt.connection_id for attempt in attempts})
    views = []
    for attempt in attempts:
        ref, name = names.get((str(attempt.kind), attempt.record_id), ("", ""))
        views.append(
            AttemptView(
                id=attempt.id,
                at=attempt.at,
                provider=providers.get(attempt.connection_id, ""),
                run_id=attempt.run_id,
                kind=str(attempt.kind),
                ref=ref,
                name=name,
                op=str(attempt.op),
                verdict=attempt.verdict,
                reason=attempt.reason,
                detail=attempt.detail,
                trace_id=attempt.trace_id,
            )
        )
    return views


def _one(session: Session, kind: Kind, ref: str) -> Any:
    row = records_read.one(session, kind, ref)
    if row is None or (kind is Kind.PAYMENT and row.deleted_at is not None):
        raise NotFound(f"There is no {kind} {ref}.")
    return row


def _columns(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _books(session: Session, hub: Hub, kind: Kind, ids: Sequence[int]) -> Mapping[int, list[InBooks]]:
    return books_of(session, hub, connections_read.all_live(session), kind, ids)


def _customers(session: Session, hub: Hub, _tenant_id: int, rows: Sequence[Any]) -> list[RecordView]:
    books = _books(session, hub, Kind.CUSTOMER, [row.id for row in rows])
    return [CustomerView(**_columns(row, _CUSTOMER), books=books[row.id]) for row in rows]


def _items(session: Session, hub: Hub, _tenant_id: int, rows: Sequence[Any]) -> list[RecordView]:
    books = _books(session, hub, Kind.ITEM, [row.id for row in rows])
    return [ItemView(**_columns(row, _ITEM), books=books[row.id]) for row in rows]


def _documents(session: Session, hub: Hub, kind: Kind, rows: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    books = _books(session, hub, kind, ids)
    lines = records_read.lines(session, kind, ids)
    customers = records_read.customer_names(session, {row.customer_id for row in rows})
    used = {line.item_id for some in lines.values() for line in some if line.item_id is not None}
    items = records_read.item_names(session, used)
    return [
        {
            **_columns(row, _DOCUMENT),
            "customer": customers[row.customer_id][0],
            "customer_name": customers[row.customer_id][1],
            "lines": [_line(line, items) for line in lines[row.id]],
            "books": books[row.id],
        }
        for row in rows
    ]


def _line(line: Any, items: Mapping[int, tuple[str, str]]) -> LineView:
    ref, name = items.get(line.item_id, (None, ""))
    return LineView(**_columns(line, _LINE), item=ref, item_name=name)


def _invoices(session: Session, hub: Hub, tenant_id: int, rows: Sequence[Any]) -> list[RecordView]:
    sums = records.paid_sums(session, tenant_id, [row.id for row in rows])
    views: list[RecordView] = []
    for row, shared in zip(rows, _documents(session, hub, Kind.INVOICE, rows), strict=True):
        paid = sums.get(row.id, Decimal("0.00"))
        views.append(InvoiceView(**shared, due_on=row.due_on, paid=paid, open=row.total - paid))
    return views


def _estimates(session: Session, hub: Hub, _tenant_id: int, rows: Sequence[Any]) -> list[RecordView]:
    documents = _documents(session, hub, Kind.ESTIMATE, rows)
    return [EstimateView(**shared, expires_on=row.expires_on) for row, shared in zip(rows, documents, strict=True)]


def _payments(session: Session, hub: Hub, _tenant_id: int, rows: Sequence[Any]) -> list[RecordView]:
    parts = records_read.live_allocations(session, [row.id for row in rows])
    every = [part for some in parts.values() for part in some]
    books = _books(session, hub, Kind.PAYMENT, [part.id for part in every])
    invoices = records_read.invoice_numbers(session, {part.invoice_id for part in every})
    customers = records_read.customer_names(session, {row.customer_id for row in rows})
    return [
        PaymentView(
            **_columns(row, _PAYMENT),
            customer=customers[row.customer_id][0],
            customer_name=customers[row.customer_id][1],
            allocations=[
                AllocationView(
                    invoice=invoices[part.invoice_id][0],
                    number=invoices[part.invoice_id][1],
                    amount=part.amount,
                    books=books[part.id],
                )
                for part in parts[row.id]
            ],
        )
        for row in rows
    ]


_VIEWS: Mapping[Kind, Callable[[Session, Hub, int, Sequence[Any]], list[RecordView]]] = {
    Kind.CUSTOMER: _customers,
    Kind.ITEM: _items,
    Kind.INVOICE: _invoices,
    Kind.ESTIMATE: _estimates,
    Kind.PAYMENT: _payments,
}
