"""`users/clients` (section 4): e-mails need not be unique, usernames are made up, deleting is vis_state 1."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import rules
from ledgerport_freshbooks_sandbox.moments import utc
from ledgerport_freshbooks_sandbox.refusals import Refused, missing
from ledgerport_freshbooks_sandbox.state import Books, new_uuid

OBJECT = "client"
_ADDRESS = tuple(
    f"{side}_{part}" for side in "ps" for part in ("street", "street2", "city", "province", "code", "country")
)
_PHONES = ("bus_phone", "home_phone", "mob_phone", "fax")
_SHORT = ("fname", "lname", "organization", "vat_name", "vat_number", *_PHONES, *_ADDRESS)
_WRITABLE = (*_SHORT, "note", "language")
_CONTACT = ("fname", "lname", "email", "phone1", "phone2")
#: What the answer shows beside what is written; the newer keys of 2026 included.
_FIXED: dict[str, Any] = {
    "allow_email_include_pdf": False,
    "allow_late_fees": True,
    "allow_late_notifications": True,
    "company_industry": None,
    "company_size": None,
    "direct_link_token": None,
    "has_retainer": None,
    "last_activity": None,
    "last_login": None,
    "level": 0,
    "notified": False,
    "num_logins": 0,
    "number_format": None,
    "pref_email": True,
    "pref_gmail": False,
    "retainer_id": None,
    "role": "client",
    "statement_token": None,
    "subdomain": None,
}


def create(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """A new client. Raises Refused; writes nothing then."""
    limited = _limited(books)
    doc: dict[str, Any] = {name: "" for name in _SHORT if name not in {"home_phone", "vat_name", "vat_number"}}
    doc |= {"home_phone": None, "vat_name": None, "vat_number": None, "note": None, "language": "en", "email": ""}
    doc |= {"currency_code": books.company.currency, "contacts": []}
    _write(books, doc, data)
    if not any(doc[name] for name in ("fname", "lname", "organization", "email")):
        if books.switches["empty_client"] == "refuse":
            raise missing("email", OBJECT)
        doc["email"] = ""
    if not doc["organization"]:
        fallback = books.switches["organization_default"]
        name = f"{doc['fname']} {doc['lname']}".strip()
        doc["organization"] = {"empty": "", "name": name, "email": doc["email"]}[fallback]
    doc["username"] = _username(books, doc)
    doc["signup_date"], doc["uuid"] = utc(books.clock.now()), new_uuid()
    doc["_over"] = limited
    return books.insert("Customer", doc)


def update(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Change the given keys. Raises Refused."""
    if "vis_state" in data:
        doc["vis_state"] = rules.visibility(data["vis_state"], OBJECT)
    _write(books, doc, data)
    return books.update("Customer", doc)


def _write(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> None:
    limit = int(books.switches["text_limit"])
    for name in _WRITABLE:
        if name in data:
            given = rules.text(data[name], name, OBJECT, None if name == "note" else limit)
            doc[name] = "" if given is None and name in {"fname", "lname", "organization"} else given
    if "email" in data:
        if books.switches["bad_email"] == "refuse":
            rules.email(data["email"], "email", OBJECT)
        doc["email"] = rules.text(data["email"], "email", OBJECT, limit) or ""
    if data.get("currency_code"):
        doc["currency_code"] = rules.text(data["currency_code"], "currency_code", OBJECT, 3)
    if "contacts" in data:
        doc["contacts"] = [_contact(one, number) for number, one in enumerate(_list(data["contacts"]), 1)]


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or any(not isinstance(one, dict) for one in value):
        raise Refused(1006, "The field 'contacts' must be a list of objects.", "contacts", OBJECT)
    return value


def _contact(sent: dict[str, Any], number: int) -> dict[str, Any]:
    written = {name: rules.text(sent.get(name), f"contacts.{name}", OBJECT) for name in _CONTACT}
    return {"contactid": number, **written}


def _limited(books: Books) -> bool:
    """Is the plan full? Raises Refused when that is a refusal (the answer of the real one is UNSURE)."""
    limit = books.company.clients or int(books.switches["client_limit"])
    if not limit or books.store.count(books.company.id, "Customer", active=True) < limit:
        return False
    if books.switches["client_limit_answer"] == "refuse":
        raise Refused(1004, f"Your plan allows {limit} active clients.", "client", OBJECT)
    return True


def _username(books: Books, doc: dict[str, Any]) -> str:
    stem = re.sub(r"[^a-z0-9]", "", f"{doc['fname']}{doc['lname']}".lower() or str(doc["organization"]).lower())
    stem = stem or str(doc["email"]).partition("@")[0].lower() or "client"
    count = books.store.number(books.company.id, f"username:{stem}", add=1)
    return stem if count == 1 else f"{stem}{count}"


def show(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object."""
    written = {name: value for name, value in doc.items() if name[0] != "_" and name != "contacts"}
    answer = {
        **_FIXED,
        **written,
        "userid": doc["id"],
        "accounting_systemid": books.company.id,
        "exceeds_client_limit": doc["_over"],
    }
    if "contacts" in includes:
        answer["contacts"] = [{"userid": doc["id"], **contact} for contact in doc["contacts"]]
    for name in includes & {"outstanding_balance", "grand_total_balance"}:
        owed = _owed(books, doc["id"])
        answer[name] = [{"amount": rules.shown(owed, doc["currency_code"])}] if owed else []
    return answer


def _owed(books: Books, id: int) -> Decimal:
    total = Decimal(0)
    for kind, invoice_id in books.store.find(books.company.id, "Invoice.customer", str(id)):
        invoice = books.get(kind, invoice_id)
        if invoice is not None and invoice["vis_state"] != 1 and invoice["status"] != 1:
            total += Decimal(invoice["_total"]) - Decimal(invoice["_paid"])
    return total
