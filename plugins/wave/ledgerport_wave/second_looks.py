"""After a refusal: what it means, by looking.

Wave does not document the words or codes of its refusals. So a number or name that may be in use is looked up, an
update that finds nothing is read by its id, and a payment that is refused is compared with what its invoice has open.
Nothing was applied when these begin; each look costs one read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NoReturn

from ledgerport.contract import (
    Customer,
    Estimate,
    Gone,
    Invoice,
    Item,
    Kind,
    NameTaken,
    Payment,
    Push,
    Refused,
    Remote,
)
from ledgerport_wave import documents
from ledgerport_wave.answers import Row
from ledgerport_wave.client import Client
from ledgerport_wave.documents import Mutation
from ledgerport_wave.holders import with_name, with_number
from ledgerport_wave.mapping.wire import amount, money, rows_of, text
from ledgerport_wave.refusals import not_found
from ledgerport_wave.shapes import Shape, V

# Wave rounds tax per line, so its total may be some cents below the host app's, which was paid in full: half a cent for
# each line at most, and some cents are nobody's loss in any case.
_ROUNDING = Decimal("0.05")
_ROUNDING_OF_A_LINE = Decimal("0.005")


def after_refusal(
    client: Client, shape: Shape[V], push: Push[V], mutation: Mutation, row: Row, error: Refused | Gone
) -> Row:
    """The decision behind a refused creation or update, raised; or the payload of a second try that went through."""
    if push.remote_id is not None:
        confirm_gone(client, shape, push.remote_id, error)
    if isinstance(error, Gone):
        raise _reference_gone(error)
    value = push.value
    holders: list[Remote] = []
    if isinstance(value, (Invoice, Estimate)) and value.number and error.field in ("number", ""):
        holders = [remote for remote in with_number(client, shape, push) if remote.id != push.remote_id]
    elif isinstance(value, (Customer, Item)) and error.field == "name":
        holders = [remote for remote in with_name(client, shape, value.name) if remote.id != push.remote_id]
    elif isinstance(value, Payment) and error.field in ("amount", "invoice", ""):
        return _pay_what_is_open(client, push, value, mutation, row, error)
    if holders:
        _taken(shape.kind, holders, error)
    raise error


def confirm_gone(client: Client, shape: Shape[Any], id: str, error: Refused | Gone) -> None:
    """Whether it is the object itself that is gone. Gone when it is; Refused for something else that is missing."""
    if isinstance(error, Refused) and error.field:
        return
    if _still_there(client.one(shape.single, id)):
        if isinstance(error, Gone):
            raise _reference_gone(error) from error
        return
    raise Gone(
        f"Wave no longer has this {shape.kind}.", detail=error.detail, code=error.code, trace_id=error.trace_id
    ) from error


def _pay_what_is_open(
    client: Client, push: Push[Any], payment: Payment, mutation: Mutation, row: Row, error: Refused
) -> Row:
    """A payment that is a few cents over what is open is sent once more with exactly that."""
    found = client.one(documents.INVOICE_WITH_PAYMENTS, payment.invoice.remote_id)
    if found is None:
        raise Refused("The invoice is not in Wave any more.", field="invoice", detail=error.detail) from error
    if text(found, "status") == "DRAFT":
        raise Refused(
            "The invoice is a draft in Wave, and drafts take no payment: approve it there.",
            field="invoice",
            detail=error.detail,
        ) from error
    due = money(found, "amountDue")
    if due is None:
        raise error
    # A changed payment may use again what it holds already.
    held = [money(paid, "amount") for paid in rows_of(found, "payments") if text(paid, "id") == push.remote_id]
    due += sum((one for one in held if one is not None), Decimal(0))
    over = payment.amount - due
    if over <= 0:
        raise error
    if due > 0 and over <= max(_ROUNDING, _ROUNDING_OF_A_LINE * len(rows_of(found, "items"))):
        return client.change(mutation, {**row, "amount": amount(due, payment.currency, "amount")})
    raise Refused(
        f"Wave has {due} open on this invoice, and the payment is of {payment.amount}: correct one of the two.",
        field="amount",
        detail=error.detail,
        code=error.code,
    ) from error


def _still_there(row: Row | None) -> bool:
    return row is not None and row.get("isArchived") is not True and text(row, "status") != "DELETED"


def _reference_gone(error: Gone) -> Refused:
    thing, field = not_found(error.detail)
    return Refused(
        f"The {thing} that this refers to is not in Wave any more."
        if thing
        else "Something that this refers to is not in Wave any more.",
        field=field,
        detail=error.detail,
        code=error.code,
        trace_id=error.trace_id,
    )


def _taken(kind: Kind, holders: list[Remote], error: Refused) -> NoReturn:
    what = "name" if kind in (Kind.CUSTOMER, Kind.ITEM) else "number"
    raise NameTaken(
        f"Wave already has this {what}.",
        field=what,
        remote_id=holders[0].id,
        detail=error.detail,
        code=error.code,
        trace_id=error.trace_id,
    ) from error
