"""A customer of the books as one of ours."""

from __future__ import annotations

from ledgerport.db.models import ImportRow
from ledgerport.services.record_input import CustomerInput


def as_customer(row: ImportRow) -> CustomerInput:
    """The record that a row becomes; without an e-mail it gets none. Raises pydantic.ValidationError."""
    return CustomerInput.model_validate({**row.data, "type": row.type})
