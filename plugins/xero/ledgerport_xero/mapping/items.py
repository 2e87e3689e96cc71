"""Items: `Item` <-> a row of Xero's Items. Pure, and lean: price books have thousands."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledgerport.contract import Item, ItemType, Kind, PulledItem, Push, Refused, Remote
from ledgerport_xero.books import Books
from ledgerport_xero.mapping.wire import Row, amount, cut, fitting, number, part, text, truth, version

_UNIT = Decimal("0.0001")


def to_wire(push: Push[Item], books: Books) -> Row:
    """The row to send, without its id. Empty members are left out: what a bookkeeper typed there stays.

    The code finds the item again, and invoices name it. Refused without a code or an income account, or in another
    currency than the books'.
    """
    item, mapping = push.value, push.mapping
    if not mapping.income_account:
        raise Refused(f"Item '{item.name}' has no income account.", field="income_account")
    if not item.code:
        raise Refused(f"Item '{item.name}' has no code, and Xero takes none without.", field="code")
    if item.currency != books.currency:
        raise Refused(f"Xero keeps prices in {books.currency} only; this one is in {item.currency}.", field="currency")
    row: Row = {
        "Code": fitting(item.code, 30, "code"),
        "Name": fitting(item.name, 50, "name"),
        "SalesDetails": {"UnitPrice": _price(item.price, "price"), "AccountCode": mapping.income_account},
    }
    if item.description:
        row["Description"] = cut(item.description, 4000)
    bought: Row = {}
    if item.cost is not None:
        bought["UnitPrice"] = _price(item.cost, "cost")
    if mapping.expense_account:
        bought["AccountCode"] = mapping.expense_account
    if bought:
        row["PurchaseDetails"] = bought
    if push.remote_id is None:
        # Taking it back later would empty what a bookkeeper entered about buying it.
        row["IsSold"], row["IsPurchased"] = True, bool(bought)
    elif bought:
        row["IsPurchased"] = True
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An Items row as what the hub must know of it. Old items have no name, only a code."""
    return Remote(
        id=text(row, "ItemID"),
        kind=Kind.ITEM,
        version=version(row),
        name=text(row, "Name") or text(row, "Code"),
        number=text(row, "Code"),
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledItem:
    """An Items row as an item of ours, in the base `currency`; `ref` is empty.

    Xero tells goods from work only where it counts their stock.
    """
    remote = from_wire(row)
    return PulledItem(
        remote=remote,
        value=Item(
            ref="",
            name=remote.name,
            type=ItemType.PRODUCT if truth(row, "IsTrackedAsInventory") else ItemType.SERVICE,
            price=amount(part(row, "SalesDetails"), "UnitPrice") or Decimal("0.00"),
            cost=amount(part(row, "PurchaseDetails"), "UnitPrice") or None,
            sku=text(row, "Code"),
            description=text(row, "Description"),
            currency=currency,
            code=text(row, "Code"),
        ),
    )


def _price(value: Decimal, field: str) -> float:
    """A unit price; what lies beyond four decimals is no money of anybody's."""
    return number(value.quantize(_UNIT, rounding=ROUND_HALF_UP) if value % _UNIT else value, field)
