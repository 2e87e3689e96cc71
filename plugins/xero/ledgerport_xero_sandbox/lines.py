"""Lines of invoices and quotes: amounts, discounts, tax per line, what the item fills in (sections 2.2, 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledgerport_xero_sandbox import accounts
from ledgerport_xero_sandbox.envelopes import cents, exact, new_id, number, places
from ledgerport_xero_sandbox.refusals import Refused, too_long, wrong_account
from ledgerport_xero_sandbox.state import Books

_MEMBERS = ("Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "TaxAmount")
_ORDER = (
    *("ItemCode", "Description", "UnitAmount", "TaxType", "TaxAmount", "LineAmount", "AccountCode", "Tracking"),
    *("Quantity", "DiscountRate", "DiscountAmount", "LineItemID"),
)
HUNDRED = Decimal(100)


@dataclass(slots=True)
class Totals:
    """The sums of a document's lines; `shown` are the lines as they are kept."""

    shown: list[dict[str, Any]] = field(default_factory=list)
    lines: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    warnings: list[str] = field(default_factory=list)

    def members(self, kind: str) -> dict[str, Any]:
        """SubTotal, TotalTax, Total (and TotalDiscount). `kind` is LineAmountTypes in capitals."""
        net = self.lines - self.tax if kind == "INCLUSIVE" else self.lines
        found = {"SubTotal": number(net), "TotalTax": number(self.tax), "Total": number(net + self.tax)}
        return {**found, **({"TotalDiscount": number(self.discount)} if self.discount else {})}


def read_lines(
    books: Books, sent: list[dict[str, Any]], current: list[dict[str, Any]], kind: str, *, approved: bool
) -> Totals:
    """The lines a request leaves behind: known LineItemIDs are changed in part, all others are new, those left out
    go. `kind` is LineAmountTypes in capitals. Raises Refused.
    """
    known = {line["LineItemID"]: line for line in current}
    totals = Totals()
    for wish in sent:
        kept = known.get(wish.get("LineItemID", ""))
        if "LineItemID" in wish and kept is None:
            raise Refused("The LineItemID specified could not be found")  # UNSURE: wording
        _add(books, totals, _draft(books, wish, kept), kind, approved)
    return totals


def _draft(books: Books, wish: dict[str, Any], kept: dict[str, Any] | None) -> dict[str, Any]:
    """The wish over the kept line, amounts as Decimal; a changed amount makes an old TaxAmount void."""
    base: dict[str, Any] = {}
    if "UnitAmount" in wish:
        wish = {**wish, "UnitAmount": places(wish["UnitAmount"], books.dp)}
    if kept is not None:
        base = {name: exact(value) if isinstance(value, float) else value for name, value in kept.items()}
        base.pop("LineAmount", None)
        for name in ("TaxAmount",) if wish.keys() - {"LineItemID", "Description", "AccountCode", "Tracking"} else ():
            base.pop(name, None)
        if "DiscountRate" in wish or "DiscountAmount" in wish:
            base.pop("DiscountRate", None)
            base.pop("DiscountAmount", None)
    return {**base, **wish}


def _add(books: Books, totals: Totals, line: dict[str, Any], kind: str, approved: bool) -> None:
    if len(line.get("Description", "")) > 4000:
        raise too_long("the line Description", 4000)
    text_only = not any(line.get(name) for name in (*_MEMBERS[1:], "LineAmount"))
    if text_only and not line.get("Description"):
        raise Refused("Description is required for a line item")  # UNSURE: wording
    if line.get("ItemCode"):
        _fill_from_item(books, line)
    gross, amount = _amounts(books, line)
    if not text_only:
        if approved and not line.get("Description"):
            raise Refused("Description is required for a line item")  # UNSURE: wording
        _book(books, totals, line, approved)
    tax = _tax(books, line, amount, kind, text_only=text_only)
    shown = {
        **line,
        "UnitAmount": number(line["UnitAmount"]),
        "Quantity": number(line["Quantity"]),
        "LineAmount": number(amount),
        "TaxAmount": number(tax),
        "Tracking": line.get("Tracking", []),
        "LineItemID": line.get("LineItemID") or new_id(),
    }
    for name in ("DiscountRate", "DiscountAmount"):
        if name in line:
            shown[name] = number(line[name])
    totals.shown.append({name: shown[name] for name in _ORDER if name in shown})
    totals.lines += amount
    totals.tax += tax
    totals.discount += gross - amount


def _fill_from_item(books: Books, line: dict[str, Any]) -> None:
    item = books.coded("Item", line["ItemCode"])
    if item is None:
        raise Refused(f"Item code '{line['ItemCode']}' is not valid")  # UNSURE: wording
    details = item["SalesDetails"]
    if "UnitPrice" in details and "UnitAmount" not in line and "LineAmount" not in line:
        line["UnitAmount"] = places(exact(details["UnitPrice"]), books.dp)
    for name in ("AccountCode", "TaxType"):
        if name in details and not line.get(name):
            line[name] = details[name]


def _amounts(books: Books, line: dict[str, Any]) -> tuple[Decimal, Decimal]:
    """(before discount, after discount); fills Quantity and UnitAmount."""
    line["Quantity"] = places(line.get("Quantity", Decimal(1)), 4)
    if "UnitAmount" not in line and "LineAmount" in line and line["Quantity"]:
        line["UnitAmount"] = places(line["LineAmount"] / line["Quantity"], books.dp)
    line.setdefault("UnitAmount", Decimal(0))
    gross = line["Quantity"] * line["UnitAmount"]
    amount = cents(gross)
    if line.get("DiscountRate"):
        rate = line["DiscountRate"] = places(line["DiscountRate"], 2)
        if not 0 <= rate <= HUNDRED:
            raise _too_much(rate)
        amount = cents(gross * (HUNDRED - rate) / HUNDRED)
    elif line.get("DiscountAmount"):
        off = line["DiscountAmount"] = cents(line["DiscountAmount"])
        if off < 0 or off > abs(amount):
            raise _too_much(off)
        amount -= off
    if "LineAmount" in line and cents(line["LineAmount"]) != amount:
        expected, given = amount, cents(line["LineAmount"])
        raise Refused(f"The line total {given} does not match the expected line total {expected}")  # UNSURE: wording
    return cents(gross), amount


def _too_much(rate: Decimal) -> Refused:
    return Refused(f"The discount rate '{rate}' is invalid. Discount must not be greater than the line total.")


def _book(books: Books, totals: Totals, line: dict[str, Any], approved: bool) -> None:
    """An unknown account refuses an approved document and only warns on a draft."""
    code = line.get("AccountCode", "")
    if not code and not approved:
        return
    if not code or accounts.by_code(books, code) is None:
        if approved:
            raise wrong_account(code)
        line.pop("AccountCode", None)
        totals.warnings.append(f"Account code '{code}' has been removed as it does not match a recognised account.")
        return
    account = accounts.usable(books, code)
    if not line.get("TaxType"):
        line["TaxType"] = account["TaxType"]


def _tax(books: Books, line: dict[str, Any], amount: Decimal, kind: str, *, text_only: bool) -> Decimal:
    """The line's tax, rounded by itself; a TaxAmount that is sent is taken as it is."""
    if kind == "NOTAX":
        line["TaxType"] = "NONE"
        return Decimal(0)
    if text_only:
        return Decimal(0)
    rate = accounts.rate(books, line.setdefault("TaxType", "NONE"))
    if "TaxAmount" in line:
        return cents(line["TaxAmount"])
    even = books.switches["tax_rounding"] == "half_even"
    if kind == "INCLUSIVE":
        return cents(amount * rate / (HUNDRED + rate), even=even)
    return cents(amount * rate / HUNDRED, even=even)


def shown_at(books: Books, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines as they are read: unit amounts with two decimals unless unitdp=4 was asked for."""
    if books.dp == 4:
        return lines
    return [{**line, "UnitAmount": number(places(exact(line["UnitAmount"]), 2))} for line in lines]
