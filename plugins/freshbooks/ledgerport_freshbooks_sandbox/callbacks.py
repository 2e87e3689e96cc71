"""Webhook callbacks (section 12): registering, the handshake with its verifier, and what goes out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from ledgerport_freshbooks_sandbox.moments import iso
from ledgerport_freshbooks_sandbox.refusals import Refused
from ledgerport_freshbooks_sandbox.state import IDENTITY, Books, Company

_VERBS = ("create", "update", "delete")
_NOUNS = (
    *("bill", "bill_vendor", "category", "client", "credit_note", "estimate", "expense", "invoice", "item", "payment"),
    *("project", "recurring", "service", "tax", "time_entry"),
)
_HELD = frozenset({"client", "credit_note", "estimate", "invoice", "item", "payment", "tax"})
EVENTS = frozenset(
    [*_NOUNS, *(f"{noun}.{verb}" for noun in _NOUNS for verb in _VERBS), "estimate.sendByEmail", "invoice.sendByEmail"]
)
VERIFY = "callback.verify"
#: The scope an event needs, where it is not the noun's plural.
_SCOPES = {"item": "billable_items", "tax": "taxes"}
_EVENT = re.compile(rb'"event"\s*:\s*"([a-z_]+)')


def create(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """Register one address for one event; its verifier goes out by itself. Raises Refused 422."""
    event, uri = data.get("event"), data.get("uri")
    if event not in EVENTS:
        raise Refused(422, "Value error, Unrecognized event.", "event", "callback", event)
    if not isinstance(uri, str) or not _reachable(uri):
        raise Refused(422, "Value error, Invalid uri.", "uri", "callback", uri)
    doc = {"event": event, "uri": uri, "verified": False, "_verifier": secrets.token_urlsafe(24)}
    doc["updated_at"] = iso(books.clock.now())
    return books.insert("Callback", doc, quiet=True)


def scope_of(body: bytes) -> str | None:
    """The scope without which an event cannot be subscribed (documented, not seen)."""
    found = _EVENT.search(body)
    noun = found[1].decode() if found else ""
    return f"user:{_SCOPES.get(noun, noun + 's')}:read" if noun in _HELD else None


def _reachable(uri: str) -> bool:
    """https, or plain http on this machine, which the real one would refuse."""
    parts = urlsplit(uri)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"})


def verify(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """`{"verifier"}` proves that the address is the app's; another value is refused 422 (UNSURE: wording)."""
    if "verifier" in data:
        if not hmac.compare_digest(str(data["verifier"]).encode(), doc["_verifier"].encode()):
            raise Refused(422, "Value error, Invalid verifier.", "verifier", "callback")
        doc["verified"] = True
    if "event" in data and data["event"] not in EVENTS:
        raise Refused(422, "Value error, Unrecognized event.", "event", "callback", data["event"])
    doc["event"] = data.get("event", doc["event"])
    doc["updated_at"] = iso(books.clock.now())
    return books.update("Callback", doc, quiet=True)


def show(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object; the verifier is never in it."""
    shown = {name: doc[name] for name in ("event", "uri", "verified", "updated_at")}
    return {"callbackid": doc["id"], **shown}


def verification(company: Company, doc: dict[str, Any]) -> bytes:
    """The form that carries the verifier (UNSURE: the value of `name`)."""
    return urlencode({**_fields(company, VERIFY, str(doc["id"])), "verifier": doc["_verifier"]}).encode()


def delivery(company: Company, event: str, id: str, verifier: str) -> tuple[bytes, dict[str, str]]:
    """The form of one event and its headers."""
    fields = _fields(company, event, id)
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-freshbooks-hmac-sha256": signature(fields, verifier),
    }
    return urlencode(fields).encode(), headers


def _fields(company: Company, name: str, id: str) -> dict[str, str]:
    return {
        "name": name,
        "object_id": id,
        "account_id": company.id,
        "business_id": str(company.business_id),
        "identity_id": str(IDENTITY),
        "user_id": "1",
    }


def signature(fields: Mapping[str, str], verifier: str) -> str:
    """Over the form fields as Python's own json writes them, with a blank after colon and comma; not over the body."""
    message = json.dumps(dict(fields)).encode()
    return base64.b64encode(hmac.new(verifier.encode(), message, hashlib.sha256).digest()).decode()


def wants(doc: Mapping[str, Any], event: str) -> bool:
    """A bare noun stands for all of its verbs."""
    return bool(doc["event"] in {event, event.partition(".")[0]})
