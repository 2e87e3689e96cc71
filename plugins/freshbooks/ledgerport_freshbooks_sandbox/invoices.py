"""`invoices/invoices` (section 6): numeric status on the wire, v3_status computed, lines only when included."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import documents, lines, payments, rules
from ledgerport_freshbooks_sandbox.moments import later
from ledgerport_freshbooks_sandbox.refusals import Refused, gone, invalid, unknown
from ledgerport_freshbooks_sandbox.state import Books

OBJECT = "invoice"
DISPUTED, DRAFT, SENT, VIEWED, PAID = 0, 1, 2, 3, 4
_NAMES = {DISPUTED: "disputed", DRAFT: "draft", SENT: "sent", VIEWED: "viewed"}
_HIDDEN = frozenset({"number", "status", "lines"})
_FIXED: dict[str, Any] = {
    "attach_pdf_to_email": False,
    "auto_bill": False,
    "autobill_status": None,
    "basecampid": 0,
    "dispute_status": None,
    "ext_archive": 0,
    "generation_date": None,
    "gmail": False,
    "last_order_status": None,
    "lock_status": "unlocked",
    "ownerid": 1,
    "parent": 0,
    "payment_details": "",
    "return_uri": None,
    "sender_address": {},
    "sentid": 1,
    "series": None,
    "show_attachments": False,
    "template": "clean-grouped",
}


def create(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """A new invoice, a draft unless the request says otherwise. Raises Refused."""
    doc = documents.begin(books, "Invoice", data, OBJECT)
    doc |= {"status": DRAFT, "due_offset_days": 0, "_paid": "0.00", "date_paid": None, "fulfillment_date": None}
    doc |= {"deposit_amount": None, "deposit_percentage": None}
    _fill(books, doc, data)
    estimate = _estimate(books, data)
    books.insert("Invoice", doc)
    if estimate is not None:
        estimate |= {"invoiced": True, "status": 6}
        books.update("Estimate", estimate)
    return doc


def update(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Change the given keys, send, delete or restore. Raises Refused."""
    if "vis_state" in data:
        wanted = rules.visibility(data["vis_state"], OBJECT)
        if wanted == 1 and doc["vis_state"] != 1:
            return remove(books, doc)
        doc["vis_state"] = wanted
    _fill(books, doc, data)
    if Decimal(doc["_total"]) < Decimal(doc["_paid"]) and books.switches["total_below_paid"] == "refuse":
        raise invalid("lines", OBJECT, doc["_total"], "The total is less than what has been paid.")
    return books.update("Invoice", doc)


def remove(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """Delete an invoice; what happens to its payments is a switch. Raises Refused."""
    documents.fill(books, "Invoice", doc, {}, OBJECT)
    way = books.switches["delete_paid_invoice"]
    paying = payments.of_invoice(books, doc["id"])
    if paying and way == "refuse":
        raise invalid("vis_state", OBJECT, doc["id"], "An invoice with payments cannot be deleted.")
    for payment in paying:
        payment["_applied"] = "0.00"
        if way == "with_payments":
            payments.drop_credit(books, payment)
            payment["vis_state"] = 1
        books.update("Payment", payment)
    doc["_paid"] = "0.00"
    doc["vis_state"] = 1
    return books.update("Invoice", doc)


def _fill(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> None:
    documents.fill(books, "Invoice", doc, data, OBJECT)
    if "due_offset_days" in data:
        doc["due_offset_days"] = rules.whole(data["due_offset_days"] or 0, "due_offset_days", OBJECT)
    try:
        later(doc["create_date"], doc["due_offset_days"])
    except OverflowError as err:
        raise invalid("due_offset_days", OBJECT, doc["due_offset_days"], "The due date is out of range.") from err
    if data.get("deposit_amount") is not None:
        doc["deposit_amount"] = str(rules.money(data["deposit_amount"], "deposit_amount", OBJECT, None))
    if data.get("deposit_percentage") is not None:
        share = rules.percent(data["deposit_percentage"], "deposit_percentage", OBJECT)
        doc["deposit_percentage"] = rules.plain(share)
    if "status" in data:
        doc["status"] = _status(data["status"])
    if rules.truth(data.get("action_mark_as_sent", False), "action_mark_as_sent", OBJECT) and doc["status"] == DRAFT:
        doc["status"] = SENT
    if rules.truth(data.get("action_email", False), "action_email", OBJECT):
        mail(doc, data, OBJECT)
        if doc["status"] == DRAFT:
            doc["status"] = SENT


def _status(sent: Any) -> int:
    """0 to 3 may be written; a text is 1015 even when it holds a number (live 2026-06)."""
    if isinstance(sent, bool) or not isinstance(sent, int):
        raise Refused(1015, "The field 'status' must be a number.", "status", OBJECT, sent)
    if sent not in _NAMES:
        raise invalid("status", OBJECT, sent, "Status must be one of 'draft', 'sent', 'viewed' or 'disputed'.")
    return sent


def mail(doc: dict[str, Any], data: dict[str, Any], word: str) -> None:
    """Remember to whom a document went. Raises Refused without a recipient (UNSURE)."""
    recipients = data.get("email_recipients")
    if not isinstance(recipients, list) or not recipients:
        raise Refused(1001, "The required field 'email_recipients' is missing.", "email_recipients", word)
    for address in recipients:
        rules.email(address, "email_recipients", word)
    doc["_mailed"] = [*doc["_mailed"], *recipients]


def _estimate(books: Books, data: dict[str, Any]) -> dict[str, Any] | None:
    if not data.get("estimateid"):
        return None
    id = rules.whole(data["estimateid"], "estimateid", OBJECT)
    found = books.get("Estimate", id)
    if found is None:
        raise unknown("estimateid", "estimate", id, int(books.switches["unknown_reference_status"]))
    if found["vis_state"] == 1:
        raise gone("estimateid", "estimate", id)
    return found


def standing(books: Books, doc: dict[str, Any]) -> tuple[int, str, str, str]:
    """(status, display_status, v3_status, payment_status) of this moment."""
    status, paid = doc["status"], Decimal(doc["_paid"])
    left = Decimal(doc["_total"]) - paid
    display = {DISPUTED: "outstanding"}.get(status, _NAMES[status])
    if paid > 0 and left <= 0:
        return (PAID if books.switches["paid_status"] == "4" else status), display, "paid", "paid"
    payment = "partial" if paid > 0 else "unpaid"
    if status == DISPUTED:
        return status, display, "disputed", payment
    late = status != DRAFT and left > 0 and later(doc["create_date"], doc["due_offset_days"]) < books.today
    if paid > 0:
        overdue = late and books.switches["partial_past_due"] == "overdue"
        return status, display, "overdue" if overdue else "partial", payment
    return status, display, "overdue" if late else _NAMES[status], payment


def show(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object; `lines` only when they are included."""
    code = doc["currency_code"]
    status, display, v3, paying = standing(books, doc)
    total, paid = Decimal(doc["_total"]), Decimal(doc["_paid"])
    written = {name: value for name, value in doc.items() if name[0] != "_" and name not in _HIDDEN}
    deposit = doc["deposit_amount"]
    discount = Decimal(doc["_discount"])
    answer = {
        **_FIXED,
        **written,
        "accountid": books.company.id,
        "accounting_systemid": books.company.id,
        "amount": rules.shown(total, code),
        "deposit_amount": None if deposit is None else rules.shown(Decimal(deposit), code),
        "deposit_status": "none" if deposit is None else "unpaid",
        "discount": {"amount": rules.shown(discount, code), "rate": doc["discount_value"], "type": "percent"},
        "discount_total": rules.shown(-discount if discount else Decimal(0), code),
        "display_status": display,
        "due_date": later(doc["create_date"], doc["due_offset_days"]),
        "invoice_number": doc["number"],
        "invoiceid": doc["id"],
        "net_paid_amount": rules.shown(paid, code),
        "outstanding": rules.shown(total - paid, code),
        "paid": rules.shown(paid, code),
        "payment_status": paying,
        "status": status,
        "v3_status": v3,
        "version": f"{doc['updated']}.480684",
    }
    if "lines" in includes:
        answer["lines"] = lines.show(doc, code, "invoiceid")
    return answer
