"""Which of the items over there are one of ours."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledgerport.contract import Item, ItemType, PulledItem, Remote
from ledgerport.engine.items_there import ItemsThere


def item(name: str, sku: str = "") -> Item:
    return Item(ref="P-1", name=name, type=ItemType.PRODUCT, price=Decimal(1), sku=sku)


def there(*items: tuple[str, str, str], active: bool = True) -> ItemsThere:
    """(id, name, SKU) of each."""
    return ItemsThere(
        PulledItem(remote=Remote(id=key, kind="item", name=name, active=active), value=item(name, sku))
        for key, name, sku in items
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        (item("Drain Snake"), [("1", "drain  snake", "")], ["1"]),
        (item("Drain snake", "DS"), [("1", "Drain snake", "")], ["1"]),
        (item("Drain snake"), [("1", "Drain snake", "DS")], ["1"]),
        (item("Drain snake", "DS"), [("1", "Something else", "ds")], ["1"]),
        (item("Drain snake", "DS"), [("1", "Drain snake", ""), ("2", "Other", "DS")], ["2"]),
        (item("Drain snake", "RED"), [("1", "Drain snake", "BLUE")], []),
        (item("Drain snake"), [("1", "Drain snake", ""), ("2", "Drain snake", "")], ["1", "2"]),
        (item("Drain snake"), [("1", "Drain snake 25 ft", "")], []),
    ],
)
def test_by_sku_else_by_name_where_no_sku_speaks_against_it(
    ours: Item, theirs: list[tuple[str, str, str]], found: list[str]
) -> None:
    assert [remote.id for remote in there(*theirs).like(ours)] == found


def test_what_is_not_in_use_any_more_is_nobody() -> None:
    assert list(there(("1", "Drain snake", ""), active=False).like(item("Drain snake"))) == []
