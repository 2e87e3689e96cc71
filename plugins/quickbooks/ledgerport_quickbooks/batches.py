"""Several records in one request.

QuickBooks answers 200 and one item per record, in any order: items are matched by `bId`, and a record without an item
has an unknown outcome. Updates that were stale are read again with one query and sent once more, in one further batch
with a `requestid` of its own (the body has changed). What fails as a whole is raised; what fails for one record is
that record's element of the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from ledgerport.contract import (
    Account,
    Broken,
    ContractError,
    Gone,
    NameTaken,
    Outcome,
    Push,
    Refused,
    Remote,
    Stale,
    Unknown,
)
from ledgerport_quickbooks.answers import Row
from ledgerport_quickbooks.books import Books, books_of
from ledgerport_quickbooks.client import Client, client_for
from ledgerport_quickbooks.faults import item_fault
from ledgerport_quickbooks.pushes import derived, refused_reference, still_there
from ledgerport_quickbooks.refusals import COMPANY_WIDE
from ledgerport_quickbooks.shapes import Shape, V


@dataclass(slots=True)
class _Record(Generic[V]):
    """One record of a batch: what is sent of it and what became of it."""

    push: Push[V]
    row: Row
    version: str
    outcome: Outcome | None = None


def push_batch(account: Account, shape: Shape[V], pushes: Sequence[Push[V]]) -> list[Outcome]:
    """Create or update several objects: one Remote or error per push, in order.

    Records that QuickBooks would refuse are not sent. Raises what befell the whole request; a whole batch refused for
    good is Refused with `whole_batch`.
    """
    if len({push.position for push in pushes}) != len(pushes) or len({push.operation_id for push in pushes}) > 1:
        raise Broken("A batch needs one operation id and a position of its own for every record.")
    client = client_for(account.http, account.company)
    books = books_of(account)
    records = [_prepared(push, shape, books) for push in pushes]
    _read_missing_versions(client, shape, records)
    fresh = [record for record in records if record.outcome is None]
    if fresh:
        try:
            _send(client, shape, fresh, request_id=fresh[0].push.operation_id)
        except (Refused, NameTaken, Stale, Gone, Broken) as error:
            if error.code in COMPANY_WIDE:
                raise
            # One record may be to blame (an unknown member, a text that a firewall dislikes): alone, each shows what
            # it is.
            raise Refused(
                error.reason, whole_batch=True, detail=error.detail, code=error.code, trace_id=error.trace_id
            ) from error
        _send_stale_again(client, shape, fresh)
        _tell_gone_from_refused(client, shape, fresh)
    return [record.outcome or Unknown("QuickBooks' answer says nothing about this record.") for record in records]


def _prepared(push: Push[V], shape: Shape[V], books: Books) -> _Record[V]:
    try:
        row = shape.to_wire(push, books)
    except Refused as refusal:
        return _Record(push, {}, "", refusal)
    if push.remote_id is None:
        return _Record(push, row, "")
    row["Id"] = push.remote_id
    row["sparse"] = True
    return _Record(push, row, push.remote_version or "")


def _read_missing_versions(client: Client, shape: Shape[V], records: Sequence[_Record[V]]) -> None:
    """An update must name the current version; where the hub does not know it, it is read first."""
    lacking = [record for record in records if record.push.remote_id and not record.version and record.outcome is None]
    if lacking:
        _read_versions(client, shape, lacking)


def _read_versions(client: Client, shape: Shape[V], records: Sequence[_Record[V]]) -> None:
    found = client.by_ids(shape.entity, [str(record.push.remote_id) for record in records], listed=shape.listed)
    for record in records:
        row = found.get(str(record.push.remote_id))
        if row is None:
            record.outcome = Gone(f"QuickBooks no longer has this {shape.entity}.")
        else:
            record.version = str(row.get("SyncToken", ""))
            record.outcome = None


def _send(client: Client, shape: Shape[V], records: Sequence[_Record[V]], *, request_id: str) -> None:
    items: list[Row] = []
    for record in records:
        operation = "create"
        if record.push.remote_id is not None:
            operation = "update"
            record.row["SyncToken"] = record.version
        items.append({"bId": str(record.push.position), "operation": operation, shape.entity: record.row})
    answers, trace_id = client.batch(items, request_id=request_id)
    by_id = {str(answer.get("bId")): answer for answer in answers}
    for record in records:
        answer = by_id.get(str(record.push.position))
        record.outcome = _outcome(shape, record, answer, trace_id)


def _outcome(shape: Shape[V], record: _Record[V], answer: Row | None, trace_id: str) -> Remote | ContractError:
    if answer is not None:
        saved = answer.get(shape.entity)
        if isinstance(saved, dict) and saved.get("Id") and not answer.get("Fault"):
            return shape.from_wire(saved)
        error = item_fault(answer, trace_id=trace_id, updates=record.push.remote_id is not None)
        if error is not None:
            return error
    return Unknown("QuickBooks' answer says nothing about this record.", trace_id=trace_id)


def _send_stale_again(client: Client, shape: Shape[V], records: Sequence[_Record[V]]) -> None:
    """A whole failure of this second batch is the fate of its records alone: the others have their outcome already."""
    stale = [record for record in records if isinstance(record.outcome, Stale) and record.push.remote_id]
    if not stale:
        return
    try:
        _read_versions(client, shape, stale)
        again = [record for record in stale if record.outcome is None]
        if again:
            versions = " ".join(f"{record.push.remote_id}:{record.version}" for record in again)
            _send(client, shape, again, request_id=derived(again[0].push.operation_id, versions))
    except ContractError as error:
        for record in stale:
            if not isinstance(record.outcome, Gone):
                record.outcome = error


def _tell_gone_from_refused(client: Client, shape: Shape[V], records: Sequence[_Record[V]]) -> None:
    """610 is answered for the object itself and for what it refers to alike: looking tells which."""
    gone = [(record, record.outcome) for record in records if isinstance(record.outcome, Gone) and record.outcome.code]
    if not gone:
        return
    try:
        found = client.by_ids(shape.entity, [str(record.push.remote_id) for record, _ in gone], listed=shape.listed)
    except ContractError as error:
        # Nothing was saved for these; the look can be had again, a verdict "gone" could not be taken back.
        for record, _ in gone:
            record.outcome = error
        return
    for record, gone_error in gone:
        if still_there(found.get(str(record.push.remote_id))):
            record.outcome = refused_reference(gone_error)
