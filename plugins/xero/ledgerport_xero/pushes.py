"""One record on its way: create or update; a void; a deletion."""

from __future__ import annotations

from ledgerport.contract import Account, ContractError, Gone, Invoice, Payment, Push, Refused, Remote
from ledgerport_xero.answers import Row
from ledgerport_xero.batches import push_all
from ledgerport_xero.client import Client, client_for
from ledgerport_xero.envelopes import failed
from ledgerport_xero.faults import element_fault
from ledgerport_xero.mapping.wire import text
from ledgerport_xero.shapes import INVOICE, PAYMENT, Shape, V

_NOT_APPROVED = frozenset({"DRAFT", "SUBMITTED"})


def push_one(account: Account, shape: Shape[V], push: Push[V]) -> Remote:
    """Create or update one object, as a batch of one."""
    outcome = push_all(account, shape, [push])[0]
    if isinstance(outcome, ContractError):
        raise outcome
    return outcome


def void_invoice(account: Account, push: Push[Invoice]) -> Remote:
    """Void a pushed invoice. One that was void before is void; a draft, which cannot be voided, is deleted.

    Refused while payments are allocated to it; Gone when it was deleted.
    """
    client, invoice_id = _of(account, push)
    try:
        return _set_status(client, INVOICE, invoice_id, "VOIDED")
    except Refused as refusal:
        row = client.one(INVOICE.entity, invoice_id)
        status = text(row, "Status").upper() if row is not None else "DELETED"
        if row is not None and status == "VOIDED":
            return INVOICE.from_wire(row)
        if status == "DELETED":
            raise Gone("Xero no longer has this invoice.") from refusal
        if status in _NOT_APPROVED:
            return _set_status(client, INVOICE, invoice_id, "DELETED")
        raise


def delete_payment(account: Account, push: Push[Payment]) -> Remote:
    """Take a pushed payment out of the books; the invoice is owed again. Gone when it was deleted before."""
    client, payment_id = _of(account, push)
    try:
        # Without an envelope, unlike every other write.
        elements, trace_id = client.update_one(PAYMENT.entity, payment_id, {"Status": "DELETED"})
        return _saved(PAYMENT, elements, trace_id)
    except Refused as refusal:
        row = client.one(PAYMENT.entity, payment_id)
        if row is None or not PAYMENT.from_wire(row).active:
            raise Gone("Xero no longer has this payment.") from refusal
        raise


def _of(account: Account, push: Push[Invoice] | Push[Payment]) -> tuple[Client, str]:
    if push.remote_id is None:
        raise Refused("This was never sent to Xero, there is nothing to change.")
    return client_for(account.http, account.company), push.remote_id


def _set_status(client: Client, shape: Shape[V], object_id: str, status: str) -> Remote:
    row = {shape.id_name: object_id, "Status": status}
    return _saved(shape, *client.update_one(shape.entity, object_id, {shape.entity: [row]}))


def _saved(shape: Shape[V], elements: list[Row], trace_id: str) -> Remote:
    element = elements[0] if elements else {}
    if failed(element, shape.id_name):
        raise element_fault(element, shape.kind, trace_id=trace_id, updates=True)
    return shape.from_wire(element)
