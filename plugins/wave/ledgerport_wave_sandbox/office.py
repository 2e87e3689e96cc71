"""What happens outside the API: businesses are opened, a person works in Wave's own windows, events go out."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

import orjson

from ledgerport_sandbox.switches import Switches
from ledgerport_wave_sandbox import catalogue, chart, ids, invoices
from ledgerport_wave_sandbox.state import COMPANY, OTHER_COMPANY, Books, Business, Desk
from ledgerport_wave_sandbox.wire import stamp

DEFAULTS = (
    Business(COMPANY, "Blue Heron Plumbing", phone="512-555-0142"),
    Business(OTHER_COMPANY, "Second Street Heating", phone="512-555-0177"),
)
#: The hub's words for kinds, and Wave's own.
KINDS = {
    "Customer": "customer",
    "Item": "product",
    "Product": "product",
    "Account": "account",
    "SalesTax": "salesTax",
    "Invoice": "invoice",
    "Estimate": "estimate",
    "Payment": "invoicePayment",
    "InvoicePayment": "invoicePayment",
}
_ACTIONS = {
    "edit": "Patch",
    "delete": "Delete",
    "archive": "Archive",
    "approve": "Approve",
    "mark_sent": "MarkSent",
}
#: Runs a mutation as a person with all rights: (name, input) -> its payload. Raises ValueError, KeyError.
Run = Callable[[str, dict[str, Any]], dict[str, Any]]


def business_from(data: dict[str, Any]) -> Business:
    """From `{"name", ...}` with any field of Business; `id` may be a uuid or an id, or is made. Raises ValueError."""
    known = {field.name for field in fields(Business)}
    if unknown := data.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    if not data.get("name"):
        raise ValueError("a business needs a name")
    return Business(**{**data, "id": company_id(str(data.get("id") or uuid.uuid4()))})


def company_id(given: str) -> str:
    """The id of a business from that id or from its uuid. Raises ValueError for neither."""
    if ids.owner(given) == given:
        return given
    try:
        return ids.business(str(uuid.UUID(given)))
    except ValueError as err:
        raise ValueError(f"{given!r} is neither the id nor the uuid of a business") from err


def open_books(books: Books) -> None:
    """The first day of a business."""
    with books.store.transaction():
        for name, subtype in chart.FRESH:
            catalogue.new_account(books, name, subtype, {})
        for name, short, rate in chart.TAXES:
            catalogue.new_tax(books, {"name": name, "abbreviation": short, "rate": Decimal(rate)})


def person(desk: Desk, run: Run, business: Business, data: dict[str, Any]) -> dict[str, Any]:
    """One action in the web app; `{"action", ...}`. Raises ValueError for nonsense, KeyError when a thing is absent.

    create {kind, data} - edit {kind, id, data} - rename {kind, id, name} - delete {kind, id} - archive / unarchive
    {kind, id} - approve / mark_sent / view {kind, id} - lapse_plan / renew_plan - settings {data: fields of Business}
    """
    action = data.get("action")
    if action in {"lapse_plan", "renew_plan"}:
        business.pro = action == "renew_plan"
        return asdict(business)
    if action == "settings":
        return _settings(business, data.get("data", {}))
    kind = KINDS.get(str(data.get("kind", "")))
    if kind is None:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    id, wish = str(data.get("id", "")), dict(data.get("data", {}))
    if action == "create":
        name = "invoicePaymentCreateManual" if kind == "invoicePayment" else f"{kind}Create"
        return run(name, wish if kind == "invoicePayment" else {"businessId": business.id, **wish})
    if action == "rename":
        return run(f"{kind}Patch", {"id": id, "name": data.get("name")})
    if action in {"unarchive", "view"}:
        return _by_hand(desk, str(action), kind, id)
    if action in _ACTIONS:
        named = f"{kind}Id" if kind in {"invoice", "estimate"} and action != "edit" else "id"
        if action == "mark_sent":
            wish.setdefault("sendMethod", "MARKED_SENT")
        return run(f"{kind}{_ACTIONS[str(action)]}", {named: id, **wish})
    raise ValueError(
        f"action is create, rename, unarchive, view, {', '.join(_ACTIONS)}, lapse_plan, renew_plan, settings"
    )


def _by_hand(desk: Desk, action: str, kind: str, id: str) -> dict[str, Any]:
    """What no mutation does."""
    with desk.store.transaction():
        if action == "view":
            made: dict[str, Any] = invoices.view(desk, {"invoiceId": id})["invoice"]
            return made
        word = kind[0].upper() + kind[1:]
        books, doc = desk.target(word, id)
        doc["isArchived"] = False
        return books.update(word, doc)


def _settings(business: Business, changes: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Business)} - {"id"}
    if unknown := changes.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    for name, value in changes.items():
        setattr(business, name, value)
    return asdict(business)


def pack(events: Sequence[dict[str, Any]], secret: str, now: float, switches: Switches) -> tuple[bytes, dict[str, str]]:
    """One delivery (section 10): raw ids, signed over time and body. The members' names are UNSURE."""
    (event,) = events
    # The id of a delivery stays the same when it is repeated.
    id = event.setdefault("uuid", str(uuid.uuid4()))
    owner, kind, number = ids.raw(event["id"])
    told = {
        "event_id": id,
        "event_type": event["event"],
        "created_at": stamp(event["at"]),
        "business_id": owner,
        f"{kind.lower()}_id": number,
    }
    if switches["webhook_members"] == "camel":
        told = {_camel(name): value for name, value in told.items()}
    body = orjson.dumps(told)
    moment, older = str(int(now)), switches["webhook_signature"] == "raw"
    signed = body if older else moment.encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    signature = digest if older else f"t={moment},v1={digest}"
    return body, {"content-type": "application/json", "x-wave-signature": signature}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
