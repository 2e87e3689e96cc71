"""What invoices and quotes share: the contact, the currency, numbers, and how documents are shown."""

from __future__ import annotations

import re
from typing import Any

from ledgerport_xero_sandbox import company, contacts, lines
from ledgerport_xero_sandbox.envelopes import day, twin
from ledgerport_xero_sandbox.refusals import Refused, too_long
from ledgerport_xero_sandbox.state import Books

_PRINTABLE = re.compile(r"[ -~]*")


def contact_id(books: Books, sent: dict[str, Any], current: dict[str, Any] | None) -> str:
    """The ContactID of the contact that is sent, or the one the document has. Raises Refused.

    A document may keep a contact that has been archived since.
    """
    same = current is not None and sent.get("Contact") == current["Contact"]
    if current is None or ("Contact" in sent and not same):
        return str(contacts.resolve(books, sent.get("Contact", {}))["ContactID"])
    return str(current["Contact"]["ContactID"])


def currency(books: Books, sent: dict[str, Any], current: dict[str, Any] | None) -> str:
    """A currency the organisation is subscribed to. Raises Refused."""
    code = sent.get("CurrencyCode") or (current or {}).get("CurrencyCode") or books.company.currency
    if code not in {row["Code"] for row in company.currencies(books.company)}:
        raise Refused(f"Organisation is not subscribed to currency {code}")
    return str(code)


def number(books: Books, kind: str, sent: dict[str, Any], current: dict[str, Any] | None, prefix: str) -> str:
    """The number that is sent, the one the document has, or the next free one. Raises Refused when it is taken."""
    member = f"{kind}Number"
    wanted = sent.get(member, "").strip() or (current or {}).get(member)
    if wanted:
        if len(wanted) > 255:
            raise too_long(member, 255)
        if _PRINTABLE.fullmatch(wanted) is None:
            raise Refused(f"{member} must be printable ASCII characters only")  # UNSURE: wording
        if owner(books, kind, wanted, current) is not None:
            raise Refused(f"{kind} # must be unique.")
        return str(wanted)
    while True:
        wanted = f"{prefix}{books.store.number(books.company.id, f'number:{kind}', add=1):04d}"
        if owner(books, kind, wanted, current) is None:
            return wanted


def owner(books: Books, kind: str, wanted: str, current: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Another document with this number; voided and deleted ones count (switch `void_numbers_free`)."""
    for doc in books.find(kind, f"{kind}Number", wanted):
        same = doc[f"{kind}Number"].casefold() == wanted.casefold()
        free = books.switches["void_numbers_free"] and doc["Status"] in {"VOIDED", "DELETED"}
        if same and not free and (current is None or doc[f"{kind}ID"] != current[f"{kind}ID"]):
            return doc
    return None


def dated(member: str, value: str | None) -> dict[str, Any]:
    """A day and its readable twin; nothing when there is none."""
    return {f"{member}String": twin(value), member: day(value)} if value else {}


def show(books: Books, doc: dict[str, Any], contact: dict[str, Any], *, full: bool) -> dict[str, Any]:
    """A document as it is read: the contact in place, lines only in full records."""
    shown = {name: value for name, value in doc.items() if name[0] != "_"}
    shown["Contact"] = contact
    shown["LineItems"] = lines.shown_at(books, doc["LineItems"]) if full else []
    return shown
