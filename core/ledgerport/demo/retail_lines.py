"""Reading the Online Retail file line by line: what is a sale, and why a line is none."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TextIO

from ledgerport.demo.records import LeftOut

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
CASH_SALES = "Cash sales"
PRODUCT_CODE_RULE = (
    "A product code is five digits and up to two letters, or DCGS and an ending (the shop's own goods); everything "
    "else (POST, DOT, M, D, S, C2, B, PADS, CRUK, BANK CHARGES, AMAZONFEE, gift vouchers) is no product."
)
PRODUCT_CODE = re.compile(r"[0-9]{5}[A-Z]{0,2}|DCGS[0-9A-Z]+")

UNREADABLE = "line that cannot be read"
CANCELLED = "cancellation (invoice number C...)"
BAD_DEBT = "bad-debt adjustment (invoice number A...)"
NO_INVOICE = "invoice number that is no number"
NO_PRODUCT = "code that is no product"
NO_QUANTITY = "quantity not above zero"
NO_PRICE = "price not above zero"


class SaleLine(NamedTuple):
    """One line that counts. `row` is the line in the file, the header being line 1."""

    row: int
    invoice: str
    code: str
    description: str
    quantity: int
    sold_on: date
    unit_price: Decimal
    customer: str
    country: str


def read_sales(path: Path, left_out: LeftOut | None = None, seen: dict[str, str] | None = None) -> Iterator[SaleLine]:
    """The lines that are sales of products, in the file's order.

    Every other line goes to `left_out` under the first reason that applies. `seen` collects each plain invoice number
    with the reason of its first line that was left out. Raises ValueError when the header is not the expected one.
    """
    with _open(path) as text:
        rows = csv.reader(text)
        if next(rows, None) != HEADER:
            raise ValueError(f"{path.name} does not begin with the header {','.join(HEADER)}")
        for fields in rows:
            line = _judge(rows.line_num, fields)
            if isinstance(line, SaleLine):
                yield line
                continue
            if left_out is not None:
                left_out.add(line, f"line {rows.line_num}: {','.join(fields[:3])[:80]}")
            if seen is not None and line not in (UNREADABLE, CANCELLED, BAD_DEBT, NO_INVOICE):
                seen.setdefault(fields[0], line)


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    """As text, whether packed or plain; the file's first two bytes decide, not its name."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    if packed:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            yield text
    else:
        with path.open("rt", encoding="utf-8", newline="") as text:
            yield text


def _judge(row: int, fields: list[str]) -> SaleLine | str:
    """The sale, or the reason why the line is none."""
    if len(fields) != len(HEADER):
        return UNREADABLE
    invoice, code_text, description, quantity_text, sold_at, price_text, customer, country = fields
    if not invoice.isdigit():
        return {"C": CANCELLED, "A": BAD_DEBT}.get(invoice[:1], NO_INVOICE)
    code = product_code(code_text)
    if not code:
        return NO_PRODUCT
    try:
        quantity, unit_price, sold_on = int(quantity_text), _price(price_text), _day(sold_at[:10])
    except (ValueError, InvalidOperation):
        return UNREADABLE
    if quantity <= 0:
        return NO_QUANTITY
    if unit_price <= 0:
        return NO_PRICE
    # Ids are written as decimals (17850.0).
    buyer = customer.strip().removesuffix(".0") or CASH_SALES
    return SaleLine(row, invoice, code, description.strip(), quantity, sold_on, unit_price, buyer, country.strip())


# Half a million lines hold a few thousand different codes, prices and days: each is read once.


@lru_cache(maxsize=8192)
def product_code(text: str) -> str:
    """The code in capitals (112 products are written both ways), or nothing when it names no product."""
    code = text.strip().upper()
    return code if PRODUCT_CODE.fullmatch(code) else ""


@lru_cache(maxsize=8192)
def _price(text: str) -> Decimal:
    price = Decimal(text)
    if not price.is_finite():
        raise ValueError(f"{text} is no price")
    return price


@lru_cache(maxsize=1024)
def _day(text: str) -> date:
    return date.fromisoformat(text)
