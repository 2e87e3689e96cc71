"""What must be known before records are sent: rates, the status of quotes, payments as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ledgerport.contract import Account, Estimate, Gone, Invoice, Payment, Push, Refused, Remote, TryLater
from ledgerport_xero.books import books_of
from ledgerport_xero.client import Client
from ledgerport_xero.elements import Record
from ledgerport_xero.mapping.documents import ENDED, needs_rates
from ledgerport_xero.mapping.wire import day, text
from ledgerport_xero.shapes import ESTIMATE, PAYMENT, Shape, V

# Quotes can only be read one by one: so many updates of quotes are read for one request, the others come again.
_QUOTES_AT_ONCE = 10


def prepared(account: Account, client: Client, shape: Shape[V], pushes: Sequence[Push[V]]) -> list[Record[V]]:
    """The rows to send, and the outcome of those that need no sending. Raises what a look beforehand ends in."""
    mixed = any(
        needs_rates(push.value, push.mapping.tax_codes) for push in pushes if isinstance(push.value, Invoice | Estimate)
    )
    books = books_of(account, client.rates() if mixed else None)
    records = []
    for push in pushes:
        try:
            record = Record(push, shape.to_wire(push, books))
        except Refused as refusal:
            record = Record(push, {}, refusal)
        records.append(record)
    updates = [record for record in records if record.outcome is None and record.known]
    if shape.entity == PAYMENT.entity:
        _compare_payments(client, updates)
    elif shape.entity == ESTIMATE.entity:
        _read_status(client, updates)
    for record in updates:
        record.row[shape.id_name] = record.push.remote_id
    return records


def _compare_payments(client: Client, records: Sequence[Record[Any]]) -> None:
    """Xero changes no payment: one that is as it should be has arrived, another one is refused."""
    found = client.by_ids(PAYMENT.entity, [str(record.push.remote_id) for record in records]) if records else {}
    for record in records:
        row = found.get(str(record.push.remote_id).lower(), {})
        remote = PAYMENT.from_wire(row)
        differs = _difference(record.push.value, remote, day(row, "Date"))
        if not remote.id or not remote.active:
            record.outcome = Gone("Xero no longer has this payment.")
        elif differs:
            record.outcome = Refused(
                "A payment cannot be changed in Xero. Delete this payment, then enter it again as it should be.",
                field=differs,
            )
        else:
            record.outcome = remote


def _difference(payment: Payment, remote: Remote, paid_on: date | None) -> str:
    """The first of our fields that is not as the books have it; words may differ, money may not."""
    if remote.total != payment.amount:
        return "amount"
    if remote.invoice_id.lower() != payment.invoice.remote_id.lower():
        return "invoice"
    return "paid_on" if paid_on is not None and paid_on != payment.paid_on else ""


def _read_status(client: Client, records: Sequence[Record[Any]]) -> None:
    """An update of a quote must name its status, which may be a bookkeeper's by now."""
    now, later = records[:_QUOTES_AT_ONCE], records[_QUOTES_AT_ONCE:]
    found = client.by_ids(ESTIMATE.entity, [str(record.push.remote_id) for record in now]) if now else {}
    for record in now:
        row = found.get(str(record.push.remote_id).lower())
        status = text(row, "Status").upper() if row is not None else "DELETED"
        if status in ENDED:
            record.outcome = Gone("Xero no longer has this quote.")
        elif status:
            record.row["Status"] = status
    for record in later:
        record.outcome = TryLater("Quotes are changed a few at a time.", after=timedelta(0))
