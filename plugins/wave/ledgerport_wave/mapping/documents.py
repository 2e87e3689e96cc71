"""What invoices and estimates share: lines, taxes, discount, currency. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerport.contract import Estimate, Invoice, InvoiceLine, Kind, Push, Refused, Remote, round_money
from ledgerport_wave.mapping.wire import Row, amount, decimal, id_of, marker_in, money, places_of, text

_PLACES = 8
_DISCOUNT = "Discount"


def shared(push: Push[Invoice] | Push[Estimate]) -> Row:
    """The members both kinds have: customer, items, discount, memo.

    Items are complete, because a patch replaces them as a whole; so are discounts, which would stay otherwise. A
    document without a number of ours carries the marker at the end of its memo, which Wave prints: there is no field
    that only the business sees. Refused for what Wave would refuse.
    """
    document = push.value
    if not document.customer.remote_id:
        raise Refused("The customer is not in Wave yet.", field="customer")
    row: Row = {
        "customerId": document.customer.remote_id,
        "items": _items(push),
        "discounts": _discounts(document),
    }
    memo = document.memo
    if not document.number and push.marker:
        memo = f"{memo}\n{push.marker}" if memo else push.marker
    if memo and (document.memo or push.remote_id is None):
        row["memo"] = memo
    return row


def remote(row: Mapping[str, Any], kind: Kind) -> Remote:
    """An invoice or estimate as what the hub must know of it; `total` is Wave's own figure."""
    return Remote(
        id=text(row, "id"),
        kind=kind,
        version=text(row, "modifiedAt"),
        number=text(row, "invoiceNumber" if kind is Kind.INVOICE else "estimateNumber"),
        marker=marker_in(text(row, "memo")),
        total=money(row, "total"),
        customer_id=id_of(row, "customer"),
        active=text(row, "status") != "DELETED",
    )


def _items(push: Push[Invoice] | Push[Estimate]) -> list[Row]:
    document = push.value
    if not document.lines:
        raise Refused("A document without a line bills nothing.", field="lines")
    # Tax that the host app states for the whole document needs taxed lines.
    all_taxed = bool(document.tax) and not any(line.taxable for line in document.lines)
    return [
        _item(place, line, push, taxed=bool(document.tax) and (line.taxable or all_taxed))
        for place, line in enumerate(document.lines)
    ]


def _item(place: int, line: InvoiceLine, push: Push[Invoice] | Push[Estimate], *, taxed: bool) -> Row:
    here = f"lines[{place}]"
    if line.item is None or not line.item.remote_id:
        raise Refused(f"Line {place + 1} names no item, and Wave takes no line without one.", field=f"{here}.item")
    description, quantity, price = _reckoned(line, push.value.currency)
    row: Row = {
        "productId": line.item.remote_id,
        "quantity": decimal(quantity, _PLACES, f"{here}.quantity"),
        "unitPrice": decimal(price, _PLACES, f"{here}.unit_price"),
        "taxes": _taxes(line, push, taxed=taxed),
    }
    if description:
        row["description"] = description
    return row


def _reckoned(line: InvoiceLine, currency: str) -> tuple[str, Decimal, Decimal]:
    """(description, quantity, price) so that Wave's own product is the line's amount to the cent.

    Where quantity times price is another amount, or has more places than Wave keeps, the amount is one piece and the
    description says how it came about.
    """
    exact = max(places_of(line.quantity), places_of(line.unit_price)) <= _PLACES
    if exact and round_money(line.quantity * line.unit_price, currency) == line.amount:
        return line.description, line.quantity, line.unit_price
    figures = f"({line.quantity} x {line.unit_price})"
    return f"{line.description} {figures}".strip(), Decimal(1), line.amount


def _taxes(line: InvoiceLine, push: Push[Invoice] | Push[Estimate], *, taxed: bool) -> list[Row]:
    """The taxes of a line, always said: left out, Wave would take the product's own.

    Wave computes the tax from its rates, so an amount of ours cannot be sent. Refused when there is tax and no code.
    """
    codes = push.mapping.tax_codes
    if not push.value.tax:
        return []
    if not taxed:
        return [{"salesTaxId": codes["exempt"]}] if codes.get("exempt") else []
    theirs = (codes.get(line.tax_code, "") if line.tax_code else "") or codes.get("taxable", "")
    if not theirs:
        raise Refused(
            f"This bills {push.value.tax} of sales tax, and no tax of Wave's is chosen for it: choose a tax code for "
            "this connection.",
            field="tax",
        )
    return [{"salesTaxId": theirs}]


def _discounts(document: Invoice | Estimate) -> list[Row]:
    if not document.discount:
        return []
    fixed = amount(document.discount, document.currency, "discount")
    return [{"discountType": "FIXED", "amount": fixed, "name": _DISCOUNT}]
