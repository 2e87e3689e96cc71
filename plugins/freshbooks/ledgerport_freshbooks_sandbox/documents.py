"""What invoices and estimates have in common: header, number, lines, sums."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import lines, rules
from ledgerport_freshbooks_sandbox.moments import eastern
from ledgerport_freshbooks_sandbox.refusals import Refused, gone, invalid, missing, read_only, unknown
from ledgerport_freshbooks_sandbox.state import Books, new_uuid

ADDRESS = ("street", "street2", "city", "province", "code", "country")
_FROM_CLIENT = {**{name: f"p_{name}" for name in ADDRESS}, "fname": "fname", "lname": "lname"}
_FROM_CLIENT |= {"organization": "organization", "vat_name": "vat_name", "vat_number": "vat_number"}
_TEXTS = ("po_number", "notes", "terms", "discount_description", "language", "address", "description")
_DIGITS = re.compile(r"\d+")
#: Read by the client, never written: 403 errno 1038 (live for these).
READ_ONLY = ("due_date", "date_paid")


def begin(books: Books, kind: str, data: dict[str, Any], word: str) -> dict[str, Any]:
    """The header of a new document. Raises Refused."""
    for name in READ_ONLY:
        if name in data:
            raise read_only(name, word)
    client = _client(books, data, word)
    if not data.get("create_date"):
        raise missing("create_date", word)
    doc: dict[str, Any] = {"customerid": client["id"], "_vis": 0, "vis_state": 0, "lines": []}
    doc["currency_code"] = rules.text(data.get("currency_code"), "currency_code", word, 3) or client["currency_code"]
    doc |= dict.fromkeys(_TEXTS)
    doc |= {"language": client["language"], "address": "", "discount_value": "0", "description": ""}
    doc |= {name: client[source] for name, source in _FROM_CLIENT.items()}
    doc |= {"current_organization": client["organization"], "create_date": "", "estimateid": 0}
    doc |= {"created_at": eastern(books.clock.now()), "uuid": new_uuid(), "presentation": None, "_mailed": []}
    doc["number"] = ""
    return doc


def fill(books: Books, kind: str, doc: dict[str, Any], data: dict[str, Any], word: str) -> None:
    """Bring the given keys into a document and add it up. Raises Refused."""
    for name in READ_ONLY:
        if name in data:
            raise read_only(name, word)
    if "customerid" in data and data["customerid"] != doc["customerid"]:
        doc["customerid"] = _client(books, data, word)["id"]
    if "create_date" in data:
        _open(books, doc["create_date"], word)
        doc["create_date"] = rules.day(data["create_date"], "create_date", word)
    _open(books, doc["create_date"], word)
    limit = int(books.switches["text_limit"])
    for name in (*_TEXTS, *_FROM_CLIENT):
        if name in data:
            long = name in {"notes", "terms", "description"}
            doc[name] = rules.text(data[name], name, word, None if long else limit)
    if "presentation" in data:
        doc["presentation"] = data["presentation"]
    if "discount_value" in data:
        doc["discount_value"] = rules.plain(rules.percent(data["discount_value"] or 0, "discount_value", word))
    if "lines" in data:
        doc["lines"] = lines.build(books, data["lines"] or [], word, doc["currency_code"])
    sums = lines.add_up(books, doc["lines"], Decimal(doc["discount_value"]))
    doc["_total"], doc["_tax"], doc["_discount"] = f"{sums.total:.2f}", f"{sums.tax:.2f}", f"{sums.discount:.2f}"
    _number(books, kind, doc, data, word)


def _open(books: Books, date: str, word: str) -> None:
    until = books.company.locked_until
    if until is not None and date and date <= until:
        raise locked("create_date", word, date)


def locked(field: str, word: str, date: str) -> Refused:
    """The date lies in a period the accountant has locked (errno UNSURE)."""
    return invalid(field, word, date, "This date is in a locked accounting period.")


def _client(books: Books, data: dict[str, Any], word: str) -> dict[str, Any]:
    if not data.get("customerid"):
        raise missing("customerid", word)
    id = rules.whole(data["customerid"], "customerid", word)
    client = books.peek("Customer", id)
    if client is None:
        raise unknown("customerid", "client", id, int(books.switches["unknown_reference_status"]))
    if client["vis_state"] == 1 and books.switches["write_deleted"] == "refuse":
        raise gone("customerid", "client", id)
    return client


def _number(books: Books, kind: str, doc: dict[str, Any], data: dict[str, Any], word: str) -> None:
    """Take the number sent, or the next one; a number in use is refused (switch)."""
    field = f"{word}_number"
    sent = rules.text(data.get(field), field, word, int(books.switches["text_limit"]))
    if not sent and not doc["number"]:
        sent = f"{books.store.number(books.company.id, f'number:{kind}', add=1):07d}"
        while books.store.find(books.company.id, f"{kind}.number", sent):
            sent = f"{books.store.number(books.company.id, f'number:{kind}', add=1):07d}"
        doc["number"] = sent
        return
    if not sent or sent == doc["number"]:
        return
    if books.switches["duplicate_number"] == "refuse" and _taken(books, kind, sent):
        raise invalid(field, word, sent, f"This {word} number is already in use.")
    if _DIGITS.fullmatch(sent) and len(sent) <= 12:
        ahead = int(sent) - books.store.number(books.company.id, f"number:{kind}")
        if ahead > 0:
            books.store.number(books.company.id, f"number:{kind}", add=ahead)
    doc["number"] = sent


def _taken(books: Books, kind: str, number: str) -> bool:
    """A deleted document's number is free again."""
    found = books.store.find(books.company.id, f"{kind}.number", number)
    holders = (books.store.get(books.company.id, kind, id) for _, id in found)
    return any(holder is not None and not holder.deleted for holder in holders)
