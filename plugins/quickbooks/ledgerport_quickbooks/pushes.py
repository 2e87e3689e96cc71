"""One record on its way: create or update, with one second try after a stale version."""

from __future__ import annotations

import uuid
from typing import Any

from ledgerport.contract import Account, Gone, Invoice, Payment, Push, Refused, Remote, Stale, Value
from ledgerport_quickbooks.answers import Row
from ledgerport_quickbooks.books import books_of
from ledgerport_quickbooks.client import Client, client_for
from ledgerport_quickbooks.shapes import INVOICE, PAYMENT, Shape, V

# Only a constant, so that the same operation always derives the same id (it has no meaning of its own).
_SPACE = uuid.UUID("5b0c6c1e-7f0e-5d6c-9a51-0f5c3f2b7a10")


def push_one(account: Account, shape: Shape[V], push: Push[V]) -> Remote:
    """Create or update one object.

    An update is sparse: what is not sent stays. Stale means: somebody changed it since, so it is read again and sent
    once more; a second Stale goes to the caller. Gone only when the object itself is not there, Refused when it is
    something it refers to.
    """
    client = client_for(account.http, account.company)
    row = shape.to_wire(push, books_of(account))
    if push.remote_id is None:
        return shape.from_wire(client.save(shape.path, shape.entity, row, request_id=request_id(push)))
    row = {**row, "Id": push.remote_id, "sparse": True}

    def save(version: str, request: str) -> Row:
        return client.save(shape.path, shape.entity, {**row, "SyncToken": version}, request_id=request)

    return shape.from_wire(_with_version(client, shape, push, save))


def void_invoice(account: Account, push: Push[Invoice]) -> Remote:
    """Void a pushed invoice."""
    client = client_for(account.http, account.company)

    def void(version: str, request: str) -> Row:
        return client.void_invoice({"Id": push.remote_id, "SyncToken": version}, request_id=request)

    return INVOICE.from_wire(_with_version(client, INVOICE, push, void))


def delete_payment(account: Account, push: Push[Payment]) -> Remote:
    """Take a pushed payment out of the books."""
    client = client_for(account.http, account.company)

    def delete(version: str, request: str) -> Row:
        return client.delete_payment({"Id": push.remote_id, "SyncToken": version}, request_id=request)

    return PAYMENT.from_wire(_with_version(client, PAYMENT, push, delete))


def request_id(push: Push[Any]) -> str:
    """The `requestid` of a record sent alone: 36 characters, the same on every repetition.

    An operation id belongs to a whole request. Should records of one batch be sent one by one with it, each but the
    first gets an id of its own: QuickBooks would answer the second with the first one's object.
    """
    return push.operation_id if push.position == 1 else derived(push.operation_id, f"position {push.position}")


def derived(operation_id: str, what: str) -> str:
    """Another `requestid` of 36 characters for the same operation with a changed body; the same whenever derived
    again.
    """
    return str(uuid.uuid5(_SPACE, f"{operation_id} {what}"))


def still_there(row: Row | None) -> bool:
    """Whether a row that was read is an object that can be changed."""
    return row is not None and row.get("Active") not in (False, "false")


def refused_reference(error: Gone) -> Refused:
    """A 610 on an update whose own object is there: what is gone is something it refers to."""
    return Refused(
        "Something this refers to was deleted or made inactive in QuickBooks.",
        detail=error.detail,
        code=error.code,
        trace_id=error.trace_id,
    )


def _with_version(client: Client, shape: Shape[Any], push: Push[Any], send: Any) -> Row:
    if push.remote_id is None:
        raise Refused(f"This was never sent to QuickBooks, there is no {shape.entity} to change.")
    version = push.remote_version or _version(client, shape, push)
    try:
        saved: Row = send(version, request_id(push))
    except Stale:
        version = _version(client, shape, push)
        saved = send(version, derived(push.operation_id, f"{push.position} {push.remote_id} {version}"))
    except Gone as error:
        if still_there(client.by_ids(shape.entity, [push.remote_id], listed=shape.listed).get(push.remote_id)):
            raise refused_reference(error) from error
        raise
    return saved


def _version(client: Client, shape: Shape[Any], push: Push[Value]) -> str:
    row = client.by_ids(shape.entity, [str(push.remote_id)], listed=shape.listed).get(str(push.remote_id))
    if row is None:
        raise Gone(f"QuickBooks no longer has this {shape.entity}.")
    return str(row.get("SyncToken", ""))
