"""Saves the price book's items."""

from __future__ import annotations

from collections.abc import Sequence

from ledgerport.contract import Kind
from ledgerport.services.batch import Batch
from ledgerport.services.record_input import ItemInput
from ledgerport.services.save_flat import save_flat


def save_items(batch: Batch, rows: Sequence[tuple[int, str, ItemInput]]) -> None:
    """Create or replace items, given as (number, ref, record).

    Prices are in the tenant's currency, with up to six decimals.
    """
    save_flat(
        batch,
        Kind.ITEM,
        [
            (
                number,
                ref,
                {
                    "name": given.name,
                    "sku": given.sku,
                    "description": given.description,
                    "type": given.type.value,
                    "category": given.category,
                    "price": given.price,
                    "cost": given.cost,
                    "taxable": given.taxable,
                },
            )
            for number, ref, given in rows
        ],
    )
