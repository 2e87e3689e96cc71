"""One record on its way: prepared, sent, its answer checked; and a void or a deletion.

There are no keys and no versions. What a refusal means is looked up in `second_looks`, because Wave's words for it are
not documented.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from ledgerport.contract import Account, Gone, Invoice, Kind, Payment, Push, Refused, Remote, Unknown
from ledgerport_wave import documents
from ledgerport_wave.answers import Row
from ledgerport_wave.books import Books, books_of
from ledgerport_wave.client import Client, client_for
from ledgerport_wave.documents import Mutation
from ledgerport_wave.mapping import estimates
from ledgerport_wave.mapping.wire import money, part, text
from ledgerport_wave.second_looks import after_refusal, confirm_gone
from ledgerport_wave.shapes import INVOICE, PAYMENT, Shape, V


def push_one(account: Account, shape: Shape[V], push: Push[V]) -> Remote:
    """Create or update one object.

    An update names only what the host app knows. Gone when the object is not there or was archived, NameTaken for a
    name or number in use, Refused with the field where it can be told.
    """
    client = client_for(account.http, account.company)
    mutation, row = prepared(client, shape, push, books_of(account))
    try:
        payload = client.change(mutation, row)
    except (Refused, Gone) as error:
        payload = after_refusal(client, shape, push, mutation, row, error)
    return arrived(shape, push, payload)


def prepared(client: Client, shape: Shape[V], push: Push[V], books: Books) -> tuple[Mutation, Row]:
    """What to send. A patch of an estimate repeats members that only the books know, so it reads them first."""
    row = shape.to_wire(push, books)
    if push.remote_id is None:
        return shape.create, row
    if shape.kind is Kind.ESTIMATE:
        known = client.one(shape.single, push.remote_id)
        if known is None or text(known, "status") == "DELETED":
            raise Gone("Wave no longer has this estimate.")
        row = estimates.completed(row, known)
    return shape.patch, row


def arrived(shape: Shape[V], push: Push[V], payload: Row) -> Remote:
    """The object in a mutation's answer. Unknown when the answer does not show it; Gone when it is archived."""
    row = part(payload, shape.create.member)
    if not text(row, "id"):
        raise Unknown(f"Wave answered without the {shape.kind} that it was sent.")
    remote = shape.from_wire(row)
    if isinstance(push.value, Payment):
        _check_paid(row, push.value)
        whose = push.value.customer.remote_id
        remote = replace(remote, customer_id=whose, invoice_id=remote.invoice_id or push.value.invoice.remote_id)
    if push.remote_id is not None and not remote.active:
        raise Gone(f"This {shape.kind} is archived in Wave, where only a person can bring it back.")
    return remote


def void_invoice(account: Account, push: Push[Invoice]) -> Remote:
    """Delete a pushed invoice: Wave has no void."""
    _remove(account, INVOICE, push, documents.INVOICE_DELETE, "invoiceId")
    return Remote(id=str(push.remote_id), kind=Kind.INVOICE, total=Decimal("0.00"), active=False)


def delete_payment(account: Account, push: Push[Payment]) -> Remote:
    """Take a pushed payment out of the books."""
    _remove(account, PAYMENT, push, documents.PAYMENT_DELETE, "id")
    return Remote(id=str(push.remote_id), kind=Kind.PAYMENT, total=Decimal("0.00"), active=False)


def _remove(account: Account, shape: Shape[Any], push: Push[Any], mutation: Mutation, name: str) -> None:
    if push.remote_id is None:
        raise Refused(f"This was never sent to Wave, there is no {shape.kind} to remove.")
    client = client_for(account.http, account.company)
    try:
        client.change(mutation, {name: push.remote_id})
    except (Refused, Gone) as error:
        confirm_gone(client, shape, push.remote_id, error)
        raise


def _check_paid(row: Row, payment: Payment) -> None:
    """A shop in the field was told of successes whose invoices still showed nothing paid: the invoice itself tells."""
    paid = money(part(row, "invoice"), "amountPaid")
    amount = money(row, "amount")
    if paid is not None and paid < (payment.amount if amount is None else amount):
        raise Unknown("Wave says that it took the payment, but its invoice does not show it.")
