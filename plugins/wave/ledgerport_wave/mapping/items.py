"""Items: `Item` <-> Wave's product. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Item, ItemType, Kind, PulledItem, Push, Refused, Remote
from ledgerport_wave.books import Books
from ledgerport_wave.mapping.wire import Row, decimal, money, text

_PRICE_PLACES = 5


def to_wire(push: Push[Item], books: Books) -> Row:
    """The input to send. A product is sold because it has an income account, bought because it has an expense account.

    Wave knows no cost, no SKU and no type. Its default taxes stay the bookkeeper's: our lines name theirs. Refused
    without an income account, in another currency, or with a price of more than five places.
    """
    item, mapping = push.value, push.mapping
    if not mapping.income_account:
        raise Refused(f"Item '{item.name}' has no income account.", field="income_account")
    if item.currency != books.currency:
        raise Refused(f"Wave keeps prices in {books.currency} only; this one is in {item.currency}.", field="currency")
    row: Row = {"businessId": books.business} if push.remote_id is None else {"id": push.remote_id}
    row["name"] = item.name
    row["unitPrice"] = decimal(item.price, _PRICE_PLACES, "price")
    row["incomeAccountId"] = mapping.income_account
    if mapping.expense_account:
        row["expenseAccountId"] = mapping.expense_account
    if item.description:
        row["description"] = item.description
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A product as what the hub must know of it."""
    return Remote(
        id=text(row, "id"),
        kind=Kind.ITEM,
        version=text(row, "modifiedAt"),
        name=text(row, "name"),
        active=row.get("isArchived") is not True,
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledItem | None:
    """A product as an item of ours, in the home `currency`; `ref` is empty. None for one that is only bought.

    Whether it is work or goods Wave does not know: it counts as work.
    """
    if row.get("isSold") is False:
        return None
    return PulledItem(
        remote=from_wire(row),
        value=Item(
            ref="",
            name=text(row, "name"),
            type=ItemType.SERVICE,
            price=money(row, "unitPrice") or Decimal("0.00"),
            description=text(row, "description"),
            currency=currency,
        ),
    )
