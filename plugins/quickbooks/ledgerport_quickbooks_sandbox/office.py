"""What happens outside the API: companies are opened, a person changes things in the QuickBooks window, events go
out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import orjson

from ledgerport_quickbooks_sandbox import company, rules
from ledgerport_quickbooks_sandbox.refusals import Refused
from ledgerport_quickbooks_sandbox.state import COMPANY, NAMES, OTHER_COMPANY, TRANSACTIONS, Books, Company
from ledgerport_quickbooks_sandbox.writing import write

DEFAULTS = (
    Company(COMPANY, "Blue Plumbing LLC", email="office@blueplumbing.example"),
    Company(OTHER_COMPANY, "Acme Inc", email="books@acme.example"),
)
_LOCALES = {
    "us_ast": {"country": "US", "currency": "USD", "tax": "ast"},
    "us": {"country": "US", "currency": "USD", "tax": "off"},
    "uk": {"country": "GB", "currency": "GBP", "tax": "codes"},
    "ca": {"country": "CA", "currency": "CAD", "tax": "codes"},
}
_PAST = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Merge": "merged",
    "Void": "voided",
    "Emailed": "emailed",
}


def company_from(data: dict[str, Any]) -> Company:
    """From `{"id", "name", "locale": us_ast|us|uk|ca, ...}` with any field of Company. Raises ValueError."""
    wish = dict(data)
    locale = wish.pop("locale", "us_ast")
    if locale not in _LOCALES:
        raise ValueError(f"locale is one of {', '.join(_LOCALES)}")
    known = {field.name for field in fields(Company)}
    if unknown := wish.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: locale, {', '.join(sorted(known))}")
    if not str(wish.get("id", "")).isdigit() or not wish.get("name"):
        raise ValueError("a company needs an id of digits and a name")
    return Company(**{**_LOCALES[locale], **wish})


def open_books(books: Books) -> None:
    """The first day of a company."""
    with books.store.transaction():
        company.open_lists(books)


def person(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """One action in the UI; `{"action", ...}`. Raises ValueError for nonsense, KeyError when the object is not there.

    create {kind, data} - rename {kind, id, name} - deactivate / reactivate {kind, id} - delete / void {kind, id}
    (transactions) - edit {kind, id, data} - close_books {until: YYYY-MM-DD or null} - settings {changes of Company}
    """
    action = data.get("action")
    try:
        if action == "close_books":
            until = data.get("until")
            books.company.closed_until = None if until is None else rules.day(until, "until")
            return asdict(books.company)
        if action == "settings":
            return _settings(books, data.get("data", {}))
        return _change(books, str(action), str(data.get("kind", "")), data)
    except Refused as refused:
        raise ValueError(str(refused)) from refused


def _settings(books: Books, changes: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Company)} - {"id"}
    if unknown := changes.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    for name, value in changes.items():
        setattr(books.company, name, value)
    return asdict(books.company)


def _change(books: Books, action: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    with books.store.transaction():
        if action == "create":
            return write(books, kind, data.get("data", {}), "create")
        doc = books.get(kind, str(data.get("id", "")))
        if doc is None:
            raise KeyError(f"no {kind} {data.get('id')}")
        base = {"Id": doc["Id"], "SyncToken": doc["SyncToken"], "sparse": True}
        if action == "edit":
            return write(books, kind, {**base, **data.get("data", {})}, "update")
        if action == "rename":
            named = "DisplayName" if kind in NAMES else "Name"
            return write(books, kind, {**base, named: data.get("name")}, "update")
        if action in {"deactivate", "reactivate"}:
            return write(books, kind, {**base, "Active": action == "reactivate"}, "update")
        if action in {"delete", "void"} and kind in TRANSACTIONS:
            return write(books, kind, base, action)
    raise ValueError("action is create, edit, rename, deactivate, reactivate, delete, void, close_books or settings")


def pack(events: Sequence[dict[str, Any]], secret: str, style: str) -> tuple[bytes, dict[str, str]]:
    """One delivery (section 8): CloudEvents batch over any companies, or the legacy body; signed over the raw bytes."""
    legacy = style == "legacy"
    body = orjson.dumps(_legacy(events) if legacy else [_cloud(event) for event in events])
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "content-type": "application/json" if legacy else "application/cloudevents-batch+json; charset=utf-8",
        "intuit-signature": signature,
        "intuit-signature-algorithm": "HMAC-SHA256",
        "intuit-signature-id": str(uuid.uuid4()),
        "intuit-notification-schema-version": "1.0" if legacy else "2.0",
        "intuit-t-id": str(uuid.uuid4()),
        "intuit-created-time": datetime.now(UTC).isoformat(timespec="seconds"),
        "user-agent": "intuit_notification_server/1.0",
    }
    return body, headers


def _cloud(event: dict[str, Any]) -> dict[str, Any]:
    # The id is the de-duplication key, so it must be the same whenever this event is sent again.
    id = event.setdefault("uuid", str(uuid.uuid4()))
    moment = datetime.fromtimestamp(event["at"], UTC)
    return {
        "specversion": "1.0",
        "id": id,
        "source": "intuit.c2FuZGJveA==",
        "type": f"qbo.{event['kind'].lower()}.{event['event']}.v1",
        "datacontenttype": "application/json",
        "time": moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
        "intuitentityid": event["id"],
        "intuitaccountid": event["company"],
        "data": {},
    }


def _legacy(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    realms: dict[str, list[dict[str, str]]] = {}
    names = {past: name for name, past in _PAST.items()}
    for event in events:
        moment = datetime.fromtimestamp(event["at"], UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        row = {"name": event["kind"], "id": event["id"], "operation": names[event["event"]], "lastUpdated": moment}
        realms.setdefault(event["company"], []).append(row)
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": rows}} for realm, rows in realms.items()
        ]
    }
