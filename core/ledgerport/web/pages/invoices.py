"""What is done with an invoice beside syncing it: void it, mark it paid; and taking a payment back. Each asks first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from ledgerport.contract import Kind, PaymentMethod
from ledgerport.services.context import Hub
from ledgerport.services.delete_payment import delete_payment
from ledgerport.services.list_connected import list_connected
from ledgerport.services.mark_paid import mark_paid
from ledgerport.services.rejections import Conflict, RecordRejected
from ledgerport.services.show_records import show_record
from ledgerport.services.void_invoice import void_invoice
from ledgerport.web import record_words
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.pages.record import RefPath, title_of
from ledgerport.web.render import go, page

router = APIRouter(prefix="/t/{tenant}")
Text = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, kw_only=True)
class _Paying:
    """What the form of a payment holds, and what is wrong with it, by field."""

    method: str
    paid_on: str
    reference: str = ""
    wrong: dict[str, str] = field(default_factory=dict)


@router.get("/invoices/{ref}/void")
def ask_to_void(request: Request, ref: RefPath, place: Looking, hub: TheHub) -> Response:
    return _asking(request, place, hub, Kind.INVOICE, ref, "invoice_void.html", "Void")


@router.post("/invoices/{ref}/void")
def void(request: Request, ref: RefPath, place: Acting, hub: TheHub) -> Response:
    name = title_of(Kind.INVOICE, show_record(hub, tenant_id=place.tenant_id, kind=Kind.INVOICE, ref=ref))
    try:
        void_invoice(hub, tenant_id=place.tenant_id, ref=ref)
    except Conflict as conflict:
        at = record_words.record_at(place, "invoice", ref)
        return go(request, at, f"{conflict.reason} {conflict.next_step}", kind="warn")
    return go(request, record_words.record_at(place, "invoice", ref), f"{name} is void.")


@router.get("/invoices/{ref}/pay")
def ask_to_pay(request: Request, ref: RefPath, place: Looking, hub: TheHub) -> Response:
    today = hub.clock.now().date().isoformat()
    return _pay_page(request, place, hub, ref, _Paying(method=PaymentMethod.CHECK, paid_on=today))


@router.post("/invoices/{ref}/pay")
def pay(
    request: Request,
    ref: RefPath,
    place: Acting,
    hub: TheHub,
    method: Text = "",
    paid_on: Text = "",
    reference: Text = "",
) -> Response:
    given = _Paying(method=method, paid_on=paid_on, reference=reference)
    if method not in record_words.METHODS:
        given.wrong["method"] = "Choose how it was paid."
    try:
        day = date.fromisoformat(paid_on)
    except ValueError:
        given.wrong["paid_on"] = "Write a day such as 2026-05-04."
    if given.wrong:
        return _pay_page(request, place, hub, ref, given)
    try:
        done = mark_paid(
            hub,
            tenant_id=place.tenant_id,
            ref=ref,
            method=PaymentMethod(method),
            paid_on=day,
            reference=reference.strip(),
        )
    except RecordRejected as rejected:
        where = rejected.rejected.field if rejected.rejected.field in ("method", "paid_on", "reference") else ""
        given.wrong[where] = f"{rejected.rejected.reason} {rejected.rejected.next_step}"
        return _pay_page(request, place, hub, ref, given)
    at = record_words.record_at(place, "invoice", ref)
    if done.already_paid:
        return go(request, at, "It was paid already; nothing was added.", kind="info")
    paid = f"{record_words.unit_price(done.amount, done.currency)} {done.currency}"
    return go(request, at, f"A payment of {paid} is recorded.")


@router.get("/payments/{ref}/delete")
def ask_to_delete(request: Request, ref: RefPath, place: Looking, hub: TheHub) -> Response:
    return _asking(request, place, hub, Kind.PAYMENT, ref, "payment_delete.html", "Delete")


@router.post("/payments/{ref}/delete")
def delete(request: Request, ref: RefPath, place: Acting, hub: TheHub) -> Response:
    delete_payment(hub, tenant_id=place.tenant_id, ref=ref)
    return go(request, place.at("payments"), f"Payment {ref} is deleted.")


def _asking(request: Request, place: Place, hub: Hub, kind: Kind, ref: str, template: str, verb: str) -> Response:
    record: Any = show_record(hub, tenant_id=place.tenant_id, kind=kind, ref=ref)
    name = title_of(kind, record)
    return page(
        request,
        template,
        title=f"{verb} {name[:1].lower()}{name[1:]}",
        place=place,
        record=record,
        name=name,
        books=list_connected(hub, tenant_id=place.tenant_id),
        at=record_words.record_at(place, kind.value, ref),
        words=record_words,
    )


def _pay_page(request: Request, place: Place, hub: Hub, ref: str, given: _Paying) -> Response:
    record: Any = show_record(hub, tenant_id=place.tenant_id, kind=Kind.INVOICE, ref=ref)
    return page(
        request,
        "invoice_pay.html",
        title=f"Mark {title_of(Kind.INVOICE, record).replace('Invoice', 'invoice', 1)} as paid",
        status=422 if given.wrong else 200,
        place=place,
        record=record,
        given=given,
        at=record_words.record_at(place, "invoice", ref),
        words=record_words,
        methods=list(record_words.METHODS.items()),
    )
