"""Payments of invoices that came outside Wave (section 7). There is no key against doubles here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_wave_sandbox import status
from ledgerport_wave_sandbox.refusals import refused
from ledgerport_wave_sandbox.state import Books, Desk
from ledgerport_wave_sandbox.wire import plain, rounded

_EVENTS = {"PARTIAL": "partially_paid", "OVERDUE": "partially_paid", "PAID": "paid", "OVERPAID": "overpaid"}


def create(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoicePaymentCreateManual."""
    books, invoice = desk.target("Invoice", given["invoiceId"])
    if invoice["stage"] == "DRAFT":
        raise refused("Payments cannot be added to a draft invoice: approve it first.", "invoiceId")
    doc: dict[str, Any] = {
        "invoiceId": invoice["id"],
        "customerId": invoice["customerId"],
        "currencyCode": invoice["currencyCode"],
        "memo": given.get("memo"),
        "accountId": _account(books, given["paymentAccountId"]),
        "amount": _amount(given["amount"]),
        "paymentDate": given["paymentDate"],
        "paymentMethod": given["paymentMethod"],
        "exchangeRate": _rate(given["exchangeRate"]),
    }
    _room(books, invoice, Decimal(doc["amount"]))
    books.insert("InvoicePayment", doc)
    _pay(books, invoice, Decimal(doc["amount"]))
    return {"invoicePayment": doc}


def patch(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoicePaymentPatch: null unsets the memo, elsewhere it changes nothing."""
    books, doc = desk.target("InvoicePayment", given["id"])
    invoice = books.get("Invoice", doc["invoiceId"])
    assert invoice is not None, "a payment goes with its invoice"
    before = Decimal(doc["amount"])
    if "memo" in given:
        doc["memo"] = given["memo"]
    if given.get("paymentAccountId") is not None:
        doc["accountId"] = _account(books, given["paymentAccountId"])
    if given.get("amount") is not None:
        doc["amount"] = _amount(given["amount"])
    if given.get("exchangeRate") is not None:
        doc["exchangeRate"] = _rate(given["exchangeRate"])
    doc.update({name: given[name] for name in ("paymentDate", "paymentMethod") if given.get(name) is not None})
    change = Decimal(doc["amount"]) - before
    _room(books, invoice, change)
    books.update("InvoicePayment", doc)
    _pay(books, invoice, change)
    return {"invoicePayment": doc}


def delete(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """invoicePaymentDelete: the invoice is open again."""
    books, doc = desk.target("InvoicePayment", given["id"])
    invoice = books.get("Invoice", doc["invoiceId"])
    assert invoice is not None, "a payment goes with its invoice"
    books.remove("InvoicePayment", doc)
    _pay(books, invoice, -Decimal(doc["amount"]))
    return {}


def _account(books: Books, id: str) -> str:
    account = books.refer("Account", id, "paymentAccountId")
    allowed = {"CASH_AND_BANK"} | (
        {"CREDIT_CARD", "LOANS"} if books.switches["payment_accounts"] == "anchors" else set()
    )
    if account["subtypeValue"] not in allowed or account["isArchived"]:
        raise refused(f"Account must have one of the subtypes {', '.join(sorted(allowed))}.", "paymentAccountId")
    return id


def _amount(value: Decimal) -> str:
    if value <= 0:
        raise refused("Amount must be greater than 0.", "amount")
    if rounded(value, 2) != value or value > Decimal(99999999999):
        raise refused("Amount must have 2 decimal places at most.", "amount")
    return f"{value:.2f}"


def _rate(value: Decimal) -> str:
    if value <= 0:
        raise refused("Exchange rate must be greater than 0.", "exchangeRate")
    return plain(value)


def _room(books: Books, invoice: dict[str, Any], more: Decimal) -> None:
    open_ = Decimal(invoice["total"]) - Decimal(invoice["amountPaid"])
    if more > open_ and books.switches["overpayment"] == "refuse":
        raise refused("Amount is more than the amount due.", "amount")


def _pay(books: Books, invoice: dict[str, Any], change: Decimal) -> None:
    """Bring the invoice in line, and tell when it is paid in part, in full or too much."""
    invoice["amountPaid"] = str(Decimal(invoice["amountPaid"]) + change)
    books.update("Invoice", invoice, rekey=False)
    event = _EVENTS.get(status.of_invoice(invoice, books.today, books.switches))
    if event and change > 0:
        books.tell(f"invoice.{event}", "invoice", invoice)
