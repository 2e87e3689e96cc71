"""What happens outside the API: organisations are opened, a bookkeeper works in Xero's own pages, events go out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from typing import Any

import orjson

from ledgerport_sandbox.webhooks import Handshake
from ledgerport_xero_sandbox import company, contacts, items, writing
from ledgerport_xero_sandbox import fields as wire
from ledgerport_xero_sandbox.refusals import ApiError, Refused
from ledgerport_xero_sandbox.state import COMPANY, ID, OTHER_COMPANY, Books, Company

DEFAULTS = (
    Company(COMPANY, "Blue Heron Plumbing", short_code="!bH8pQ"),
    Company(OTHER_COMPANY, "Second Street Heating", short_code="!s2Hvc"),
)
_WORDS = {"Customer": "Contact", "Estimate": "Quote"}


def company_from(data: dict[str, Any]) -> Company:
    """From `{"id"?, "name", ...}` with any field of Company; without an id one is made. Raises ValueError."""
    known = {field.name for field in fields(Company)}
    if unknown := data.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    if not data.get("name"):
        raise ValueError("an organisation needs a name")
    id = str(data.get("id") or uuid.uuid4())
    try:
        id = str(uuid.UUID(id))
    except ValueError as err:
        raise ValueError("the id of an organisation is a guid") from err
    return Company(**{**data, "id": id})


def person(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """One action in Xero's pages; `{"action", ...}`. Raises ValueError for nonsense or a refusal, KeyError when the
    record is not there.

    create {kind, data} - edit {kind, id, data} - rename {kind, id, name} - archive / restore {id} (contacts) -
    delete {kind, id} - void {id} (invoices) - merge {id, into} (contacts) - reconcile {id} (payments) -
    archive_account {code} - archive_tax {code} - close_books {until} - end_year {until} - settings {data} -
    offline / online. Kinds are Xero's or the hub's words.
    """
    action = str(data.get("action"))
    try:
        if action in {"close_books", "end_year"}:
            until = data.get("until")
            lock = None if until is None else date.fromisoformat(str(until)).isoformat()
            setattr(books.company, "period_lock" if action == "close_books" else "year_lock", lock)
            return asdict(books.company)
        if action in {"offline", "online"}:
            books.company.state = "OFFLINE" if action == "offline" else "ACTIVE"
            return asdict(books.company)
        if action == "settings":
            return _settings(books, data.get("data", {}))
        with books.store.transaction():
            return _record(books, action, data)
    except (Refused, ApiError) as err:
        raise ValueError(str(err)) from err


def _settings(books: Books, changes: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Company)} - {"id"}
    if unknown := changes.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    for name, value in changes.items():
        setattr(books.company, name, value)
    return asdict(books.company)


def _record(books: Books, action: str, data: dict[str, Any]) -> dict[str, Any]:
    books.dp = 4
    if action in {"archive_account", "archive_tax"}:
        return _archived(books, action, str(data.get("code", "")))
    implied = {
        "archive": "Contact",
        "restore": "Contact",
        "merge": "Contact",
        "void": "Invoice",
        "reconcile": "Payment",
    }
    kind = str(data.get("kind") or implied.get(action, ""))
    kind = _WORDS.get(kind, kind)
    endpoint = next((one for one in writing.ENDPOINTS.values() if one.kind == kind), None)
    if endpoint is None:
        raise ValueError(f"kind is one of {', '.join(sorted(ID))}, Customer, Estimate")
    if action == "create":
        return endpoint.save(books, wire.read(endpoint.members, data.get("data", {})), "PUT")[0]
    doc = books.get(kind, str(data.get("id", "")))
    if doc is None:
        raise KeyError(f"no {kind} {data.get('id')}")
    wishes: dict[str, dict[str, Any]] = {
        "edit": data.get("data", {}),
        "rename": {"Name": data.get("name")},
        "archive": {"ContactStatus": "ARCHIVED"},
        "void": {"Status": "VOIDED"},
        "delete": {"Status": "DELETED"},
    }
    if action == "merge":
        return _merge(books, doc, str(data.get("into", "")))
    if action == "reconcile":
        return books.update("Payment", {**doc, "IsReconciled": True}, rekey=False)
    if action == "delete" and kind == "Item":
        items.delete(books, doc)
        return doc
    if action == "restore":
        return contacts.change(books, {**doc, "ContactStatus": "ACTIVE"}, {})
    if action not in wishes or (kind == "Contact" and action == "delete"):
        raise ValueError(f"{action} {kind} is nothing a person can do; see the actions of this sandbox")
    sent = wire.read(endpoint.members, {**wishes[action], endpoint.id: doc[endpoint.id]})
    if kind == "Quote" and action == "edit":
        sent = {"Contact": doc["Contact"], "Date": doc["DateString"][:10], **sent}
    return endpoint.save(books, sent, "POST")[0]


def _archived(books: Books, action: str, code: str) -> dict[str, Any]:
    if action == "archive_account":
        account = books.first("Account", "Code", code)
        if account is None:
            raise KeyError(f"no account {code}")
        return books.update("Account", {**account, "Status": "ARCHIVED"})
    rate = books.peek("TaxRate", code)
    if rate is None:
        raise KeyError(f"no tax rate {code}")
    doc = {**rate, "Status": "ARCHIVED"}
    books.store.replace(books.company.id, "TaxRate", code, doc, updated=company.CREATED)
    return doc


def _merge(books: Books, loser: dict[str, Any], into: str) -> dict[str, Any]:
    """The loser is archived and names the winner; its documents go to the winner."""
    if books.peek("Contact", into) is None:
        raise KeyError(f"no Contact {into}")
    for kind in ("Invoice", "Quote"):
        for _, id in books.store.find(books.company.id, f"{kind}.Contact.ContactID", loser["ContactID"]):
            doc = books.get(kind, id)
            assert doc is not None
            books.update(kind, {**doc, "Contact": {"ContactID": into}})
            for _, paid in (
                books.store.find(books.company.id, "Payment.Invoice.InvoiceID", id) if kind == "Invoice" else ()
            ):
                payment = books.get("Payment", paid)
                assert payment is not None
                books.update("Payment", {**payment, "_contact": into}, rekey=False)
    return books.update("Contact", {**loser, "ContactStatus": "ARCHIVED", "MergedToContactID": into})


# -- webhooks (section 7) ------------------------------------------------------------------------------------


def pack(events: Sequence[dict[str, Any]], secret: str, first: int) -> tuple[bytes, dict[str, str]]:
    """One delivery; `first` is the sequence number of its first event. Signed over the raw bytes."""
    rows = []
    for event in events:
        resource = f"https://api.xero.com/api.xro/2.0/{event['category'].title()}s/{event['id']}"
        at = datetime.fromtimestamp(event["at"], UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        rows.append(
            {
                "resourceUrl": resource,
                "resourceId": event["id"],
                "eventDateUtc": at,
                "eventType": event["event"],
                "eventCategory": event["category"],
                "tenantId": event["company"],
                "tenantType": "ORGANISATION",
            }
        )
    return _signed({"events": rows, "lastEventSequence": first + len(rows) - 1, "firstEventSequence": first}, secret)


def handshakes(secret: str) -> list[Handshake]:
    """The intent to receive: empty deliveries, some signed wrongly on purpose, in no order to rely on."""
    found = []
    for key, expected in ((secret, 200), (f"{secret}-wrong", 401), (secrets.token_hex(8), 401), (secret, 200)):
        body, headers = _signed({"events": [], "lastEventSequence": 0, "firstEventSequence": 0}, key)
        found.append(Handshake(body, headers, expected))
    return found


def _signed(body: dict[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    body = {**body, "entropy": secrets.token_urlsafe(15).upper()}
    # Xero puts a space after some colons, so JSON that is written again does not match the signature.
    raw = orjson.dumps(body).replace(b'"events":', b'"events": ').replace(b'"entropy":', b'"entropy": ')
    signature = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    return raw, {"content-type": "application/json; charset=utf-8", "x-xero-signature": signature}
