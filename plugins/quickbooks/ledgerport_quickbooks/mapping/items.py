"""Items: `Item` <-> a row of QuickBooks' Item. Pure, and lean: price books have thousands."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Item, ItemType, Kind, PulledItem, Push, Refused, Remote
from ledgerport_quickbooks.books import Books, Tax
from ledgerport_quickbooks.mapping.wire import Row, amount, fitting, number, text, truth

_TYPES = {ItemType.SERVICE: "Service", ItemType.PRODUCT: "NonInventory"}
_KINDS = {"Category": "category", "Group": "bundle"}


def to_wire(push: Push[Item], books: Books) -> Row:
    """The row to send, without Id. Empty members are left out: what a bookkeeper typed there stays.

    The type is sent once, at creation: an item that was linked may be one that counts its stock, and cannot be turned
    back. Refused without an income account, in another currency, or with texts too long.
    """
    item = push.value
    mapping = push.mapping
    if not mapping.income_account:
        raise Refused(f"Item '{item.name}' has no income account.", field="income_account")
    if item.currency != books.currency:
        raise Refused(
            f"QuickBooks keeps prices in {books.currency} only; this one is in {item.currency}.", field="currency"
        )
    row: Row = {
        "Name": fitting(item.name, 100, "name"),
        "UnitPrice": number(item.price, "price"),
        "IncomeAccountRef": {"value": mapping.income_account},
    }
    if push.remote_id is None:
        row["Type"] = _TYPES[item.type]
    if item.sku:
        row["Sku"] = fitting(item.sku, 100, "sku")
    if item.description:
        row["Description"] = fitting(item.description, 4000, "description")
    if books.tax is Tax.AST or books.tax is Tax.US:
        row["Taxable"] = item.taxable
    if mapping.expense_account:
        row["ExpenseAccountRef"] = {"value": mapping.expense_account}
        # A cost without an expense account is seen nowhere in the recorded answers, so it is not sent alone.
        if item.cost is not None:
            row["PurchaseCost"] = number(item.cost, "cost")
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """An Item row as what the hub must know of it. Categories and bundles share the names, but cannot be sold: their
    kind says so.
    """
    return Remote(
        id=text(row, "Id"),
        kind=_KINDS.get(text(row, "Type"), Kind.ITEM),
        version=text(row, "SyncToken"),
        name=text(row, "Name"),
        active=truth(row, "Active", default=True),
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledItem | None:
    """An Item row as an item of ours, in the home `currency`; `ref` is empty. None for a category or a bundle.

    QuickBooks' zero cost means none was entered.
    """
    remote = from_wire(row)
    if remote.kind != Kind.ITEM:
        return None
    return PulledItem(
        remote=remote,
        value=Item(
            ref="",
            name=remote.name,
            type=ItemType.SERVICE if text(row, "Type") == "Service" else ItemType.PRODUCT,
            price=amount(row, "UnitPrice") or Decimal("0.00"),
            cost=amount(row, "PurchaseCost") or None,
            sku=text(row, "Sku"),
            description=text(row, "Description"),
            taxable=truth(row, "Taxable"),
            currency=currency,
        ),
    )
