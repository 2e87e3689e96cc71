"""Payments of sales invoices and batch payments (sections 3.4, 3.5)."""

from __future__ import annotations

from typing import Any

from ledgerport_xero_sandbox import accounts, documents, invoices, locks
from ledgerport_xero_sandbox.contacts import embedded
from ledgerport_xero_sandbox.envelopes import cents, day, day_of, exact, new_id, number, twin
from ledgerport_xero_sandbox.refusals import Refused, missing_document, too_long
from ledgerport_xero_sandbox.state import Books

_MODIFICATION = "Payment not of valid status for modification"


def save(books: Books, sent: dict[str, Any], method: str) -> tuple[dict[str, Any], list[str]]:
    """PUT (or POST without an id) creates; POST with an id deletes, which is all that can be done to a payment.
    Raises Refused.
    """
    if "PaymentID" not in sent:
        return create(books, sent), []
    current = books.get("Payment", sent["PaymentID"])
    if current is None:
        raise missing_document("Payment")
    if method == "PUT" or sent.get("Status") != "DELETED" or current["Status"] == "DELETED":
        raise Refused(_MODIFICATION)
    if "BatchPaymentID" in current:
        raise Refused("Payments within a batch cannot be deleted.")
    return delete(books, current), []


def create(books: Books, sent: dict[str, Any], batch: str | None = None) -> dict[str, Any]:
    """A payment that takes its amount off the invoice. Raises Refused."""
    if sent.get("Status", "AUTHORISED") != "AUTHORISED":
        raise Refused("Payment not of valid status for creation")  # UNSURE: wording
    invoice = _invoice(books, sent.get("Invoice", {}))
    account = accounts.for_payment(books, sent.get("Account", {}))
    if "Amount" not in sent:
        raise Refused("Payment amount must be specified")  # UNSURE: wording
    amount = cents(sent["Amount"])
    if invoice["Status"] != "AUTHORISED":
        raise Refused(
            "Payment amount exceeds the amount outstanding on this document"
            if invoice["Status"] == "PAID"
            else "Payments can only be made against Authorised documents"
        )
    if amount <= 0:
        raise Refused("Payment amount must be greater than zero")  # UNSURE: wording
    if amount > exact(invoice["AmountDue"]):
        raise Refused("Payment amount exceeds the amount outstanding on this document")
    if len(sent.get("Reference", "")) > 255:
        raise too_long("the payment Reference", 255)  # UNSURE: limit
    paid_on = sent.get("Date") or books.today
    locks.check(books, paid_on)
    names = {name: account[name] for name in ("AccountID", "Code", "Name") if name in account}
    doc = {
        "PaymentID": new_id(),
        **({"BatchPaymentID": batch} if batch else {}),
        "Date": day(paid_on),
        "BankAmount": number(amount),
        "Amount": number(amount),
        **({"Reference": sent["Reference"]} if sent.get("Reference") else {}),
        "CurrencyRate": 1.0,
        "PaymentType": "ACCRECPAYMENT",
        "Status": "AUTHORISED",
        "UpdatedDateUTC": "",
        "HasAccount": True,
        "IsReconciled": bool(sent.get("IsReconciled", False)),
        "Account": names,
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "_contact": invoice["Contact"]["ContactID"],
    }
    invoices.pay(books, invoice["InvoiceID"], invoices.payment_line(doc))
    return books.insert("Payment", doc)


def delete(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """Give the amount back to the invoice. Raises Refused."""
    if doc["IsReconciled"]:
        raise Refused("This payment has been reconciled and cannot be deleted")  # UNSURE: wording
    locks.check(books, day_of(doc["Date"]))
    invoices.pay(books, doc["Invoice"]["InvoiceID"], None, remove=doc["PaymentID"])
    return books.update("Payment", {**doc, "Status": "DELETED"}, rekey=False)


def _invoice(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    found = None
    if "InvoiceID" in sent:
        found = books.peek("Invoice", sent["InvoiceID"])
    elif sent.get("InvoiceNumber"):
        found = documents.owner(books, "Invoice", sent["InvoiceNumber"])
    else:
        raise Refused("An Invoice must be specified for the payment")  # UNSURE: wording
    if found is None:
        raise missing_document("Invoice")
    return found


def show(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """A payment by its id, or as a write answers it: the whole invoice."""
    invoice = books.peek("Invoice", doc["Invoice"]["InvoiceID"])
    assert invoice is not None
    return _shown(doc, invoices.show_paged(books, invoice))


def show_paged(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """A payment in a list: the invoice by its names, without amounts and lines."""
    invoice = books.peek("Invoice", doc["Invoice"]["InvoiceID"])
    assert invoice is not None
    empty = ("Payments", "CreditNotes", "Prepayments", "Overpayments", "LineItems")
    lists: dict[str, Any] = {name: [] for name in empty}
    head = {name: invoice[name] for name in ("Type", "InvoiceID", "InvoiceNumber")}
    contact = embedded(books, doc["_contact"])
    tail = {"IsDiscounted": False, "HasErrors": False, "CurrencyCode": invoice["CurrencyCode"]}
    return _shown(doc, {**head, **lists, "Contact": contact, **tail})


def _shown(doc: dict[str, Any], invoice: dict[str, Any]) -> dict[str, Any]:
    public = {name: value for name, value in doc.items() if name[0] != "_"}
    return {**public, "Invoice": invoice, "HasValidationErrors": False}


# -- batch payments ------------------------------------------------------------------------------------------


def save_batch(books: Books, sent: dict[str, Any], method: str) -> tuple[dict[str, Any], list[str]]:
    """PUT makes a deposit of several payments, all or none; POST with an id deletes it with all of them. Raises
    Refused.
    """
    if "BatchPaymentID" in sent:
        current = books.get("BatchPayment", sent["BatchPaymentID"])
        if current is None:
            raise missing_document("BatchPayment")
        if method == "PUT" or sent.get("Status") != "DELETED" or current["Status"] == "DELETED":
            raise Refused("BatchPayment not of valid status for modification")  # UNSURE: wording
        for id in current["_payments"]:
            payment = books.get("Payment", id)
            assert payment is not None
            delete(books, payment)
        return books.update("BatchPayment", {**current, "Status": "DELETED"}), []
    if not sent.get("Payments"):
        raise Refused("One or more payments must be specified")  # UNSURE: wording
    account = accounts.for_payment(books, sent.get("Account", {}))
    if len(sent.get("Details", "")) > 18:
        raise too_long("Details", 18)
    batch, paid_on = new_id(), sent.get("Date") or books.today
    common = {"Account": {"AccountID": account["AccountID"]}, "Date": paid_on}
    made = [create(books, {**common, **one}, batch) for one in sent["Payments"]]
    texts = ("Reference", "Details", "Narrative", "Particulars", "Code")
    given: dict[str, Any] = {name: sent[name] for name in texts if name in sent}
    doc = {
        "Account": {name: account[name] for name in ("AccountID", "CurrencyCode") if name in account},
        **given,
        "BatchPaymentID": batch,
        "DateString": twin(paid_on),
        "Date": day(paid_on),
        "Type": "RECBATCH",
        "Status": "AUTHORISED",
        "TotalAmount": number(sum((exact(one["Amount"]) for one in made), exact(0))),
        "UpdatedDateUTC": "",
        "IsReconciled": False,
        "_payments": [one["PaymentID"] for one in made],
    }
    return books.insert("BatchPayment", doc), []


def show_batch(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """A batch payment; each of its payments has an id of its own."""
    public = {name: value for name, value in doc.items() if name[0] != "_"}
    parts = [books.peek("Payment", id) for id in doc["_payments"]]
    members = ("PaymentID", "Amount", "BankAmount", "Reference")
    shown: list[dict[str, Any]] = []
    for one in parts:
        assert one is not None
        amounts: dict[str, Any] = {name: one[name] for name in members if name in one}
        shown.append({"Invoice": {"InvoiceID": one["Invoice"]["InvoiceID"]}, **amounts})
    return {**public, "Payments": shown}
