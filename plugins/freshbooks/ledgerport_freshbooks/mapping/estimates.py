"""Estimates: `Estimate` <-> a row of FreshBooks' estimate. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Estimate, Kind, Push, Remote
from ledgerport_freshbooks.mapping import documents
from ledgerport_freshbooks.mapping.wire import Row

NUMBER = "estimate_number"


def to_wire(push: Push[Estimate]) -> Row:
    """The members to send. Refused as `documents.head` says.

    There is no member for the day an offer ends, and no way to mark it as sent without a mail: it stays a draft.
    """
    return documents.head(push, NUMBER)


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An estimate row as what the hub must know of it."""
    return documents.remote(row, Kind.ESTIMATE, NUMBER, "estimateid")
