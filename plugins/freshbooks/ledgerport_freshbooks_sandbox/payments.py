"""`payments/payments` (section 7) and the credits that overpaying leaves behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import rules
from ledgerport_freshbooks_sandbox.documents import locked
from ledgerport_freshbooks_sandbox.refusals import gone, invalid, missing, unknown
from ledgerport_freshbooks_sandbox.state import Books, new_uuid

OBJECT = "payment"
TYPES = frozenset(
    [
        *("Check", "Credit", "Cash", "Bank Transfer", "Credit Card", "Debit", "PayPal", "2Checkout", "VISA"),
        *("MASTERCARD", "DISCOVER", "AMEX", "DINERS", "JCB", "ACH", "Other", "NOVA", "EUROCARD"),
    ]
)
_DRAFT = 1


def create(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """A new payment of one invoice; what is more than outstanding becomes a credit. Raises Refused."""
    for name in ("invoiceid", "amount", "date"):
        if data.get(name) is None or data[name] == "":
            raise missing(name, OBJECT)
    invoice = _invoice(books, data)
    doc: dict[str, Any] = {"invoiceid": invoice["id"], "clientid": invoice["customerid"], "vis_state": 0}
    doc |= {"note": None, "type": books.switches["payment_type_default"], "_applied": "0.00"}
    doc |= {"send_client_notification": None, "transactionid": None, "gateway": None, "orderid": None}
    doc |= {"creditid": None, "overpaymentid": None, "from_credit": False, "bulk_paymentid": None}
    doc["transaction_uuid"] = new_uuid()
    _write(books, doc, data, invoice["currency_code"])
    _apply(books, doc, invoice)
    return books.insert("Payment", doc)


def update(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Change the given keys, delete or restore; the invoice is added up again. Raises Refused."""
    wanted = rules.visibility(data["vis_state"], OBJECT) if "vis_state" in data else doc["vis_state"]
    _open(books, doc["date"])
    _release(books, doc)
    doc["vis_state"] = wanted
    if wanted != 1:
        invoice = books.get("Invoice", doc["invoiceid"])
        if invoice is None or invoice["vis_state"] == 1:
            raise gone("invoiceid", "invoice", doc["invoiceid"])
        _write(books, doc, data, invoice["currency_code"])
        _apply(books, doc, invoice)
    return books.update("Payment", doc)


def remove(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """Delete a payment."""
    return update(books, doc, {"vis_state": 1})


def _invoice(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    id = rules.whole(data["invoiceid"], "invoiceid", OBJECT)
    invoice = books.get("Invoice", id)
    if invoice is None:
        raise unknown("invoiceid", "invoice", id, int(books.switches["unknown_reference_status"]))
    if invoice["vis_state"] == 1:
        raise gone("invoiceid", "invoice", id)
    if invoice["status"] == _DRAFT and books.switches["payment_on_draft"] == "refuse":
        raise invalid("invoiceid", OBJECT, id, "A draft invoice cannot be paid.")
    return invoice


def _write(books: Books, doc: dict[str, Any], data: dict[str, Any], currency: str) -> None:
    if "amount" in data:
        code = currency if books.switches["mixed_currency"] == "refuse" else None
        amount = rules.cents(rules.money(data["amount"], "amount", OBJECT, code))
        if amount <= 0:
            raise invalid("amount", OBJECT, amount, "The amount must be more than 0.")
        doc["amount"] = rules.shown(amount, currency)
    if "date" in data:
        doc["date"] = rules.day(data["date"], "date", OBJECT)
    _open(books, doc["date"])
    if "type" in data:
        if data["type"] not in TYPES:
            raise invalid("type", OBJECT, data["type"], "The payment type is not one of the known types.")
        doc["type"] = data["type"]
    for name in ("note", "transactionid", "gateway"):
        if name in data:
            doc[name] = rules.text(data[name], name, OBJECT)
    if "send_client_notification" in data:
        doc["send_client_notification"] = data["send_client_notification"]


def _open(books: Books, date: str) -> None:
    until = books.company.locked_until
    if until is not None and date <= until:
        raise locked("date", OBJECT, date)


def _apply(books: Books, doc: dict[str, Any], invoice: dict[str, Any]) -> None:
    """Put a payment on its invoice; a surplus is booked as a credit of the client."""
    amount = Decimal(doc["amount"]["amount"])
    left = max(Decimal(invoice["_total"]) - Decimal(invoice["_paid"]), Decimal(0))
    part = min(amount, left)
    if amount > part:
        if books.switches["overpayment"] == "refuse":
            raise invalid("amount", OBJECT, amount, "The amount is more than what is outstanding.")
        doc["overpaymentid"] = _credit(books, doc, amount - part)["id"]
    doc["_applied"] = f"{part:.2f}"
    invoice["_paid"] = f"{Decimal(invoice['_paid']) + part:.2f}"
    invoice["date_paid"] = doc["date"]
    books.update("Invoice", invoice, quiet=True, rekey=False)


def _release(books: Books, doc: dict[str, Any]) -> None:
    """Take a payment off its invoice, and its credit away."""
    drop_credit(books, doc)
    part = Decimal(doc["_applied"])
    doc["_applied"] = "0.00"
    invoice = books.get("Invoice", doc["invoiceid"])
    if part and invoice is not None:
        invoice["_paid"] = f"{Decimal(invoice['_paid']) - part:.2f}"
        if not Decimal(invoice["_paid"]):
            invoice["date_paid"] = None
        books.update("Invoice", invoice, quiet=True, rekey=False)


def _credit(books: Books, payment: dict[str, Any], amount: Decimal) -> dict[str, Any]:
    code = payment["amount"]["code"]
    credit = {
        "clientid": payment["clientid"],
        "amount": rules.shown(amount, code),
        "create_date": payment["date"],
        "credit_type": "overpayment",
        "currency_code": code,
        "credit_number": f"CR{books.store.number(books.company.id, 'number:CreditNote', add=1):05d}",
        "status": "created",
        "vis_state": 0,
    }
    return books.insert("CreditNote", credit)


def drop_credit(books: Books, payment: dict[str, Any]) -> None:
    """The credit of an overpayment goes with it."""
    credit = books.get("CreditNote", payment["overpaymentid"]) if payment["overpaymentid"] else None
    if credit is not None and credit["vis_state"] != 1:
        credit["vis_state"] = 1
        books.update("CreditNote", credit)
    payment["overpaymentid"] = None


def of_invoice(books: Books, id: int) -> list[dict[str, Any]]:
    """The living payments of an invoice."""
    found = (
        books.get("Payment", payment) for _, payment in books.store.find(books.company.id, "Payment.invoice", str(id))
    )
    return [payment for payment in found if payment is not None and payment["vis_state"] != 1]


def show(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object."""
    written = {name: value for name, value in doc.items() if name[0] != "_"}
    return {**written, "logid": doc["id"], "accounting_systemid": books.company.id}


def show_credit(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object of a credit note."""
    written = {name: value for name, value in doc.items() if name[0] != "_"}
    return {**written, "creditid": doc["id"], "accounting_systemid": books.company.id, "uuid": ""}
