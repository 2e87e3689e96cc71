"""Payments: `Payment` (one allocation) <-> a row of Xero's Payments. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Kind, Payment, PaymentMethod, PulledPayment, Push, Refused, Remote
from ledgerport_xero.books import Books
from ledgerport_xero.mapping.wire import Row, amount, day, marker_in, money, part, text, version

# How long a reference may be is not documented; an invoice's has 255 characters.
_LONGEST_REFERENCE = 255
_METHODS = {
    PaymentMethod.CARD: "Card",
    PaymentMethod.CHECK: "Check",
    PaymentMethod.CASH: "Cash",
    PaymentMethod.TRANSFER: "Transfer",
}


def to_wire(push: Push[Payment], _books: Books) -> Row:
    """The row to send. Nested objects name invoice and account, by their ids: a bank account may have no code.

    The reference begins with our marker, the only thing that finds the payment again; the method (for which Xero has no
    member) and the payer's own reference stand behind it. Refused for an amount that is not above zero, an invoice
    that is not there yet, or without an account.
    """
    payment = push.value
    if payment.amount <= 0:
        raise Refused("A payment needs an amount above zero.", field="amount")
    if not payment.invoice.remote_id:
        raise Refused("The invoice is not in Xero yet.", field="invoice")
    if not push.mapping.deposit_account:
        raise Refused(
            "No account is chosen that payments go to. Choose one for this connection.", field="deposit_account"
        )
    words = " ".join(filter(None, (push.marker, _METHODS.get(payment.method, ""), payment.reference)))
    return {
        "Invoice": {"InvoiceID": payment.invoice.remote_id},
        "Account": {"AccountID": push.mapping.deposit_account},
        "Date": payment.paid_on.isoformat(),
        "Amount": money(payment.amount, "amount"),
        "Reference": words[:_LONGEST_REFERENCE].rstrip(),
    }


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A Payments row as what the hub must know of it."""
    invoice = part(row, "Invoice")
    reference = text(row, "Reference")
    return Remote(
        id=text(row, "PaymentID"),
        kind=Kind.PAYMENT,
        version=version(row),
        number=reference,
        marker=marker_in(reference),
        total=amount(row, "Amount"),
        customer_id=text(part(invoice, "Contact"), "ContactID"),
        invoice_id=text(invoice, "InvoiceID"),
        active=text(row, "Status").upper() != "DELETED",
    )


def pulled(row: Mapping[str, Any]) -> PulledPayment | None:
    """A Payments row as a payment of ours. None for what is no payment of a sales invoice, and for one without a
    day.
    """
    paid_on = day(row, "Date")
    remote = from_wire(row)
    if text(row, "PaymentType") not in ("ACCRECPAYMENT", "") or not remote.invoice_id or paid_on is None:
        return None
    whole = remote.total or Decimal("0.00")
    applied = {remote.invoice_id: whole} if remote.active else {}
    return PulledPayment(remote=remote, paid_on=paid_on, amount=whole, applied=applied)
