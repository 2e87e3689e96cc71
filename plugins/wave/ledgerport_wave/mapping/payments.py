"""Payments: `Payment` (one allocation) <-> a manual payment of one invoice. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerport.contract import Broken, Kind, Payment, PaymentMethod, PulledPayment, Push, Refused, Remote
from ledgerport_wave.books import Books
from ledgerport_wave.mapping.wire import Row, amount, id_of, marker_in, money, text

_METHODS = {
    PaymentMethod.CARD: "CREDIT_CARD",
    PaymentMethod.CHECK: "CHEQUE",
    PaymentMethod.CASH: "CASH",
    PaymentMethod.TRANSFER: "BANK_TRANSFER",
    PaymentMethod.OTHER: "OTHER",
}


def to_wire(push: Push[Payment], books: Books) -> Row:
    """The input to send.

    The memo holds our marker, which finds the payment again, behind the payer's reference and memo; written at
    creation only, later it is the bookkeeper's. Refused for an amount that is not above zero, an invoice that is not
    there yet, no deposit account, and a currency other than the books': its rate into the account is not ours to set.
    """
    payment = push.value
    if payment.amount <= 0:
        raise Refused("A payment needs an amount above zero.", field="amount")
    if not payment.invoice.remote_id:
        raise Refused("The invoice is not in Wave yet.", field="invoice")
    if payment.currency != books.currency:
        raise Refused(
            f"A payment in {payment.currency} into an account in {books.currency} needs an exchange rate, which we do "
            "not know: record this one in Wave.",
            field="currency",
        )
    account = push.mapping.deposit_account or books.deposit_account
    if not account:
        raise Refused(
            "Wave must know which account the money landed in: choose a deposit account for this connection.",
            field="deposit_account",
        )
    row: Row = {
        "paymentAccountId": account,
        "amount": amount(payment.amount, payment.currency, "amount"),
        "paymentDate": payment.paid_on.isoformat(),
        "paymentMethod": _METHODS[payment.method],
        "exchangeRate": "1",
    }
    if push.remote_id is not None:
        return {"id": push.remote_id, **row}
    memo = " ".join(filter(None, (payment.reference, payment.memo, push.marker)))
    return {"invoiceId": payment.invoice.remote_id, "memo": memo, **row}


def from_wire(row: Mapping[str, Any], invoice_id: str = "", customer_id: str = "") -> Remote:
    """A payment as what the hub must know of it. A payment read inside its invoice does not name it: `invoice_id`."""
    return Remote(
        id=text(row, "id"),
        kind=Kind.PAYMENT,
        version=text(row, "modifiedAt"),
        marker=marker_in(text(row, "memo")),
        total=money(row, "amount"),
        customer_id=customer_id,
        invoice_id=id_of(row, "invoice") or invoice_id,
        active=row.get("active") is not False,
    )


def pulled(row: Mapping[str, Any], invoice: Mapping[str, Any]) -> PulledPayment | None:
    """A payment of `invoice` as one of ours. None for a refund and for one that was taken back. Broken without a
    date.
    """
    remote = from_wire(row, text(invoice, "id"), id_of(invoice, "customer"))
    if id_of(row, "originInvoicePayment") or not remote.active:
        return None
    try:
        paid_on = date.fromisoformat(text(row, "paymentDate")[:10])
    except ValueError as error:
        raise Broken(f"Wave's payment {remote.id} has no date: {text(row, 'paymentDate')!r}.") from error
    total = remote.total or Decimal("0.00")
    return PulledPayment(remote=remote, paid_on=paid_on, amount=total, applied={remote.invoice_id: total})
