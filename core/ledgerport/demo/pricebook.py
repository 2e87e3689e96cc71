"""A plumbing company's price book: parts and services by category, with the odd names that real price books have."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count, product
from random import Random
from typing import NamedTuple

from ledgerport.demo.catalogue import CATEGORIES, ODD_NAMES, ODD_SERVICES
from ledgerport.demo.records import Record, cents

SERVICES = "Labour"
MARKUPS = ("1.35", "1.5", "1.65", "1.8", "2.2")
# One odd name in so many, from the start, so that a small price book has some as well.
ODD_EVERY = 7
ODD_DOLLARS = 12


class _Entry(NamedTuple):
    category: str
    prefix: str
    name: str
    dollars: int


def price_book(items: int, chance: Random) -> Iterator[Record]:
    """`items` item records. Every SKU is its own, regular names are unique, `ODD_NAMES` come spread among the first."""
    regular = list(_regular_entries())
    chance.shuffle(regular)
    entries = _endless(regular)
    odd = iter(ODD_NAMES)
    for number in range(1, items + 1):
        name = next(odd, None) if number % ODD_EVERY == 2 else None
        if name is None:
            yield _item(number, next(entries), chance)
            continue
        category = SERVICES if name.startswith(ODD_SERVICES) else "Special orders"
        yield _item(number, _Entry(category, "ODD", name, ODD_DOLLARS), chance)


def _regular_entries() -> Iterator[_Entry]:
    """Every combination of each category's words; the cost grows with the place of each word in its part."""
    for category in CATEGORIES:
        for places in product(*(range(len(part)) for part in category.parts)):
            name = " ".join(part[place] for part, place in zip(category.parts, places, strict=True))
            dollars = category.dollars + category.dollars * sum(places) // 3
            yield _Entry(category.name, category.prefix, name, dollars)


def _endless(entries: list[_Entry]) -> Iterator[_Entry]:
    """The entries once, then again as further series, for a price book larger than the catalogue."""
    yield from entries
    for series in count(2):
        yield from (entry._replace(name=f"{entry.name}, series {series}") for entry in entries)


def _item(number: int, entry: _Entry, chance: Random) -> Record:
    cost = Decimal(entry.dollars) + Decimal(chance.randrange(100)) / 100
    price = cents(cost * Decimal(chance.choice(MARKUPS)))
    service = entry.category == SERVICES
    return {
        "kind": "item",
        "ref": f"P-{number:04d}",
        "name": entry.name,
        "sku": f"{entry.prefix}-{number:04d}",
        "description": " ".join(entry.name.split()),
        "type": "service" if service else "product",
        "price": f"{price:.2f}",
        "cost": f"{cost:.2f}",
        "taxable": not service,
        "category": entry.category,
    }
