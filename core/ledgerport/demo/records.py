"""What both sources of demo data share: the form of their answer, and sums that agree with the hub's to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

# One record as the bulk load takes it, a line of NDJSON: money and quantities as text, dates as ISO text.
Record = dict[str, Any]

CENT = Decimal("0.01")
MOST_EXAMPLES = 5


@dataclass
class LeftOut:
    """What a source did not take over: how many, why, and a few by name. Complete once the records are used up."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, example: str) -> None:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        named = self.examples.setdefault(reason, [])
        if len(named) < MOST_EXAMPLES:
            named.append(example)

    def rows(self) -> list[dict[str, Any]]:
        """`{"reason", "count", "examples"}` per reason, the commonest first; ready for JSON."""
        ordered = sorted(self.counts, key=lambda reason: -self.counts[reason])
        return [{"reason": r, "count": self.counts[r], "examples": self.examples[r]} for r in ordered]


@dataclass(frozen=True, kw_only=True)
class DemoData:
    """One source, read as a stream: customers and items first, each payment after the invoices it pays."""

    records: Iterator[Record]
    left_out: LeftOut
    # Sentences for the report: what was made up, and by which rule.
    rules: tuple[str, ...]


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, halves away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def line_amount(line: Mapping[str, Any]) -> Decimal:
    """Quantity x unit price of one line record, rounded to the cent."""
    return cents(Decimal(line["quantity"]) * Decimal(line["unit_price"]))


def document_total(document: Mapping[str, Any]) -> Decimal:
    """Lines less discount plus tax of an invoice or estimate record."""
    lines = sum((line_amount(line) for line in document["lines"]), Decimal(0))
    return lines - Decimal(document.get("discount", "0")) + Decimal(document.get("tax", "0"))


def payment(
    ref: str, customer: str, paid_on: str, method: str, allocations: Iterable[tuple[str, Decimal]], reference: str = ""
) -> Record:
    """A payment record whose amount is the sum of its allocations `(invoice ref, amount)`."""
    parts = [{"invoice": invoice, "amount": f"{amount:.2f}"} for invoice, amount in allocations]
    record: Record = {
        "kind": "payment",
        "ref": ref,
        "customer": customer,
        "paid_on": paid_on,
        "amount": f"{sum(Decimal(part['amount']) for part in parts):.2f}",
        "method": method,
        "allocations": parts,
    }
    if reference:
        record["reference"] = reference
    return record


def halves(total: Decimal) -> tuple[Decimal, Decimal]:
    """A total in two parts that add up to the cent; the first is the smaller one when they differ."""
    first = (total / 2).quantize(CENT, rounding=ROUND_DOWN)
    return first, total - first
