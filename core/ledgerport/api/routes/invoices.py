"""What can be done with an invoice beside saving it, and with a payment beside saving it: void, mark paid, delete."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from ledgerport.api.dependencies import AskedOnce, RefPath, TheHub, Writer
from ledgerport.contract import Kind, PaymentMethod
from ledgerport.services.delete_payment import delete_payment
from ledgerport.services.mark_paid import MarkedPaid, mark_paid
from ledgerport.services.record_fields import IsoDate, Short
from ledgerport.services.show_records import show_record
from ledgerport.services.views import InvoiceView, RecordView
from ledgerport.services.void_invoice import void_invoice

router = APIRouter(tags=["invoices"])


class Paying(BaseModel):
    """How and when an invoice was paid; left out: by other means, today."""

    model_config = ConfigDict(extra="forbid")

    method: PaymentMethod = PaymentMethod.OTHER
    paid_on: IsoDate | None = None
    reference: Short = ""


@router.post("/invoices/{ref}/void", response_model=InvoiceView, summary="Void the invoice, here and in the books")
def void(ref: RefPath, hub: TheHub, caller: Writer, once: AskedOnce) -> Response:
    def act() -> RecordView:
        void_invoice(hub, tenant_id=caller.tenant_id, ref=ref)
        return show_record(hub, tenant_id=caller.tenant_id, kind=Kind.INVOICE, ref=ref)

    return once(200, InvoiceView, act)


@router.post(
    "/invoices/{ref}/mark-paid", response_model=MarkedPaid, summary="Record a payment over the invoice's open balance"
)
def pay(ref: RefPath, hub: TheHub, caller: Writer, once: AskedOnce, how: Paying | None = None) -> Response:
    told = how or Paying()
    day: date | None = told.paid_on
    return once(
        200,
        MarkedPaid,
        lambda: mark_paid(
            hub, tenant_id=caller.tenant_id, ref=ref, method=told.method, paid_on=day, reference=told.reference
        ),
    )


@router.delete(
    "/payments/{ref}", status_code=204, tags=["payments"], summary="Delete the payment, here and in the books"
)
def delete(ref: RefPath, hub: TheHub, caller: Writer) -> None:
    delete_payment(hub, tenant_id=caller.tenant_id, ref=ref)
