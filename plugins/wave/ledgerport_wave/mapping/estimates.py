"""Estimates: `Estimate` <-> Wave's estimate. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Estimate, Kind, Push, Remote
from ledgerport_wave.books import Books
from ledgerport_wave.mapping import documents
from ledgerport_wave.mapping.wire import Row, part, text


def to_wire(push: Push[Estimate], books: Books) -> Row:
    """The input of a creation, or what a patch changes. Refused as `documents.shared` says.

    Wave creates drafts only. It stays one: approving moves no money, and a second request could be lost on its own.
    """
    estimate = push.value
    row = documents.shared(push)
    row["estimateDate"] = estimate.issued_on.isoformat()
    if estimate.expires_on:
        row["dueDate"] = estimate.expires_on.isoformat()
    if estimate.number:
        row["estimateNumber"] = estimate.number
    if push.remote_id is not None:
        return {"id": push.remote_id, **row}
    if estimate.currency != books.currency:
        row["currency"] = estimate.currency
    return {"businessId": books.business, "status": "DRAFT", **row}


def completed(row: Row, known: Mapping[str, Any]) -> Row:
    """A patch with the members that Wave always wants, as they are in the books (`known`)."""
    kept = {
        "status": text(known, "status"),
        "title": text(known, "title"),
        "estimateDate": text(known, "estimateDate"),
        "dueDate": text(known, "dueDate"),
        "currency": text(part(known, "currency"), "code"),
        "exchangeRate": text(known, "exchangeRate") or "1",
    }
    return {**kept, **row}


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An estimate as what the hub must know of it."""
    return documents.remote(row, Kind.ESTIMATE)
