"""Several records in one request, or one: each gets its own verdict.

Creations travel as PUT, which never overwrites, with a key; updates as POST with their ids and without a key. Xero
answers 200 with an element per record, the refused ones marked; their order is not promised, so elements are matched
by what names the record. What fails as a whole is raised; what fails for one record is that record's element of the
answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

import orjson

from ledgerport.contract import (
    Account,
    Broken,
    ContractError,
    Gone,
    NameTaken,
    Outcome,
    Push,
    Refused,
    Stale,
    TryLater,
)
from ledgerport_xero.client import Client, client_for
from ledgerport_xero.elements import Record, settle, silent
from ledgerport_xero.faults import EDITED
from ledgerport_xero.mapping.documents import ENDED
from ledgerport_xero.mapping.wire import text
from ledgerport_xero.preparing import prepared
from ledgerport_xero.shapes import Shape, V
from ledgerport_xero.terms import MAX_BODY

_NOW = timedelta(0)


def push_batch(account: Account, shape: Shape[V], pushes: Sequence[Push[V]]) -> list[Outcome]:
    """Create or update several objects: one Remote or error per push, in order.

    Records that Xero would refuse are not sent; those that do not fit beside the others are to be sent again at once.
    Raises what befell the whole request; a whole batch refused for good is Refused with `whole_batch`.
    """
    if len({push.position for push in pushes}) != len(pushes) or len({push.operation_id for push in pushes}) > 1:
        raise Broken("A batch needs one operation id and a position of its own for every record.")
    try:
        return push_all(account, shape, pushes)
    except (Refused, NameTaken, Stale, Gone, Broken) as error:
        # One record may be to blame (a value that Xero cannot read): alone, each shows what it is.
        raise Refused(
            error.reason, whole_batch=True, detail=error.detail, code=error.code, trace_id=error.trace_id
        ) from error


def push_all(account: Account, shape: Shape[V], pushes: Sequence[Push[V]]) -> list[Outcome]:
    """The same, raising what befell the whole request as it is.

    Creations and updates are two requests. When the second one fails as a whole after the first, that is the fate of
    its records alone.
    """
    client = client_for(account.http, account.company)
    records = prepared(account, client, shape, pushes)
    new = _fitting([record for record in records if record.outcome is None and not record.known])
    if new:
        key = idempotency_key(account, shape, new)
        elements, trace_id = client.create(shape.entity, [record.row for record in new], key=key)
        settle(shape, new, elements, trace_id)
    try:
        _update(client, shape, [record for record in records if record.outcome is None and record.known])
    except ContractError as error:
        if not new:
            raise
        for record in records:
            record.outcome = record.outcome or error
    return [record.outcome or silent("") for record in records]


def idempotency_key(account: Account, shape: Shape[V], records: Sequence[Record[V]]) -> str:
    """64 characters, the same on every repetition of a request. Keys are shared by all organisations of an app."""
    positions = ",".join(str(record.push.position) for record in records)
    words = "|".join((account.company.id, shape.entity, records[0].push.operation_id, positions))
    return sha256(words.encode()).hexdigest()


def _fitting(records: Sequence[Record[V]]) -> list[Record[V]]:
    """As many of the records as one request holds; the others get their outcome here."""
    room, chosen = MAX_BODY, []
    for record in records:
        size = len(orjson.dumps(record.row)) + 1
        if size > MAX_BODY:
            record.outcome = Refused(f"It is larger ({size} bytes) than Xero takes in one request.")
        elif size > room:
            record.outcome = TryLater("It did not fit into this request to Xero.", after=_NOW)
        else:
            room -= size
            chosen.append(record)
    return chosen


def _update(client: Client, shape: Shape[V], records: Sequence[Record[V]]) -> None:
    chosen = _fitting(records)
    if len(chosen) == 1:
        record = chosen[0]
        try:
            elements, trace_id = client.update_one(
                shape.entity, str(record.push.remote_id), {shape.entity: [record.row]}
            )
        except (Refused, NameTaken, Stale, Gone) as error:
            record.outcome = error
        else:
            settle(shape, chosen, elements, trace_id)
    elif chosen:
        elements, trace_id = client.update(shape.entity, [record.row for record in chosen])
        settle(shape, chosen, elements, trace_id)
    _tell_gone_from_refused(client, shape, chosen)


def _tell_gone_from_refused(client: Client, shape: Shape[V], records: Sequence[Record[V]]) -> None:
    """A document is refused in the same words when it is paid and when it is void or deleted: looking tells which."""
    edited = [record for record in records if isinstance(record.outcome, Refused) and record.outcome.code == EDITED]
    if not edited:
        return
    try:
        found = client.by_ids(shape.entity, [str(record.push.remote_id) for record in edited])
    except ContractError as error:
        # Nothing was saved for these; the look can be had again, a verdict could not be taken back.
        for record in edited:
            record.outcome = error
        return
    for record in edited:
        row = found.get(str(record.push.remote_id).lower())
        if row is None or text(row, "Status").upper() in ENDED:
            record.outcome = Gone("It was voided or deleted in Xero.")
