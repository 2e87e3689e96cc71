"""Saves estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from ledgerport.contract import Kind
from ledgerport.services.batch import Batch
from ledgerport.services.record_input import EstimateInput
from ledgerport.services.save_document import Document, Drawn, save_documents


def save_estimates(batch: Batch, rows: Sequence[tuple[int, str, EstimateInput]]) -> None:
    """Create or replace estimates, given as (number, ref, record). Only a SENT one opens a task."""
    save_documents(batch, Kind.ESTIMATE, rows, _anything, _own)


def _own(given: Document) -> Mapping[str, Any]:
    assert isinstance(given, EstimateInput)
    return {"expires_on": given.expires_on}


def _anything(_row: Row[Any], _drawn: Drawn) -> None:
    """No money hangs on an estimate, so any change will do."""
