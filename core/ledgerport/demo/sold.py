"""What a tenant has sold, read back by REST and added up apart from the hub's memory: what its answers are held to."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledgerport.demo.rest import HubClient

_KINDS = ("invoice", "estimate")
_SENT = "SENT"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a sent invoice or estimate, `line` counted from 1; `name` without surplus blanks."""

    kind: str
    ref: str
    number: str
    line: int
    on: str
    customer_type: str
    item: str
    name: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    cost: Decimal | None
    currency: str


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Low, median and high of what was charged, and the median markup in percent over lines with a known cost."""

    lines: int
    low: Decimal
    median: Decimal
    high: Decimal
    markup: Decimal | None


class Sold:
    """All lines of a tenant's sent documents."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = {(line.kind, line.ref, line.line): line for line in lines}

    def names(self) -> list[str]:
        """What was sold on invoices, the most often sold first."""
        counts = Counter(line.name for line in self.lines.values() if line.kind == "invoice" and line.name)
        return [name for name, _ in counts.most_common()]

    def figures(self, names: set[str] | None) -> Figures | None:
        """Over the invoice lines of these things (None: of everything) that charge something; None without any."""
        charged = [
            line
            for line in self.lines.values()
            if line.kind == "invoice" and (names is None or line.name in names) and line.quantity * line.unit_price > 0
        ]
        if not charged:
            return None
        prices = [line.unit_price for line in charged]
        ratios = [(line.unit_price - line.cost) / line.cost for line in charged if line.cost]
        return Figures(
            lines=len(charged),
            low=min(prices),
            median=statistics.median(prices),
            high=max(prices),
            markup=100 * statistics.median(ratios) if ratios else None,
        )


def read_sold(api: HubClient) -> Sold:
    """What the hub's REST API tells of a tenant's documents, items and customers."""
    types = {each["ref"]: each["type"] for each in api.records("customer")}
    items = {each["ref"]: each for each in api.records("item")}
    return Sold(
        line
        for kind in _KINDS
        for document in api.records(kind)
        if document["status"] == _SENT
        for line in _lines(kind, document, types[document["customer"]], items)
    )


def _lines(kind: str, document: Mapping[str, Any], customer_type: str, items: Mapping[str, Any]) -> Iterator[Line]:
    for place, line in enumerate(document["lines"], 1):
        item = items.get(line["item"], {})
        cost = item.get("cost")
        yield Line(
            kind=kind,
            ref=document["ref"],
            number=document["number"],
            line=place,
            on=document["issued_on"],
            customer_type=customer_type,
            item=line["item"] or "",
            name=plain(item.get("name") or line["description"]),
            description=line["description"],
            quantity=Decimal(line["quantity"]),
            unit_price=Decimal(line["unit_price"]),
            cost=None if cost is None else Decimal(cost),
            currency=document["currency"],
        )


def plain(name: str) -> str:
    """A name without surplus blanks and control characters."""
    return " ".join(name.split())
