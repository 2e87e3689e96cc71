"""The lines of invoices and estimates and what they add up to (section 6).

A line is kept small: an account with twenty thousand invoices holds half a million of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import rules
from ledgerport_freshbooks_sandbox.refusals import Refused, invalid
from ledgerport_freshbooks_sandbox.state import Books

_HUNDRED = Decimal(100)
_FIXED: dict[str, Any] = {
    "basecampid": 0,
    "date": None,
    "expenseid": 0,
    "modern_project_id": None,
    "modern_time_entries": [],
    "retainer_id": None,
    "retainer_period_id": None,
}


@dataclass(frozen=True, slots=True)
class Sums:
    """`total` = lines - `discount` + `tax`."""

    total: Decimal
    tax: Decimal
    discount: Decimal


def build(books: Books, sent: Any, object: str, currency: str) -> list[dict[str, Any]]:
    """The lines as they are kept. Raises Refused."""
    if not isinstance(sent, list) or any(not isinstance(line, dict) for line in sent):
        raise Refused(1006, "The field 'lines' must be a list of objects.", "lines", object)
    return [_line(books, line, object, currency) for line in sent]


def _line(books: Books, sent: dict[str, Any], object: str, currency: str) -> dict[str, Any]:
    line: dict[str, Any] = {"type": rules.whole(sent.get("type", 0), "lines.type", object)}
    limit = int(books.switches["text_limit"])
    line["name"] = rules.text(sent.get("name", ""), "lines.name", object, limit)
    line["description"] = rules.text(sent.get("description", ""), "lines.description", object)
    quantity = rules.number(sent.get("qty", 1), "lines.qty", object)
    price = Decimal(0)
    if sent.get("unit_cost") is not None:
        one = currency if books.switches["mixed_currency"] == "refuse" else None
        price = rules.money(sent["unit_cost"], "lines.unit_cost", object, one)
    if price < 0 and books.switches["negative_lines"] == "refuse":
        raise invalid("lines.unit_cost", object, price, "The unit cost cannot be negative.")
    line["qty"], line["unit_cost"] = rules.plain(quantity), rules.shown(price, currency)
    line["amount"] = f"{rules.cents(quantity * price):.2f}"
    for n in ("1", "2"):
        line |= _tax(books, sent, object, n)
    line["compounded_tax"] = bool(sent.get("compounded_tax", False))
    return line


def _tax(books: Books, sent: dict[str, Any], object: str, n: str) -> dict[str, Any]:
    """A tax of a line by name and percent; the percent of a known tax when none is sent."""
    name = rules.text(sent.get(f"taxName{n}"), f"lines.taxName{n}", object)
    percent, number = Decimal(0), None
    named = books.store.find(books.company.id, "Tax.name", name.lower()) if name else []
    known = next((tax for kind, id in named if (tax := books.peek(kind, id)) is not None), None)
    if known is not None:
        percent, number = Decimal(known["amount"]), known["number"]
    elif name and books.switches["unknown_tax_name"] == "refuse":
        raise invalid(f"lines.taxName{n}", object, name, "There is no tax of this name.")
    if sent.get(f"taxAmount{n}") is not None:
        percent = rules.percent(sent[f"taxAmount{n}"], f"lines.taxAmount{n}", object)
    return {f"taxName{n}": name, f"taxAmount{n}": rules.plain(percent), f"taxNumber{n}": number}


def add_up(books: Books, lines: list[dict[str, Any]], discount: Decimal) -> Sums:
    """Subtotal less the discount (percent) plus taxes; the switches say when tax is rounded and on which price."""
    subtotal = sum((Decimal(line["amount"]) for line in lines), Decimal(0))
    taken = rules.cents(subtotal * discount / _HUNDRED)
    share = 1 - discount / _HUNDRED if books.switches["discount_before_tax"] else Decimal(1)
    per_line = books.switches["tax_rounding"] == "per_line"
    taxes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        base = Decimal(line["amount"]) * share
        first = base * Decimal(line["taxAmount1"]) / _HUNDRED
        second_base = base + first if line["compounded_tax"] else base
        second = second_base * Decimal(line["taxAmount2"]) / _HUNDRED
        for n, tax in (("1", first), ("2", second)):
            if tax:
                key = (line[f"taxName{n}"] or "", line[f"taxAmount{n}"])
                taxes[key] += rules.cents(tax) if per_line else tax
    tax = sum((rules.cents(one) for one in taxes.values()), Decimal(0))
    return Sums(subtotal - taken + tax, tax, taken)


def show(doc: dict[str, Any], currency: str, owner: str) -> list[dict[str, Any]]:
    """The lines of an answer; `owner` is the key that names their document."""
    return [
        {
            **_FIXED,
            **line,
            "amount": {"amount": line["amount"], "code": currency},
            "lineid": number,
            "taskno": number,
            owner: doc["id"],
            "updated": doc["updated"],
        }
        for number, line in enumerate(doc["lines"], 1)
    ]
