"""Customers, items, invoices, estimates and payments: saved by `PUT` under the host app's ref, shown with their state
at each provider. The five nouns have the same routes, so they are made once.
"""

# No `from __future__ import annotations` here: FastAPI must see the types that `record_routes` is given.
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from ledgerport.api.dependencies import AskedOnce, Cursor, Limit, Reader, RefPath, TheHub, Writer
from ledgerport.contract import Kind
from ledgerport.services.batch import Change
from ledgerport.services.paging import Paged
from ledgerport.services.record_fields import Short
from ledgerport.services.record_input import CustomerInput, EstimateInput, InvoiceInput, ItemInput, PaymentInput
from ledgerport.services.rejections import RecordRejected, Rejected
from ledgerport.services.save_records import save_record
from ledgerport.services.show_records import list_records, record_history, show_record
from ledgerport.services.sync_record import RecordSync, sync_record
from ledgerport.services.views import (
    AttemptView,
    BookState,
    CustomerView,
    EstimateView,
    InvoiceView,
    ItemView,
    PaymentView,
)

Status = Literal["DRAFT", "SENT", "VOID", ""]


def record_routes(kind: Kind, given: Any, view: Any) -> APIRouter:
    """The routes of one noun: `given` is its shape in a PUT, `view` its shape in answers."""
    router = APIRouter(prefix=f"/{kind}s", tags=[f"{kind}s"])

    @router.put(
        "/{ref}",
        response_model=view,
        summary=f"Create or replace the {kind}",
        responses={201: {"model": view, "description": "Created"}},
    )
    def put(ref: RefPath, record: given, hub: TheHub, caller: Writer, response: Response) -> Any:
        if record.ref not in (None, ref):
            reason = f"{kind.capitalize()} {ref}: the body says ref {record.ref}, the address {ref}."
            raise RecordRejected(Rejected(kind=kind, ref=ref, field="ref", reason=reason))
        saved = save_record(hub, tenant_id=caller.tenant_id, ref=ref, record=record)
        response.status_code = 201 if saved.change is Change.CREATED else 200
        response.headers["Ledgerport-Change"] = saved.change
        return show_record(hub, tenant_id=caller.tenant_id, kind=kind, ref=ref)

    @router.get("/{ref}", response_model=view, summary=f"Show the {kind} and how it stands at each provider")
    def get(ref: RefPath, hub: TheHub, caller: Reader) -> Any:
        return show_record(hub, tenant_id=caller.tenant_id, kind=kind, ref=ref)

    @router.get("/{ref}/history", summary=f"Every try to bring the {kind} over, newest first")
    def history(
        ref: RefPath, hub: TheHub, caller: Reader, cursor: Cursor = "", limit: Limit = 50
    ) -> Paged[AttemptView]:
        return record_history(hub, tenant_id=caller.tenant_id, kind=kind, ref=ref, cursor=cursor, limit=limit)

    along = {
        Kind.INVOICE: " and its unsynced payments, customer and items",
        Kind.ESTIMATE: " and its unsynced customer and items",
        Kind.PAYMENT: " and its unsynced invoices",
    }.get(kind, "")

    @router.post("/{ref}/sync", status_code=202, response_model=list[RecordSync], summary=f"Send the {kind}{along} now")
    def sync(ref: RefPath, hub: TheHub, caller: Writer, once: AskedOnce, provider: Short = "") -> Response:
        def act() -> list[RecordSync]:
            return sync_record(
                hub, tenant_id=caller.tenant_id, kind=kind, ref=ref, provider=provider, requested_by=caller.name
            )

        return once(202, list[RecordSync], act)

    @router.get("", response_model=Paged[view], summary=f"List {kind}s, oldest first")
    def index(
        hub: TheHub,
        caller: Reader,
        cursor: Cursor = "",
        limit: Limit = 50,
        search: Annotated[Short, Query(description="In ref, name, number, e-mail or SKU.")] = "",
        state: Annotated[BookState | None, Query(description="How it stands at `provider`, or at any.")] = None,
        provider: Short = "",
        status: Annotated[Status, Query(description="Of invoices and estimates.")] = "",
        customer: Annotated[Short, Query(description="A customer's ref.")] = "",
    ) -> Any:
        documents = kind in (Kind.INVOICE, Kind.ESTIMATE)
        return list_records(
            hub,
            tenant_id=caller.tenant_id,
            kind=kind,
            cursor=cursor,
            limit=limit,
            search=search,
            state=state or "",
            provider=provider,
            status=status if documents else "",
            customer=customer if documents or kind is Kind.PAYMENT else "",
        )

    return router


routers = [
    record_routes(Kind.CUSTOMER, CustomerInput, CustomerView),
    record_routes(Kind.ITEM, ItemInput, ItemView),
    record_routes(Kind.INVOICE, InvoiceInput, InvoiceView),
    record_routes(Kind.ESTIMATE, EstimateInput, EstimateView),
    record_routes(Kind.PAYMENT, PaymentInput, PaymentView),
]
