"""One record on its way: create or update, void or delete.

FreshBooks has no versions: an update names what it changes and the last one wins. Nor has it a key that would make a
repeated creation harmless, so a creation is exactly one request, and whatever happens after it must not look as if
nothing had been made.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ledgerport.contract import (
    Account,
    ContractError,
    Gone,
    Invoice,
    NameTaken,
    Payment,
    Push,
    Refused,
    Remote,
    Unknown,
    Value,
    quantum,
)
from ledgerport_freshbooks.answers import Row
from ledgerport_freshbooks.client import Client, client_for
from ledgerport_freshbooks.lookups import with_number
from ledgerport_freshbooks.mapping.invoices import MARK_AS_SENT, is_draft
from ledgerport_freshbooks.mapping.wire import amount, is_deleted, rows_of
from ledgerport_freshbooks.refusals import TOO_LONG
from ledgerport_freshbooks.shapes import INVOICE, PAYMENT, Shape, V


def push_one(account: Account, shape: Shape[V], push: Push[V]) -> Remote:
    """Create or update one record. Gone when it was deleted over there; NameTaken for a number in use."""
    return shape.from_wire(_saved(client_for(account.http, account.company), shape, push))


def push_invoice(account: Account, push: Push[Invoice]) -> Remote:
    """The same; an invoice that is a draft afterwards is marked as sent, or it would be nobody's debt.

    A creation asks for that itself. Should the mark be missing all the same and not be set now, the invoice is there
    and must not be made again: Unknown, so that it is looked for.
    """
    client = client_for(account.http, account.company)
    row = _saved(client, INVOICE, push)
    remote = INVOICE.from_wire(row)
    if not is_draft(row):
        return remote
    try:
        return INVOICE.from_wire(client.update(INVOICE.resource, remote.id, dict(MARK_AS_SENT)))
    except ContractError as error:
        raise Unknown(
            "The invoice is in FreshBooks, but could not be marked as sent.", detail=error.detail, code=error.code
        ) from error


def push_payment(account: Account, push: Push[Payment]) -> Remote:
    """The same; FreshBooks takes more than is open and books the rest as a credit.

    Should it refuse the amount instead, and the invoice be open for some cents less only because FreshBooks rounds tax
    in its own way, what is open is paid: the total that comes back says so, and the hub keeps the difference.
    """
    try:
        return push_one(account, PAYMENT, push)
    except Refused as error:
        # Only what FreshBooks itself refused has a code.
        if push.remote_id is not None or error.field != "amount" or not error.code:
            raise
        left = _left_open(client_for(account.http, account.company), push.value)
        if left is None:
            raise
        return push_one(account, PAYMENT, replace(push, value=replace(push.value, amount=left)))


def void_invoice(account: Account, push: Push[Invoice]) -> Remote:
    """Delete a pushed invoice: FreshBooks knows no voiding. Nothing is owed on it any more."""
    return replace(_deleted(account, INVOICE, push), total=Decimal("0.00"))


def delete_payment(account: Account, push: Push[Payment]) -> Remote:
    """Take a pushed payment out of the books; what is open on its invoice is reckoned again over there."""
    return _deleted(account, PAYMENT, push)


def _saved(client: Client, shape: Shape[V], push: Push[V]) -> Row:
    row = shape.to_wire(push)
    try:
        if push.remote_id is None:
            return client.create(shape.resource, row)
        saved = client.update(shape.resource, push.remote_id, row)
    except Gone as error:
        raise _gone_or_refused(client, shape, push, error) from error
    except Refused as error:
        raise _taken_or_refused(client, shape, push, error) from error
    if is_deleted(saved):
        raise Gone(f"This {shape.resource.one} was deleted in FreshBooks.")
    return saved


def _deleted(account: Account, shape: Shape[V], push: Push[V]) -> Remote:
    if push.remote_id is None:
        raise Refused(f"This was never sent to FreshBooks, there is no {shape.resource.one} to take out.")
    client = client_for(account.http, account.company)
    return replace(shape.from_wire(client.delete(shape.resource, push.remote_id)), active=False)


def _gone_or_refused(client: Client, shape: Shape[V], push: Push[V], error: Gone) -> ContractError:
    """1011 and 1012 are answered for the record itself and for what it refers to alike: looking tells which."""
    row = client.read(shape.resource, str(push.remote_id))
    if row is None or is_deleted(row):
        return error
    return Refused("Something this refers to was deleted in FreshBooks.", detail=error.detail, code=error.code)


def _taken_or_refused(client: Client, shape: Shape[V], push: Push[V], error: Refused) -> ContractError:
    """Which errno a number in use gives is not known (fact sheet, 3), so a number refused for any reason but its
    length is looked for.
    """
    if error.field != "number" or error.code == TOO_LONG or not with_number(client, shape, _number(push)):
        return error
    return NameTaken("FreshBooks already has this number.", field="number", detail=error.detail, code=error.code)


def _left_open(client: Client, payment: Payment) -> Decimal | None:
    """What is open on the invoice, when rounding explains that it is less than the payment: a cent a line at most."""
    row = client.read(INVOICE.resource, payment.invoice.remote_id, include="lines")
    left = amount(row, "outstanding") if row is not None else None
    if row is None or left is None or left <= 0:
        return None
    most = quantum(payment.currency) * len(rows_of(row, "lines"))
    return left if 0 < payment.amount - left <= most else None


def _number(push: Push[Value]) -> str:
    return str(getattr(push.value, "number", ""))
