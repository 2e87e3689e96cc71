"""Invoice and Estimate (sections 3.3, 3.5): lines, numbers, totals, links."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ledgerport_quickbooks_sandbox import rules
from ledgerport_quickbooks_sandbox.lines import Lines, read_lines
from ledgerport_quickbooks_sandbox.refusals import Refused, bad_reference, business, inactive, missing, too_long
from ledgerport_quickbooks_sandbox.state import Books
from ledgerport_quickbooks_sandbox.tax import add_tax, taxed

# `invoiceStatusLog` and the like are shown by some companies only; the sandbox never shows them.
_READ_ONLY = frozenset(
    [
        "TotalAmt",
        "Balance",
        "HomeTotalAmt",
        "HomeBalance",
        "InvoiceLink",
        "DeliveryInfo",
        "invoiceStatus",
        "invoiceStatusLog",
        "callToAction",
        "RecurDataRef",
        "LinkedTxn",
        "Line",
        "TxnTaxDetail",
        "AllowIPNPayment",
    ]
)
_TERMS = {"1": 0, "2": 15, "3": 30, "4": 60}
_ESTIMATE_STATES = frozenset({"Pending", "Accepted", "Closed", "Rejected", "Converted"})


def build(
    books: Books,
    kind: str,
    given: dict[str, Any],
    current: dict[str, Any] | None,
    *,
    sent: dict[str, Any],
    allow_duplicates: bool,
) -> dict[str, Any]:
    """The document an accepted create or update leaves behind. Raises Refused; writes nothing but line ids.

    `given` is the whole wish (a sparse update already merged into the old document), `sent` what the request itself
    said.
    """
    doc = {name: value for name, value in given.items() if name not in _READ_ONLY}
    rules.lengths("sales", doc)
    _party(books, doc)
    _dates(books, kind, doc)
    _mail(doc)
    _address(books, doc)
    _number(books, kind, doc, current, allow_duplicates)
    lines = read_lines(books, given.get("Line"), current)
    taxes = taxed(books, doc, lines, sent.get("TxnTaxDetail"))
    total = lines.subtotal - lines.discount + (taxes.added if taxes else Decimal(0))
    if total < 0:
        raise business("Transaction amount must be 0 or greater.")
    doc["CurrencyRef"] = books.currency()
    doc["Line"] = lines.shown()
    add_tax(books, doc, taxes)
    doc["TotalAmt"] = rules.number(total)
    doc["ApplyTaxAfterDiscount"] = bool(doc.get("ApplyTaxAfterDiscount", False))
    doc.setdefault("CustomField", [])
    doc.setdefault("PrintStatus", "NeedToPrint")
    doc.setdefault("EmailStatus", "NotSet")
    if books.company.country == "US":
        doc.pop("GlobalTaxCalculation", None)
    doc.pop("ExchangeRate", None)
    if kind == "Invoice":
        _invoice(doc, current, total)
    else:
        rules.choice(doc, "TxnStatus", _ESTIMATE_STATES)
        doc.setdefault("TxnStatus", "Pending")
        doc["LinkedTxn"] = current["LinkedTxn"] if current else []
    return doc


def _party(books: Books, doc: dict[str, Any]) -> None:
    id = rules.reference(doc, "CustomerRef")
    if id is None:
        raise missing("CustomerRef")
    customer = books.resolve("Customer", id)
    if customer is None:
        raise bad_reference("Names", id, "CustomerRef")
    if not customer["Active"]:
        raise inactive()
    doc["CustomerRef"] = {"value": id, "name": customer["DisplayName"]}
    for name in ("BillAddr", "ShipAddr"):
        if name not in doc and name in customer:
            doc[name] = customer[name]


def _dates(books: Books, kind: str, doc: dict[str, Any]) -> None:
    doc["TxnDate"] = rules.day(doc["TxnDate"], "TxnDate") if "TxnDate" in doc else books.today
    for name in ("ShipDate", "ExpirationDate", "AcceptedDate"):
        if name in doc:
            doc[name] = rules.day(doc[name], name)
    if "DueDate" in doc:
        doc["DueDate"] = rules.day(doc["DueDate"], "DueDate")
    elif kind == "Invoice":
        days = _TERMS.get(rules.reference(doc, "SalesTermRef") or "3", 30)
        doc["DueDate"] = (date.fromisoformat(doc["TxnDate"]) + timedelta(days=days)).isoformat()


def _mail(doc: dict[str, Any]) -> None:
    for name in ("BillEmail", "BillEmailCc", "BillEmailBcc"):
        rules.email(doc, name)
    rules.choice(doc, "EmailStatus", frozenset({"NotSet", "NeedToSend", "EmailSent"}))
    rules.choice(doc, "PrintStatus", frozenset({"NotSet", "NeedToPrint", "PrintComplete"}))
    if doc.get("EmailStatus") == "NeedToSend" and not (doc.get("BillEmail") or {}).get("Address"):
        raise missing("BillEmail")
    memo = (doc.get("CustomerMemo") or {}).get("value", "")
    if len(memo) > 1000:
        raise too_long("CustomerMemo", 1000, len(memo))


def _address(books: Books, doc: dict[str, Any]) -> None:
    for name in ("BillAddr", "ShipAddr"):
        rules.address(doc, name)
        if name in doc and "Id" not in doc[name]:
            doc[name] = {**doc[name], "Id": str(books.store.number(books.company.id, "id:address", add=1))}


def _number(
    books: Books, kind: str, doc: dict[str, Any], current: dict[str, Any] | None, allow_duplicates: bool
) -> None:
    """CustomTxnNumbers true: your number or none; false: QBO counts on, and a number you send all the same is kept
    (switch).
    """
    company = books.company
    automatic = not company.custom_txn_numbers
    if (
        automatic
        and current is None
        and ("DocNumber" not in doc or books.switches["sent_docnumber_when_automatic"] == "replace")
    ):
        doc["DocNumber"] = str(1000 + books.store.number(company.id, f"number:{kind}", add=1))
        return
    if automatic and current is not None and "DocNumber" not in doc and "DocNumber" in current:
        doc["DocNumber"] = current["DocNumber"]
    wanted = doc.get("DocNumber")
    if (
        wanted is None
        or allow_duplicates
        or not company.warn_duplicate_numbers
        or not books.switches["warn_duplicate_numbers"]
    ):
        return
    if current is not None and current.get("DocNumber") == wanted:
        return
    for _, id in books.store.find(company.id, f"{kind}.DocNumber", wanted.lower()):
        if current is None or id != current["Id"]:
            raise Refused(
                "6140",
                "Duplicate Document Number Error : You must specify a different number. This number has already "
                "been used. "
                f"DocNumber={wanted} is assigned to TxnType={kind} with TxnId={id}",
                "",
            )


def _invoice(doc: dict[str, Any], current: dict[str, Any] | None, total: Decimal) -> None:
    paid = Decimal(0)
    links: list[dict[str, Any]] = []
    if current is not None:
        paid = Decimal(str(current["TotalAmt"])) - Decimal(str(current["Balance"]))
        links = list(current["LinkedTxn"])
        if paid and doc["CustomerRef"]["value"] != current["CustomerRef"]["value"]:
            raise business("The customer of an invoice with payments cannot be changed.")
    if paid > total:
        raise business("The amount of the invoice cannot be less than the payments applied to it.")
    doc["LinkedTxn"] = links
    doc["Balance"] = rules.number(total - paid)
    for name in ("AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
        doc[name] = bool(doc.get(name, False))


def link_estimate(books: Books, invoice: dict[str, Any], wanted: Any) -> None:
    """One Estimate may be linked; it is closed by that [API-INV]. Call after the invoice has its Id. Raises Refused
    610.
    """
    for link in wanted or ():
        if link.get("TxnType") != "Estimate":
            continue
        estimate = books.resolve("Estimate", str(link.get("TxnId")))
        if estimate is None:
            raise inactive()
        invoice["LinkedTxn"].append({"TxnId": estimate["Id"], "TxnType": "Estimate"})
        estimate["TxnStatus"] = "Closed"
        estimate["LinkedTxn"] = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
        books.update("Estimate", estimate)


def emptied(lines: Lines | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a voided document: every amount 0."""
    shown = lines.shown() if isinstance(lines, Lines) else lines
    result = []
    for line in shown:
        detail = line.get("SalesItemLineDetail")
        blank = {"SalesItemLineDetail": {**detail, "Qty": 0, "UnitPrice": 0}} if detail else {}
        result.append({**line, **({"Amount": 0} if "Amount" in line else {}), **blank})
    return result
