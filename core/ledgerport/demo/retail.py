"""A year of a real shop as host-app records: the "Online Retail" transactions (UCI, CC BY 4.0), one CSV line per sale.

The file is read several times instead of being kept: memory grows with codes, customers and invoice numbers (tens of
thousands), never with lines (half a million).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from ledgerport.demo.records import DemoData, LeftOut, Record, cents, document_total, halves, payment
from ledgerport.demo.retail_lines import CASH_SALES, PRODUCT_CODE_RULE, SaleLine, read_sales

SECOND_PART_AFTER = timedelta(days=14)
EVERY_NTH_IN_TWO_PARTS = 10
NO_LINE_LEFT = "invoice without a line that could be taken"
BEYOND_INVOICES = "invoice beyond the number of invoices asked for"
BEYOND_ITEMS = "line of an item beyond the number of items asked for"
RULES = (
    "An item is a StockCode (letters in capitals) with its commonest description and the median of its prices.",
    PRODUCT_CODE_RULE,
    f"Sales without a customer id belong to one customer, {CASH_SALES!r}.",
    "Amounts are taken as they stand, in the company's currency.",
    "Payments are made up: each invoice is paid in full on its day.",
    "Every tenth invoice, counted by date and number, is paid in two halves, the second 14 days later.",
)


@dataclass
class _Item:
    """What the lines say about one stock code."""

    descriptions: Counter[str] = field(default_factory=Counter)
    prices: Counter[Decimal] = field(default_factory=Counter)

    def name(self, code: str) -> str:
        """The commonest description, the first seen of several; the code itself where no line had one."""
        return self.descriptions.most_common(1)[0][0] if self.descriptions else code

    def price(self) -> Decimal:
        return cents(median(self.prices.elements()))


@dataclass
class _Survey:
    """What the first reading of the file finds."""

    items: dict[str, _Item] = field(default_factory=dict)
    # customer id -> country of the first sale
    customers: dict[str, str] = field(default_factory=dict)
    # invoice number -> day of its first line, in the order (day, number)
    invoices: dict[str, date] = field(default_factory=dict)
    # invoice number -> how many lines it has
    lines: Counter[str] = field(default_factory=Counter)


def read(path: Path, *, invoices: int | None = None, items: int | None = None) -> DemoData:
    """The file (CSV, gzip or plain) as records. `invoices`: only the first N by date and number; None takes all.

    `items`: a price book of N items, those used most first; lines of other items are left out. None takes exactly the
    items that the invoices use. Raises OSError, and ValueError when the header is not the expected one.
    """
    left_out = LeftOut()
    return DemoData(records=_records(path, invoices, items, left_out), left_out=left_out, rules=RULES)


def _records(path: Path, invoices: int | None, items: int | None, left_out: LeftOut) -> Iterator[Record]:
    survey = _survey(path, left_out)
    numbers = list(survey.invoices)
    position = {number: place for place, number in enumerate(numbers[:invoices], 1)}
    for number in numbers[len(position) :]:
        left_out.add(BEYOND_INVOICES, f"invoice {number}")
    use, buyers = _usage(path, position, survey)
    codes = _price_book(survey, use, items)
    for customer in sorted(buyers):
        yield _customer(customer, survey.customers[customer])
    for code in sorted(codes):
        yield _item(code, survey.items[code])
    yield from _documents(path, position, codes, survey, left_out)


def _survey(path: Path, left_out: LeftOut) -> _Survey:
    """The first reading: prices, descriptions, customers, invoice numbers; all that is left out is counted here."""
    survey = _Survey()
    seen: dict[str, str] = {}
    for line in read_sales(path, left_out, seen):
        item = survey.items.setdefault(line.code, _Item())
        if line.description:
            item.descriptions[line.description] += 1
        item.prices[line.unit_price] += 1
        survey.customers.setdefault(line.customer, line.country)
        survey.invoices.setdefault(line.invoice, line.sold_on)
        survey.lines[line.invoice] += 1
    survey.invoices = dict(sorted(survey.invoices.items(), key=lambda entry: (entry[1], int(entry[0]))))
    for invoice, reason in seen.items():
        if invoice not in survey.invoices:
            left_out.add(NO_LINE_LEFT, f"invoice {invoice}: {reason}")
    return survey


def _usage(path: Path, position: dict[str, int], survey: _Survey) -> tuple[Counter[str], set[str]]:
    """How often each code occurs in the wanted invoices, and who bought; read again only for a part of the file."""
    if len(position) == len(survey.invoices):
        return Counter({code: item.prices.total() for code, item in survey.items.items()}), set(survey.customers)
    use: Counter[str] = Counter()
    buyers: set[str] = set()
    for line in _wanted(path, position, survey):
        use[line.code] += 1
        buyers.add(line.customer)
    return use, buyers


def _wanted(path: Path, position: dict[str, int], survey: _Survey) -> Iterator[SaleLine]:
    """The lines of the wanted invoices; reading ends with the last of them."""
    missing = sum(survey.lines[invoice] for invoice in position)
    if not missing:
        return
    for line in read_sales(path):
        if line.invoice in position:
            yield line
            missing -= 1
            if not missing:
                return


def _price_book(survey: _Survey, use: Counter[str], items: int | None) -> set[str]:
    if items is None:
        return set(use)
    by_use = sorted(survey.items, key=lambda code: (-use[code], code))
    return set(by_use[:items])


def _documents(
    path: Path, position: dict[str, int], codes: set[str], survey: _Survey, left_out: LeftOut
) -> Iterator[Record]:
    """Each wanted invoice as soon as its last line was read, followed by its payments.

    The file lists one invoice in two places, so an invoice is complete by its count of lines, not by its neighbours.
    """
    expected = Counter({invoice: survey.lines[invoice] for invoice in position})
    open_lines: dict[str, list[Record]] = {}
    for line in _wanted(path, position, survey):
        lines = open_lines.setdefault(line.invoice, [])
        if line.code in codes:
            lines.append(_line(line, survey))
        else:
            left_out.add(BEYOND_ITEMS, f"line {line.row}: {line.code} on invoice {line.invoice}")
        expected[line.invoice] -= 1
        if expected[line.invoice] == 0:
            del open_lines[line.invoice]
            if not lines:
                left_out.add(NO_LINE_LEFT, f"invoice {line.invoice}: {BEYOND_ITEMS}")
                continue
            invoice = _invoice(line, survey.invoices[line.invoice], lines)
            yield invoice
            yield from _payments(invoice, in_two=position[line.invoice] % EVERY_NTH_IN_TWO_PARTS == 0)


def _customer(customer: str, country: str) -> Record:
    if customer == CASH_SALES:
        return {"kind": "customer", "ref": _customer_ref(customer), "name": CASH_SALES, "type": "business"}
    return {
        "kind": "customer",
        "ref": _customer_ref(customer),
        "name": f"Customer {customer}",
        "type": "business",
        "address": {"country": country},
    }


def _customer_ref(customer: str) -> str:
    return "CASH" if customer == CASH_SALES else f"C-{customer}"


def _item(code: str, item: _Item) -> Record:
    return {
        "kind": "item",
        "ref": code,
        "name": item.name(code),
        "sku": code,
        "type": "product",
        "price": f"{item.price():.2f}",
        "taxable": False,
    }


def _line(line: SaleLine, survey: _Survey) -> Record:
    return {
        "item": line.code,
        "description": line.description or survey.items[line.code].name(line.code),
        "quantity": str(line.quantity),
        "unit_price": f"{line.unit_price:f}",
    }


def _invoice(line: SaleLine, issued_on: date, lines: list[Record]) -> Record:
    return {
        "kind": "invoice",
        "ref": f"INV-{line.invoice}",
        "number": line.invoice,
        "customer": _customer_ref(line.customer),
        "issued_on": issued_on.isoformat(),
        "status": "SENT",
        "lines": lines,
    }


def _payments(invoice: Record, *, in_two: bool) -> Iterator[Record]:
    """By the stated rule. An invoice of less than two cents cannot be halved, one of nothing needs no payment."""
    total = document_total(invoice)
    issued_on = date.fromisoformat(invoice["issued_on"])
    method = "cash" if invoice["customer"] == "CASH" else "card"
    parts = [part for part in (halves(total) if in_two else (total,)) if part > 0]
    for number, part in enumerate(parts, 1):
        paid_on = issued_on + SECOND_PART_AFTER * (number - 1)
        ref = f"PAY-{invoice['number']}" + (f"-{number}" if len(parts) > 1 else "")
        yield payment(ref, invoice["customer"], paid_on.isoformat(), method, [(invoice["ref"], part)])
