"""What invoices and quotes share: head, lines, discount, tax. Pure.

Xero reckons a line as quantity x unit price less its discount, rounds, and adds the lines up; totals are not sent. So
every line is written in a way that leaves nothing to rounding: a product that is not the billed amount, or that lies on
half a cent (which way Xero rounds it is not documented), travels as 1 x the amount. A document's discount and tax are
spread over the lines to the cent, the tax as an override of what Xero would reckon from its rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledgerport.contract import Estimate, Invoice, InvoiceLine, Push, Refused, Remote
from ledgerport_xero.books import Books
from ledgerport_xero.mapping.shares import spread
from ledgerport_xero.mapping.wire import Row, amount, cut, fitting, marker_in, money, number, part, text, version

Document = Invoice | Estimate

_LONGEST_TEXT = 4000
_QUANTITY = Decimal("0.0001")
_HALF_CENT = Decimal("0.005")
# The tax type of every organisation for what has no tax.
_NO_TAX = "NONE"
# A document with one of these is not in the books any more.
ENDED = frozenset({"DELETED", "VOIDED"})


def head(push: Push[Any], number_name: str) -> Row:
    """The members both kinds have, without lines: customer, day, currency, and what finds the document again.

    That is our number. Where there is none Xero numbers by itself, and the marker takes the place of the reference.
    """
    document: Document = push.value
    if not document.customer.remote_id:
        raise Refused("The customer is not in Xero yet.", field="customer")
    # Only the id: further members would change the contact itself.
    row: Row = {
        "Contact": {"ContactID": document.customer.remote_id},
        "Date": document.issued_on.isoformat(),
        "CurrencyCode": document.currency,
    }
    if document.number:
        if not (document.number.isascii() and document.number.isprintable()):
            raise Refused("Xero takes plain letters, digits and signs in a number only.", field="number")
        row[number_name] = fitting(document.number, 255, "number")
    elif push.remote_id is None:
        row["Reference"] = push.marker
    return row


def needs_rates(document: Document, codes: Mapping[str, str]) -> bool:
    """Whether a document's tax falls on lines of several tax codes, so that their rates say how much on each."""
    if not document.tax:
        return False
    return len({_tax_type(line, codes) for line in _taxed(document)}) > 1


def lines(push: Push[Any], books: Books, *, unit: Decimal) -> list[Row]:
    """All lines; an update replaces them as a whole. `unit`: the smallest part of a unit price that Xero keeps here.

    Refused without a line, with a discount larger than the lines, with tax and no tax code, or with an amount of more
    than two decimals.
    """
    document: Document = push.value
    if not document.lines:
        raise Refused("Xero takes no document without a line.", field="lines")
    discounts = _discounts(document)
    taxes = _taxes(document, discounts, push.mapping.tax_codes, books)
    return [
        _line(place, line, push, unit, discounts[place], taxes[place] if taxes else None)
        for place, line in enumerate(document.lines)
    ]


def remark(words: str) -> Row:
    """A line that is a text and bills nothing."""
    return {"Description": cut(words, _LONGEST_TEXT)}


def remote(row: Mapping[str, Any], kind: str, id_name: str, number_name: str) -> Remote:
    """A row as what the hub must know of it.

    `total` is Xero's own figure; a void document keeps its figure over there and counts for nothing.
    """
    ended = text(row, "Status").upper() in ENDED
    return Remote(
        id=text(row, id_name),
        kind=kind,
        version=version(row),
        name=text(part(row, "Contact"), "Name"),
        number=text(row, number_name),
        marker=marker_in(text(row, "Reference")),
        total=Decimal("0.00") if ended else amount(row, "Total"),
        customer_id=text(part(row, "Contact"), "ContactID"),
        active=not ended,
    )


@dataclass(frozen=True)
class _Tax:
    """A line's tax: its code over there and how much."""

    code: str
    amount: Decimal


def _taxed(document: Document) -> Sequence[InvoiceLine]:
    """The lines that the tax falls on; when none is marked, all."""
    return [line for line in document.lines if line.taxable] or document.lines


def _tax_type(line: InvoiceLine, codes: Mapping[str, str]) -> str:
    return (codes.get(line.tax_code, "") if line.tax_code else "") or codes.get("taxable", "")


def _discounts(document: Document) -> list[Decimal]:
    """The document's discount spread over the lines that bill something: no line's may be larger than the line."""
    weights = [max(line.amount, Decimal(0)) for line in document.lines]
    if not document.discount:
        return [Decimal(0)] * len(weights)
    money(document.discount, "discount")
    if document.discount > sum(weights):
        raise Refused(
            f"The discount of {document.discount} is larger than the lines, which Xero does not take.", field="discount"
        )
    return spread(document.discount, weights, document.currency)


def _taxes(
    document: Document, discounts: Sequence[Decimal], codes: Mapping[str, str], books: Books
) -> list[_Tax] | None:
    """Each line's tax; None for a document without tax.

    Lines of several codes share it as their rates have it, where Xero's rates are known, else as their amounts.
    """
    if not document.tax:
        return None
    money(document.tax, "tax")
    taxed = {id(line) for line in _taxed(document)}
    types = [_tax_type(line, codes) if id(line) in taxed else "" for line in document.lines]
    if not all(type_ for line, type_ in zip(document.lines, types, strict=True) if id(line) in taxed):
        raise Refused(
            f"It has {document.tax} of tax and no tax code of Xero's to book it with. Choose a tax code for this "
            "connection, then send it again.",
            field="tax",
        )
    net = [
        line.amount - discount if type_ else Decimal(0)
        for line, discount, type_ in zip(document.lines, discounts, types, strict=True)
    ]
    weights = [amount * books.rates.get(type_, Decimal(0)) for amount, type_ in zip(net, types, strict=True)]
    if not sum(weights):
        weights = net
    shares = _shares(document.tax, weights, types, document.currency)
    return [_Tax(type_ or codes.get("exempt") or _NO_TAX, share) for type_, share in zip(types, shares, strict=True)]


def _shares(total: Decimal, weights: Sequence[Decimal], types: Sequence[str], currency: str) -> list[Decimal]:
    """Only taxed lines take part, so that one of them takes all when their amounts come to nothing."""
    places = [place for place, type_ in enumerate(types) if type_]
    found = dict(zip(places, spread(total, [weights[place] for place in places], currency), strict=True))
    return [found.get(place, Decimal(0)) for place in range(len(types))]


def _line(place: int, line: InvoiceLine, push: Push[Any], unit: Decimal, discount: Decimal, tax: _Tax | None) -> Row:
    here = f"lines[{place}]"
    words = line.description or (line.item.name if line.item else "") or line.item_code or "-"
    if not line.amount and not line.quantity and not (tax and tax.amount):
        return remark(words)
    money(line.amount, f"{here}.amount")
    figures = _figures(line, unit)
    quantity, price = figures or (Decimal(1), line.amount)
    if figures is None:
        words = f"{cut(words, _LONGEST_TEXT - 60)} ({line.quantity.normalize():f} x {line.unit_price.normalize():f})"
    row: Row = {
        "Description": cut(words, _LONGEST_TEXT),
        "Quantity": number(quantity, f"{here}.quantity"),
        "UnitAmount": number(price, f"{here}.unit_price"),
    }
    if line.item_code:
        row["ItemCode"] = line.item_code
    elif push.mapping.income_account:
        row["AccountCode"] = push.mapping.income_account
    else:
        raise Refused(
            f"Line {place + 1} names no item, and no income account is chosen for such lines. Choose one for services.",
            field="income_account",
        )
    if discount:
        row["DiscountAmount"] = money(discount, "discount")
    if tax is not None:
        row["TaxType"] = tax.code
        row["TaxAmount"] = money(tax.amount, "tax")
    return row


def _figures(line: InvoiceLine, unit: Decimal) -> tuple[Decimal, Decimal] | None:
    """(quantity, unit price) as the line has them; None where their product, rounded, may not be its amount."""
    if line.unit_price % unit:
        return None
    quantity = line.quantity.quantize(_QUANTITY, rounding=ROUND_HALF_UP)
    return (quantity, line.unit_price) if abs(quantity * line.unit_price - line.amount) < _HALF_CENT else None
