"""One record's page: what it says, how it stands in each books, and the button that sends it there."""

# No `from __future__ import annotations` here: FastAPI must see the types that `_route` is given.
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import Response

from ledgerport.contract import Kind
from ledgerport.services.context import Hub
from ledgerport.services.list_connected import list_connected
from ledgerport.services.on_the_way import record_on_the_way
from ledgerport.services.record_fields import Ref
from ledgerport.services.show_item_accounts import show_item_accounts
from ledgerport.services.show_records import list_paid, list_records, show_record
from ledgerport.services.sync_record import sync_record
from ledgerport.web import record_words
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.render import go, page

router = APIRouter(prefix="/t/{tenant}")
RefPath = Annotated[Ref, Path()]
# A button pressed twice starts one sync.
SAME_CLICK = timedelta(seconds=10)
_FEW = 10


def _route(kind: Kind) -> None:
    @router.get(f"/{kind}s/{{ref}}", name=str(kind))
    def show(request: Request, ref: RefPath, place: Looking, hub: TheHub) -> Response:
        # Before the record: what arrives between the two is shown as arrived, and the page loads once more for nothing.
        moving = record_on_the_way(hub, tenant_id=place.tenant_id, kind=kind, ref=ref)
        record: Any = show_record(hub, tenant_id=place.tenant_id, kind=kind, ref=ref)
        books = list_connected(hub, tenant_id=place.tenant_id)
        return page(
            request,
            f"{kind}.html",
            title=title_of(kind, record),
            place=place,
            kind=kind.value,
            record=record,
            books={each.provider: each for each in books},
            at=record_words.record_at(place, kind.value, ref),
            words=record_words,
            today=hub.clock.now().date(),
            currency=getattr(record, "currency", place.currency),
            moving=moving,
            **_more(hub, place, kind, ref),
        )

    @router.post(f"/{kind}s/{{ref}}/sync", name=f"{kind}_sync")
    def sync(
        request: Request,
        ref: RefPath,
        place: Acting,
        hub: TheHub,
        provider: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        record = show_record(hub, tenant_id=place.tenant_id, kind=kind, ref=ref)
        synced = sync_record(
            hub,
            tenant_id=place.tenant_id,
            kind=kind,
            ref=ref,
            provider=provider,
            requested_by=place.by,
            same_within=SAME_CLICK,
        )
        labels = {each.provider: each.label for each in list_connected(hub, tenant_id=place.tenant_id)}
        tone, told = record_words.sync_told(synced, title_of(kind, record), labels)
        return go(request, record_words.record_at(place, kind.value, ref), told, kind=tone)


for _kind in Kind:
    _route(_kind)


def title_of(kind: Kind, record: Any) -> str:
    """`Invoice INV-0051`, or the name of who or what has one."""
    if kind in (Kind.CUSTOMER, Kind.ITEM):
        return str(record.name)
    return record_words.called(kind, record.ref, getattr(record, "number", ""))


def _more(hub: Hub, place: Place, kind: Kind, ref: str) -> Mapping[str, Any]:
    """What only some kinds show."""
    tenant_id = place.tenant_id
    if kind is Kind.INVOICE:
        return {"paid": list_paid(hub, tenant_id=tenant_id, ref=ref)}
    if kind is Kind.ITEM:
        return {"accounts": show_item_accounts(hub, tenant_id=tenant_id, ref=ref)}
    if kind is Kind.CUSTOMER:
        return {
            f"{each}s": list_records(hub, tenant_id=tenant_id, kind=each, customer=ref, limit=_FEW, for_people=True)
            for each in (Kind.INVOICE, Kind.ESTIMATE, Kind.PAYMENT)
        }
    return {}
