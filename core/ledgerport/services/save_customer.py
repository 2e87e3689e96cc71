"""Saves customers."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerport.contract import Kind
from ledgerport.services.batch import Batch
from ledgerport.services.record_input import CustomerInput
from ledgerport.services.save_flat import save_flat


def save_customers(batch: Batch, rows: Sequence[tuple[int, str, CustomerInput]]) -> None:
    """Create or replace customers, given as (number, ref, record)."""
    save_flat(
        batch,
        Kind.CUSTOMER,
        [
            (
                number,
                ref,
                {
                    "name": given.name,
                    "email": given.email.strip(),
                    "email_key": given.email.strip().casefold(),
                    "phone": given.phone,
                    "company_name": given.company_name,
                    "given_name": given.given_name,
                    "family_name": given.family_name,
                    "type": given.type,
                    "address": {part: text for part, text in given.address if text},
                    "taxable": given.taxable,
                },
            )
            for number, ref, given in rows
        ],
    )
