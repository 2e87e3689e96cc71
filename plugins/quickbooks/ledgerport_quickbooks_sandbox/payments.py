"""Payment (section 3.4): applied to invoices, the rest unapplied; voided or deleted, the invoices are open again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_quickbooks_sandbox import rules
from ledgerport_quickbooks_sandbox.lists import account
from ledgerport_quickbooks_sandbox.refusals import Refused, bad_reference, business, inactive, missing
from ledgerport_quickbooks_sandbox.state import Books

_READ_ONLY = frozenset({"UnappliedAmt", "Line", "LinkedTxn", "DocNumber"})
_DEPOSIT = frozenset({"Bank", "Other Current Asset"})
UNDEPOSITED = "4"


def build(
    books: Books, given: dict[str, Any], current: dict[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Decimal]]:
    """The document and what it pays: {invoice id: amount}. Raises Refused; writes nothing."""
    doc = {name: value for name, value in given.items() if name not in _READ_ONLY}
    rules.lengths("Payment", doc)
    if "TotalAmt" not in doc:
        raise missing("TotalAmt")
    total = rules.amount(doc["TotalAmt"], "TotalAmt")
    if total < 0:
        raise Refused("2110", "Invalid amount: TotalAmt must be 0 or greater", "TotalAmt")
    customer = _party(books, doc)
    account(books, doc, "DepositToAccountRef", _DEPOSIT)
    doc.setdefault("DepositToAccountRef", {"value": UNDEPOSITED})
    # Only the id is shown in answers [section 3.4].
    doc["DepositToAccountRef"] = {"value": doc["DepositToAccountRef"]["value"]}
    _method(books, doc)
    doc["TxnDate"] = rules.day(doc["TxnDate"], "TxnDate") if "TxnDate" in doc else books.today
    wanted = _links(given.get("Line") or [])
    old = applied(current) if current else {}
    paid = _fits(books, wanted, old, customer)
    if sum(paid.values(), Decimal(0)) > total:
        raise business("The amounts applied are more than the amount of the payment.")
    doc["TotalAmt"] = rules.number(total)
    doc["UnappliedAmt"] = rules.number(total - sum(paid.values(), Decimal(0)))
    doc["ProcessPayment"] = False
    doc["CurrencyRef"] = books.currency()
    doc.pop("ExchangeRate", None)
    doc["Line"] = [_line(invoice, amount) for invoice, amount in paid.items()]
    doc["LinkedTxn"] = []
    return doc, paid


def _party(books: Books, doc: dict[str, Any]) -> str:
    id = rules.reference(doc, "CustomerRef")
    if id is None:
        raise missing("CustomerRef")
    customer = books.resolve("Customer", id)
    if customer is None:
        raise bad_reference("Names", id, "CustomerRef")
    if not customer["Active"]:
        raise inactive()
    doc["CustomerRef"] = {"value": id, "name": customer["DisplayName"]}
    return id


def _method(books: Books, doc: dict[str, Any]) -> None:
    id = rules.reference(doc, "PaymentMethodRef")
    if id is None:
        return
    if books.resolve("PaymentMethod", id) is None:
        raise bad_reference("PaymentMethods", id, "PaymentMethodRef")
    doc["PaymentMethodRef"] = {"value": id}


def _links(lines: list[dict[str, Any]]) -> dict[str, Decimal]:
    """{invoice id: amount} as asked for. Raises Refused for a line without amount or with another kind of document."""
    wanted: dict[str, Decimal] = {}
    for line in lines:
        links = line.get("LinkedTxn") or []
        if not links:
            continue
        if "Amount" not in line:
            raise missing("Line.Amount")
        if len(links) > 1:
            raise business("A payment line has one linked transaction.")
        if links[0].get("TxnType") != "Invoice":
            # Credit memos, journal entries and the like are not kept by this sandbox, so none of them can be found.
            raise inactive()
        id = str(links[0].get("TxnId"))
        amount = rules.amount(line["Amount"], "Line.Amount")
        if amount < 0:
            raise Refused("2110", "Invalid amount: Line.Amount must be 0 or greater", "Line.Amount")
        wanted[id] = wanted.get(id, Decimal(0)) + amount
    return wanted


def _fits(books: Books, wanted: dict[str, Decimal], old: dict[str, Decimal], customer: str) -> dict[str, Decimal]:
    paid: dict[str, Decimal] = {}
    for id, amount in wanted.items():
        invoice = books.resolve("Invoice", id)
        if invoice is None:
            raise inactive()
        if invoice["CustomerRef"]["value"] != customer:
            # Money for somebody else's invoice is kept, but stays unapplied [CRUD-16].
            continue
        if amount > Decimal(str(invoice["Balance"])) + old.get(id, Decimal(0)):
            raise business("The amount applied is more than the balance of the invoice.")
        if amount:
            paid[id] = amount
    return paid


def _line(invoice: str, amount: Decimal) -> dict[str, Any]:
    named = {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "nil": False,
        "value": {"Name": "txnId", "Value": invoice},
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "globalScope": True,
        "typeSubstituted": False,
    }
    links = [{"TxnId": invoice, "TxnType": "Invoice"}]
    return {"Amount": rules.number(amount), "LinkedTxn": links, "LineEx": {"any": [named]}}


def applied(payment: dict[str, Any]) -> dict[str, Decimal]:
    """What a payment pays: {invoice id: amount}."""
    return {line["LinkedTxn"][0]["TxnId"]: Decimal(str(line["Amount"])) for line in payment["Line"]}


def settle(books: Books, payment: str, old: dict[str, Decimal], new: dict[str, Decimal]) -> None:
    """Bring the invoices in line with what a payment pays now: Balance, LinkedTxn and SyncToken of each that
    changes.
    """
    for id in [*old, *(id for id in new if id not in old)]:
        before, after = old.get(id, Decimal(0)), new.get(id, Decimal(0))
        if before == after:
            continue
        invoice = books.get("Invoice", id)
        if invoice is None:
            continue
        invoice["Balance"] = rules.number(Decimal(str(invoice["Balance"])) + before - after)
        links = [link for link in invoice["LinkedTxn"] if (link["TxnId"], link["TxnType"]) != (payment, "Payment")]
        if after:
            links.append({"TxnId": payment, "TxnType": "Payment"})
        invoice["LinkedTxn"] = links
        books.update("Invoice", invoice, rekey=False)


def release(books: Books, invoice: dict[str, Any]) -> None:
    """An invoice goes away or becomes 0: what payments had applied to it is unapplied again."""
    for link in invoice["LinkedTxn"]:
        payment = books.get("Payment", link["TxnId"]) if link["TxnType"] == "Payment" else None
        if payment is None:
            continue
        kept = [line for line in payment["Line"] if line["LinkedTxn"][0]["TxnId"] != invoice["Id"]]
        freed = applied(payment)[invoice["Id"]]
        payment["Line"] = kept
        payment["UnappliedAmt"] = rules.number(Decimal(str(payment["UnappliedAmt"])) + freed)
        books.update("Payment", payment)
