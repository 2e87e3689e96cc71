"""`estimates/estimates` (section 8): like invoices, with statuses that only actions move."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import documents, invoices, lines, rules
from ledgerport_freshbooks_sandbox.refusals import read_only
from ledgerport_freshbooks_sandbox.state import Books

OBJECT = "estimate"
DRAFT, SENT, VIEWED, REPLIED, ACCEPTED, INVOICED = 1, 2, 3, 4, 5, 6
_DISPLAY = {DRAFT: "draft", SENT: "sent", VIEWED: "viewed", REPLIED: "replied", ACCEPTED: "accepted"}
_HIDDEN = frozenset({"number", "lines"})
_FIXED: dict[str, Any] = {
    "ext_archive": 0,
    "ownerid": 1,
    "reply_status": None,
    "require_client_signature": False,
    "rich_proposal": False,
    "sentid": 1,
    "show_attachments": False,
    "template": "clean-grouped",
}


def create(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """A new estimate, a draft. Raises Refused."""
    doc = documents.begin(books, "Estimate", data, OBJECT)
    doc |= {"status": DRAFT, "accepted": False, "invoiced": False}
    _fill(books, doc, data)
    return books.insert("Estimate", doc)


def update(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Change the given keys, mail, accept, delete or restore. Raises Refused."""
    if "vis_state" in data:
        doc["vis_state"] = rules.visibility(data["vis_state"], OBJECT)
    _fill(books, doc, data)
    return books.update("Estimate", doc)


def remove(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """Delete an estimate."""
    return update(books, doc, {"vis_state": 1})


def _fill(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> None:
    for name in ("status", "ui_status", "display_status"):
        if name in data:
            raise read_only(name, OBJECT)
    documents.fill(books, "Estimate", doc, data, OBJECT)
    if rules.truth(data.get("action_email", False), "action_email", OBJECT):
        invoices.mail(doc, data, OBJECT)
        doc["status"] = max(doc["status"], SENT)
    if rules.truth(data.get("action_accept", False), "action_accept", OBJECT):
        doc |= {"accepted": True, "status": max(doc["status"], ACCEPTED)}


def show(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object; `lines` only when they are included."""
    code = doc["currency_code"]
    discount = Decimal(doc["_discount"])
    written = {name: value for name, value in doc.items() if name[0] != "_" and name not in _HIDDEN}
    answer = {
        **_FIXED,
        **written,
        "accounting_systemid": books.company.id,
        "amount": rules.shown(Decimal(doc["_total"]), code),
        "discount_total": rules.shown(-discount if discount else Decimal(0), code),
        "display_status": _DISPLAY.get(doc["status"], "invoiced"),
        "estimate_number": doc["number"],
        "estimateid": doc["id"],
        "ui_status": "open" if doc["status"] in {SENT, VIEWED, REPLIED} else _DISPLAY.get(doc["status"], "invoiced"),
    }
    if "lines" in includes:
        answer["lines"] = lines.show(doc, code, "estimateid")
    return answer
