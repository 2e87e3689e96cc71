"""Payments: `Payment` (one allocation) <-> a row of FreshBooks' payment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerport.contract import Broken, Kind, Payment, PaymentMethod, PulledPayment, Push, Refused, Remote
from ledgerport_freshbooks.mapping.wire import Row, amount, id_of, is_active, marker_in, money, number_id, text

# Exactly so, capitals and blanks included; anything else is refused (fact sheet, 7).
_TYPES = {
    PaymentMethod.CARD: "Credit Card",
    PaymentMethod.CHECK: "Check",
    PaymentMethod.CASH: "Cash",
    PaymentMethod.TRANSFER: "Bank Transfer",
    PaymentMethod.OTHER: "Other",
}

# No length is documented; money must not be held up because a memo is long.
_LONGEST_NOTE = 255


def to_wire(push: Push[Payment]) -> Row:
    """The members to send. Refused for an amount that is not above zero and an invoice that is not there yet.

    The marker goes to the note, at creation only: later the note belongs to the bookkeeper. It stands first, so that
    whatever cuts a long note, we or FreshBooks, leaves it whole. The invoice decides the customer. No mail goes out.
    """
    payment = push.value
    if payment.amount <= 0:
        raise Refused("A payment needs an amount above zero.", field="amount")
    row: Row = {
        "amount": money(payment.amount, payment.currency),
        "date": payment.paid_on.isoformat(),
        "type": _TYPES[payment.method],
    }
    if push.remote_id is None:
        row["invoiceid"] = number_id(payment.invoice.remote_id, "invoice", "invoice")
        note = " ".join(filter(None, (push.marker, payment.reference, payment.memo)))
        row["note"] = note[:_LONGEST_NOTE].rstrip()
        row["send_client_notification"] = False
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A payment row as what the hub must know of it.

    `total` is the whole payment. Paid over what was open, FreshBooks keeps it whole and books the surplus as a credit
    of the customer (`overpaymentid`), whose amount it does not tell here.
    """
    return Remote(
        id=id_of(row, "id", "logid"),
        kind=Kind.PAYMENT,
        version=text(row, "updated"),
        marker=marker_in(text(row, "note")),
        total=amount(row, "amount"),
        customer_id=id_of(row, "clientid"),
        invoice_id=id_of(row, "invoiceid"),
        active=is_active(row),
    )


def pulled(row: Mapping[str, Any]) -> PulledPayment:
    """A payment row as a payment of ours: one payment is for one invoice. Broken without a date."""
    try:
        paid_on = date.fromisoformat(text(row, "date")[:10])
    except ValueError as error:
        raise Broken(f"FreshBooks' payment {id_of(row, 'id', 'logid')} has no date: {text(row, 'date')!r}.") from error
    remote = from_wire(row)
    paid = remote.total or Decimal("0.00")
    applied = {remote.invoice_id: paid} if remote.invoice_id and remote.active else {}
    return PulledPayment(remote=remote, paid_on=paid_on, amount=paid, applied=applied)
