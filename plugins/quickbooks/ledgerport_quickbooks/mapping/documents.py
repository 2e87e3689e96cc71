"""What invoices and estimates share: head, lines, discount, tax. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Estimate, Invoice, InvoiceLine, Kind, Push, Refused, Remote, round_money
from ledgerport_quickbooks.books import Books, Tax
from ledgerport_quickbooks.mapping.wire import Row, amount, email, fitting, marker_in, number, reference_id, text

_MAX_NUMBER = 21
_MAX_LINES = 10_000
_MAX_TAXED_LINES = 750


def head(push: Push[Invoice] | Push[Estimate], books: Books) -> Row:
    """The members both kinds have, without Id; lines complete, because an update replaces them as a whole.

    The note is written at creation only: later it belongs to the bookkeeper. Refused for what QuickBooks would refuse.
    """
    document = push.value
    row: Row = {
        "CustomerRef": {"value": document.customer.remote_id},
        "TxnDate": document.issued_on.isoformat(),
        "Line": _lines(push, books),
    }
    if not document.customer.remote_id:
        raise Refused("The customer is not in QuickBooks yet.", field="customer")
    if books.custom_numbers and document.number:
        row["DocNumber"] = fitting(document.number, _MAX_NUMBER, "number")
    currency = books.currency_reference(document.currency)
    if currency:
        row["CurrencyRef"] = currency
    if document.email:
        row["BillEmail"] = {"Address": email(document.email)}
    if document.memo:
        row["CustomerMemo"] = {"value": fitting(document.memo, 1000, "memo")}
    if push.remote_id is None:
        row["EmailStatus"] = "NotSet"
        # The marker finds the document again; the number stands beside it where QuickBooks numbers by itself.
        row["PrivateNote"] = " ".join(filter(None, (push.marker, "" if books.custom_numbers else document.number)))
    _add_tax(row, push, books)
    return row


def remote(row: Mapping[str, Any], kind: Kind) -> Remote:
    """An Invoice or Estimate row as what the hub must know of it; `total` is QuickBooks' own figure."""
    return Remote(
        id=text(row, "Id"),
        kind=kind,
        version=text(row, "SyncToken"),
        number=text(row, "DocNumber"),
        marker=marker_in(text(row, "PrivateNote")),
        total=amount(row, "TotalAmt"),
        customer_id=reference_id(row, "CustomerRef"),
    )


def _add_tax(row: Row, push: Push[Invoice] | Push[Estimate], books: Books) -> None:
    """A total of tax is honoured in the United States and spread over the rates; elsewhere the codes of the lines
    decide.
    """
    document = push.value
    if books.tax is Tax.GLOBAL:
        row["GlobalTaxCalculation"] = "TaxExcluded"
    elif books.tax is not Tax.OFF and (document.tax or any(line.taxable for line in document.lines)):
        row["TxnTaxDetail"] = {"TotalTax": number(document.tax, "tax")}


def _lines(push: Push[Invoice] | Push[Estimate], books: Books) -> list[Row]:
    document = push.value
    if not document.lines:
        raise Refused("QuickBooks takes no document without a line.", field="lines")
    if len(document.lines) >= _MAX_LINES:
        raise Refused(f"QuickBooks takes at most {_MAX_LINES} lines.", field="lines")
    # Tax that the host app states for the whole document needs taxed lines to be spread over.
    all_taxed = bool(document.tax) and not any(line.taxable for line in document.lines)
    taxed = sum(1 for line in document.lines if line.taxable or all_taxed)
    if books.tax in (Tax.AST, Tax.US) and taxed > _MAX_TAXED_LINES:
        raise Refused(f"QuickBooks takes at most {_MAX_TAXED_LINES} lines on a taxed document.", field="lines")
    lines = [
        _line(place, line, push, books, taxed=line.taxable or all_taxed) for place, line in enumerate(document.lines)
    ]
    if document.discount:
        lines.append(
            {
                "DetailType": "DiscountLineDetail",
                "Amount": number(document.discount, "discount"),
                "DiscountLineDetail": {"PercentBased": False},
            }
        )
    return lines


def _line(place: int, line: InvoiceLine, push: Push[Invoice] | Push[Estimate], books: Books, *, taxed: bool) -> Row:
    here = f"lines[{place}]"
    item = line.item.remote_id if line.item else books.default_item
    if not item:
        if line.amount:
            # A line without an item counts as a remark and its amount is ignored.
            raise Refused(
                f"Line {place + 1} names no item; QuickBooks would bill nothing for it.", field=f"{here}.item"
            )
        return {"DetailType": "DescriptionOnly", "Description": fitting(line.description, 4000, f"{here}.description")}
    # QuickBooks refuses a line whose amount is not the product (6070).
    if round_money(line.quantity * line.unit_price, push.value.currency) != line.amount:
        raise Refused(
            f"Line {place + 1} says {line.amount}, but {line.quantity} x {line.unit_price} is not that.",
            field=f"{here}.amount",
        )
    detail: Row = {
        "ItemRef": {"value": item},
        "Qty": number(line.quantity, f"{here}.quantity"),
        "UnitPrice": number(line.unit_price, f"{here}.unit_price"),
    }
    if books.tax is Tax.GLOBAL:
        detail["TaxCodeRef"] = {"value": _tax_code(line, push.mapping.tax_codes, here)}
    elif books.tax is not Tax.OFF:
        detail["TaxCodeRef"] = {"value": "TAX" if taxed else "NON"}
    row: Row = {
        "DetailType": "SalesItemLineDetail",
        "Amount": number(line.amount, f"{here}.amount"),
        "SalesItemLineDetail": detail,
    }
    if line.description:
        row["Description"] = fitting(line.description, 4000, f"{here}.description")
    return row


def _tax_code(line: InvoiceLine, codes: Mapping[str, str], here: str) -> str:
    ours = line.tax_code or ("taxable" if line.taxable else "exempt")
    theirs = codes.get(ours, "")
    if not theirs:
        raise Refused(f"The tax code '{ours}' is mapped to none of QuickBooks'.", field=f"{here}.tax_code")
    return theirs
