"""Items: `Item` <-> a row of FreshBooks' item. Pure, and lean: price books have thousands.

An item over there has no account, no cost and no type; the hub keeps these (fact sheet, 5). Its taxes are ids of
defaults for lines typed by hand and belong to the bookkeeper; our lines carry their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Item, ItemType, Kind, PulledItem, Push, Remote
from ledgerport_freshbooks.mapping.wire import Row, amount, id_of, is_active, money, part, text


def to_wire(push: Push[Item]) -> Row:
    """The members to send. Empty ones are left out: what a bookkeeper typed there stays."""
    item = push.value
    row: Row = {"name": item.name, "unit_cost": money(item.price, item.currency)}
    if item.description:
        row["description"] = item.description
    if item.sku:
        row["sku"] = item.sku
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An item row as what the hub must know of it."""
    return Remote(
        id=id_of(row, "id", "itemid"),
        kind=Kind.ITEM,
        version=text(row, "updated"),
        name=text(row, "name"),
        active=is_active(row),
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledItem:
    """An item row as an item of ours; `ref` is empty. `currency` where the row has none.

    FreshBooks does not tell work from goods; only what has a SKU or is counted in stock can be no work.
    """
    goods = bool(text(row, "sku") or text(row, "inventory"))
    return PulledItem(
        remote=from_wire(row),
        value=Item(
            ref="",
            name=text(row, "name"),
            type=ItemType.PRODUCT if goods else ItemType.SERVICE,
            price=amount(row, "unit_cost") or Decimal("0.00"),
            sku=text(row, "sku"),
            description=text(row, "description"),
            taxable=bool(id_of(row, "tax1", "tax2")),
            currency=text(part(row, "unit_cost"), "code") or currency,
        ),
    )
