"""What happens outside the API: businesses are opened, a bookkeeper changes things in the FreshBooks window."""

from __future__ import annotations

import uuid
from dataclasses import asdict, fields
from typing import Any

from ledgerport_freshbooks_sandbox import rules
from ledgerport_freshbooks_sandbox.items import create_tax
from ledgerport_freshbooks_sandbox.refusals import Refused
from ledgerport_freshbooks_sandbox.resources import KINDS, Resource
from ledgerport_freshbooks_sandbox.state import COMPANY, OTHER_COMPANY, Books, Company

DEFAULTS = (
    Company(COMPANY, "Blue Heron Plumbing", 439000, "0b9a5f0e-6a1c-4f0e-9d5b-3c1f6b0d0001"),
    Company(OTHER_COMPANY, "Second Street Heating", 439001, "0b9a5f0e-6a1c-4f0e-9d5b-3c1f6b0d0002"),
)
#: (name, percent, number); taxid 7840 is the first.
TAXES = (("Texas Sales Tax", "8.25", "32-0123456"), ("City Surcharge", "1", None))
_FIRST_BUSINESS = 439100
_ACTIONS = (
    "create, edit, rename, delete, void, archive, deactivate, restore, reactivate, view, dispute, lock_period, "
    "close_books, cancel_plan, renew_plan, settings or invite"
)
_VISIBLE = {"delete": 1, "void": 1, "archive": 2, "deactivate": 2, "restore": 0, "reactivate": 0}


def company_from(data: dict[str, Any], taken: int) -> Company:
    """From `{"id", "name"}` with any field of Company; `taken`: how many there are. Raises ValueError."""
    known = {field.name for field in fields(Company)}
    if unknown := data.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    if not str(data.get("id", "")).isalnum() or not data.get("name"):
        raise ValueError("a company needs an id of letters and digits and a name")
    made = {"business_id": _FIRST_BUSINESS + taken, "business_uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, data["id"]))}
    return Company(**{**made, **data})


def open_books(books: Books) -> None:
    """The first day of a business: its taxes; no clients and no items."""
    for name, percent, number in TAXES:
        create_tax(books, {"name": name, "amount": percent, "number": number})


def person(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """One action in the UI; `{"action", ...}`. Raises ValueError for nonsense, KeyError when the object is not there.

    create {kind, data} - edit {kind, id, data} - rename {kind, id, name} - delete or void / archive or deactivate /
    restore or reactivate {kind, id} - view / dispute {id} of an invoice, as its client does - lock_period or
    close_books {until: YYYY-MM-DD or null} - cancel_plan / renew_plan - settings {data: fields of Company}
    """
    action = str(data.get("action"))
    try:
        if action in {"lock_period", "close_books"}:
            until = data.get("until")
            books.company.locked_until = None if until is None else rules.day(until, "until", "company")
            return asdict(books.company)
        if action in {"cancel_plan", "renew_plan"}:
            books.company.plan = "cancelled" if action == "cancel_plan" else "active"
            return asdict(books.company)
        if action == "settings":
            return _settings(books, data.get("data", {}))
        return _change(books, action, data)
    except Refused as refused:
        raise ValueError(str(refused)) from refused


def _settings(books: Books, changes: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Company)} - {"id"}
    if unknown := changes.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    for name, value in changes.items():
        setattr(books.company, name, value)
    return asdict(books.company)


def _change(books: Books, action: str, data: dict[str, Any]) -> dict[str, Any]:
    kind = "Invoice" if action in {"view", "dispute"} else str(data.get("kind", ""))
    resource = KINDS.get(kind)
    if resource is None:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    if action == "create":
        doc = resource.create(books, data.get("data", {}))
    else:
        found = books.get(kind, str(data.get("id", "")))
        if found is None:
            raise KeyError(f"no {kind} {data.get('id')}")
        doc = _changed(books, resource, found, action, data)
    return resource.show(books, doc, frozenset({"lines"}))


def _changed(
    books: Books, resource: Resource, doc: dict[str, Any], action: str, data: dict[str, Any]
) -> dict[str, Any]:
    if action == "edit":
        return resource.update(books, doc, data.get("data", {}))
    if action == "rename":
        named = {"Customer": "organization", "Invoice": "invoice_number", "Estimate": "estimate_number"}
        return resource.update(books, doc, {named.get(resource.kind, "name"): data.get("name")})
    if action in _VISIBLE:
        return resource.update(books, doc, {"vis_state": _VISIBLE[action]})
    if action in {"view", "dispute"}:
        return resource.update(books, doc, {"status": 3 if action == "view" else 0})
    raise ValueError(f"action is {_ACTIONS}")
