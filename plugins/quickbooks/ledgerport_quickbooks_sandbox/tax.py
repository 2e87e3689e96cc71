"""Sales tax (section 3.3): automated in the US, none, or a code per line elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledgerport_quickbooks_sandbox import rules
from ledgerport_quickbooks_sandbox.lines import Lines
from ledgerport_quickbooks_sandbox.refusals import Refused, business, missing
from ledgerport_quickbooks_sandbox.state import Books

_MODES = frozenset({"TaxExcluded", "TaxInclusive", "NotApplicable"})
_RATE_MISSING = {
    "CA": "Make sure all your transactions have a GST/HST rate before you save.",
}
_VAT_MISSING = "Make sure all your transactions have a VAT rate before you save."


@dataclass(slots=True)
class Taxes:
    """`shown`: the tax of the document; `added`: what it adds to the lines (0 when they include it)."""

    shown: Decimal
    added: Decimal
    parts: list[tuple[str, Decimal, Decimal, Decimal]]


def taxed(books: Books, doc: dict[str, Any], lines: Lines, sent: Any) -> Taxes | None:
    """The tax of a document; settles every line's TaxCodeRef. None when the company has no sales tax. Raises
    Refused.
    """
    mode = books.company.tax
    if mode == "off":
        _codes(lines, "NON")
        return None
    stated = (sent or {}).get("TotalTax")
    if mode == "ast":
        return _automated(books, doc, lines, None if stated is None else rules.amount(stated, "TotalTax"))
    return _by_code(books, doc, lines)


def _codes(lines: Lines, code: str) -> None:
    for line in lines.sales:
        if "SalesItemLineDetail" in line:
            line["SalesItemLineDetail"]["TaxCodeRef"] = {"value": code}


def _automated(books: Books, doc: dict[str, Any], lines: Lines, stated: Decimal | None) -> Taxes:
    base = Decimal(0)
    for line in lines.sales:
        detail = line.get("SalesItemLineDetail")
        if detail is None:
            continue
        code = rules.reference(detail, "TaxCodeRef") or "NON"
        if code not in {"TAX", "NON"}:
            raise Refused("6100", f"Invalid Line TaxCode : {code}; only TAX and NON are allowed", "TaxCodeRef")
        detail["TaxCodeRef"] = {"value": code}
        if code == "TAX":
            base += Decimal(str(line["Amount"]))
    if doc.get("ApplyTaxAfterDiscount") and lines.subtotal:
        base -= lines.discount * base / lines.subtotal
    rate = Decimal(books.company.tax_rate)
    # A stated total is honoured and spread over the rates [AST], [PHP-199].
    tax = rules.cents(base * rate / 100) if stated is None else stated
    return Taxes(tax, tax, [("2", rules.cents(base), rate, tax)] if tax else [])


def _by_code(books: Books, doc: dict[str, Any], lines: Lines) -> Taxes:
    mode = doc.get("GlobalTaxCalculation")
    if mode is None:
        raise missing("GlobalTaxCalculation")
    rules.choice(doc, "GlobalTaxCalculation", _MODES)
    parts: dict[str, tuple[Decimal, Decimal]] = {}
    if mode != "NotApplicable":
        for line in lines.sales:
            detail = line.get("SalesItemLineDetail")
            if detail is None:
                continue
            code = rules.reference(detail, "TaxCodeRef")
            found = books.resolve("TaxCode", code) if code is not None else None
            if found is None or code in {"TAX", "NON"}:
                raise business(_RATE_MISSING.get(books.company.country, _VAT_MISSING))
            rate = Decimal(str(found["_rate"])) if "_rate" in found else Decimal(0)
            base, _ = parts.get(found["Id"], (Decimal(0), rate))
            parts[found["Id"]] = (base + Decimal(str(line["Amount"])), rate)
    shown = Decimal(0)
    listed: list[tuple[str, Decimal, Decimal, Decimal]] = []
    for id, (base, rate) in parts.items():
        tax = rules.cents(base * rate / (100 + rate if mode == "TaxInclusive" else 100))
        shown += tax
        listed.append((id, base, rate, tax))
    return Taxes(shown, Decimal(0) if mode == "TaxInclusive" else shown, listed)


def add_tax(books: Books, doc: dict[str, Any], taxes: Taxes | None) -> None:
    """Put TxnTaxDetail into the document."""
    if taxes is None or not taxes.parts:
        doc["TxnTaxDetail"] = {"TotalTax": 0}
        return
    rows = [
        {
            "Amount": rules.number(tax),
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {
                "TaxRateRef": {"value": id},
                "PercentBased": True,
                "TaxPercent": rules.number(rate),
                "NetAmountTaxable": rules.number(base),
            },
        }
        for id, base, rate, tax in taxes.parts
    ]
    detail: dict[str, Any] = {"TotalTax": rules.number(taxes.shown), "TaxLine": rows}
    if books.company.tax == "ast":
        detail["TxnTaxCodeRef"] = {"value": "2"}
    doc["TxnTaxDetail"] = detail
