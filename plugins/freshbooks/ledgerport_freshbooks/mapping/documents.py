"""What invoices and estimates share: head, lines, discount, tax. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Estimate, Invoice, InvoiceLine, Kind, Push, Remote, round_money
from ledgerport_freshbooks.mapping.discounts import discount_of
from ledgerport_freshbooks.mapping.taxes import Tax, taxes_of
from ledgerport_freshbooks.mapping.wire import (
    Row,
    amount,
    id_of,
    is_active,
    marker_in,
    money,
    number_id,
    plain,
    text,
)

_ITEM_LINE = 0  # 1 would bill an expense or a time entry again
# No length is documented; a longer name is cut, while the description beside it is sent whole.
_LONGEST_NAME = 255
_CENTI = Decimal("0.01")


def head(push: Push[Invoice] | Push[Estimate], number_key: str) -> Row:
    """The members both kinds have; lines complete, because an update replaces them as a whole.

    The marker goes to `po_number`, at creation only. Neither kind has a place that the customer does not see: `notes`
    and `terms` are sentences on the paper, `po_number` is a reference, and stands in lists too, where lines do not. A
    bookkeeper's own PO number replaces it. Refused for a customer who is not there and for tax without a code.
    """
    document = push.value
    row: Row = {
        "customerid": number_id(document.customer.remote_id, "customer", "customer"),
        "create_date": document.issued_on.isoformat(),
        "currency_code": document.currency,
    }
    if document.number:
        row[number_key] = document.number
    if document.memo:
        row["notes"] = document.memo
    if push.remote_id is None:
        row["po_number"] = push.marker
    _add_lines(row, push)
    return row


def remote(row: Mapping[str, Any], kind: Kind, number_key: str, *ids: str) -> Remote:
    """An invoice or estimate row as what the hub must know of it; `total` is FreshBooks' own figure."""
    return Remote(
        id=id_of(row, "id", *ids),
        kind=kind,
        version=text(row, "updated"),
        number=text(row, number_key),
        marker=marker_in(text(row, "po_number")),
        total=amount(row, "amount"),
        customer_id=id_of(row, "customerid"),
        active=is_active(row),
    )


def _add_lines(row: Row, push: Push[Invoice] | Push[Estimate]) -> None:
    document = push.value
    currency = document.currency
    taxes = taxes_of(document.lines, document.tax, push.mapping.tax_codes)
    lines = [_line(line, its, currency) for line, its in zip(document.lines, taxes, strict=True)]
    discount = discount_of(
        document.lines, taxes, discount=document.discount, tax=document.tax, currency=document.currency
    )
    lines += [_less(part, its, currency) for its, part in discount.parts]
    row["lines"] = lines
    # An update must take an earlier percentage away; a creation has none to take.
    if discount.percent or push.remote_id is not None:
        row["discount_value"] = plain(discount.percent)


def _line(line: InvoiceLine, its: Tax | None, currency: str) -> Row:
    """One line, billing `line.amount` to the cent.

    How FreshBooks rounds fine prices and quantities is not documented. Where quantity x price, both with at most two
    decimals, does not give the amount, the line bills one unit of it, and its description says what was multiplied.
    """
    quantity, price, description = line.quantity, line.unit_price, line.description
    name = _title(line.item.name if line.item else "") or _title(description) or "Item"
    if not _plain_product(line, currency):
        multiplied = f"{plain(quantity)} x {plain(price)}"
        description = f"{description} ({multiplied})" if description else multiplied
        quantity, price = Decimal(1), line.amount
    row: Row = {
        "type": _ITEM_LINE,
        "name": name,
        "description": "" if description == name else description,
        "qty": plain(quantity),
        "unit_cost": money(price, currency),
    }
    return row | its.on_line() if its else row


def _less(part: Decimal, its: Tax | None, currency: str) -> Row:
    row: Row = {
        "type": _ITEM_LINE,
        "name": "Discount",
        "description": "",
        "qty": "1",
        "unit_cost": money(-part, currency),
    }
    return row | its.on_line() if its else row


def _plain_product(line: InvoiceLine, currency: str) -> bool:
    return (
        line.quantity == line.quantity.quantize(_CENTI)
        and line.unit_price == round_money(line.unit_price, currency)
        and line.amount == round_money(line.quantity * line.unit_price, currency)
    )


def _title(text: str) -> str:
    """The first line that says something, cut to a name's length."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:_LONGEST_NAME].rstrip()
