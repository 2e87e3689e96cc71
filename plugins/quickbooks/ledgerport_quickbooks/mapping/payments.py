"""Payments: `Payment` (one allocation) <-> a row of QuickBooks' Payment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerport.contract import Broken, Kind, Payment, PulledPayment, Push, Refused, Remote
from ledgerport_quickbooks.books import Books
from ledgerport_quickbooks.mapping.wire import (
    MARKER,
    Row,
    amount,
    fitting,
    number,
    reference_id,
    rows_of,
    text,
)


def to_wire(push: Push[Payment], books: Books) -> Row:
    """The row to send, without Id.

    The marker goes where it can be searched (PaymentRefNum); the payer's own reference and the memo go to the note. A
    method that the company's list lacks is left out. Refused for an amount that is not above zero, an invoice or
    customer that is not there yet, another currency.
    """
    payment = push.value
    if payment.amount <= 0:
        raise Refused("A payment needs an amount above zero.", field="amount")
    if not payment.invoice.remote_id:
        raise Refused("The invoice is not in QuickBooks yet.", field="invoice")
    if not payment.customer.remote_id:
        raise Refused("The customer is not in QuickBooks yet.", field="customer")
    total = number(payment.amount, "amount")
    row: Row = {
        "CustomerRef": {"value": payment.customer.remote_id},
        "TotalAmt": total,
        "TxnDate": payment.paid_on.isoformat(),
        "PaymentRefNum": push.marker,
        "Line": [{"Amount": total, "LinkedTxn": [{"TxnId": payment.invoice.remote_id, "TxnType": "Invoice"}]}],
    }
    if push.remote_id is None:  # later the note belongs to the bookkeeper
        note = " ".join(filter(None, (payment.reference, payment.memo, push.marker)))
        row["PrivateNote"] = fitting(note, 4000, "memo")
    method = books.methods.get(payment.method, "")
    if method:
        row["PaymentMethodRef"] = {"value": method}
    deposit = push.mapping.deposit_account or books.deposit_account
    if deposit:
        row["DepositToAccountRef"] = {"value": deposit}
    currency = books.currency_reference(payment.currency)
    if currency:
        row["CurrencyRef"] = currency
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A Payment row as what the hub must know of it. `total` is what is applied to invoices: money left over is a
    variance.
    """
    reference = text(row, "PaymentRefNum")
    total = amount(row, "TotalAmt")
    unapplied = amount(row, "UnappliedAmt")
    return Remote(
        id=text(row, "Id"),
        kind=Kind.PAYMENT,
        version=text(row, "SyncToken"),
        number=reference,
        marker=reference if MARKER.fullmatch(reference) else "",
        total=total - unapplied if total is not None and unapplied is not None else total,
        customer_id=reference_id(row, "CustomerRef"),
        invoice_id=next(iter(_applied(row)), ""),
        active=text(row, "status") != "Deleted",
    )


def pulled(row: Mapping[str, Any]) -> PulledPayment:
    """A Payment row as a payment of ours: its full amount, and what of it is applied to which invoice. Broken without
    a date.
    """
    try:
        paid_on = date.fromisoformat(text(row, "TxnDate")[:10])
    except ValueError as error:
        raise Broken(f"QuickBooks' payment {text(row, 'Id')} has no date: {text(row, 'TxnDate')!r}.") from error
    return PulledPayment(
        remote=from_wire(row),
        paid_on=paid_on,
        amount=amount(row, "TotalAmt") or Decimal("0.00"),
        applied=_applied(row),
    )


def _applied(row: Mapping[str, Any]) -> dict[str, Decimal]:
    """Invoice id -> amount. A line may also be linked to a credit memo or a journal entry: those are no invoices."""
    applied: dict[str, Decimal] = {}
    for line in rows_of(row, "Line"):
        for link in rows_of(line, "LinkedTxn"):
            if text(link, "TxnType") == "Invoice":
                invoice = text(link, "TxnId")
                applied[invoice] = applied.get(invoice, Decimal("0.00")) + (amount(line, "Amount") or Decimal("0.00"))
    return applied
