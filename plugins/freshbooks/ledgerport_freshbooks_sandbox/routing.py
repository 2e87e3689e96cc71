"""What a request means, from its address and method alone (section 3): family, company, kind, operation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ledgerport_freshbooks_sandbox.resources import RESOURCES, Resource
from ledgerport_freshbooks_sandbox.state import Company
from ledgerport_sandbox import Call

ME = "/auth/api/v1/users/me"
LEDGER_TYPES = "/accounting/ledger_accounts/types"
#: Collections of the accounting family that are lists only.
LISTS = frozenset({"journal_entry_accounts/journal_entry_accounts", "systems/gateways"})
_ACCOUNT = re.compile(r"/accounting/account/([^/]+)/([a-z_]+/[a-z_]+)(?:/([^/]+))?(?:/([a-z_]+))?/?")
_LEDGER = re.compile(r"/accounting/businesses/([^/]+)/ledger_accounts/accounts(?:/([^/]+))?/?")
_EVENTS = re.compile(r"/events/account/([^/]+)/events/callbacks(?:/([^/]+))?/?")
_BUSINESS = re.compile(r"/(comments|projects|timetracking)/business/([^/]+)/(.+?)/?")
_DELETED = re.compile(rb'"vis_state"\s*:\s*1\b')
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}
_INVOICE_ID = re.compile(rb'"invoiceid"\s*:\s*"?(\d+)')


def describe(call: Call, companies: Mapping[str, Company]) -> None:
    """Fill in the call. `details["family"]` is "" for the login pages, `details["resource"]` an accounting kind."""
    call.route = call.path
    call.details["family"] = family = _family(call.path)
    if family == "accounting":
        _accounting(call)
    elif family == "events" and (found := _EVENTS.fullmatch(call.path)):
        call.company, id = found.groups()
        call.parts = (id,) if id else ()
        call.route = "/events/account/{account}/events/callbacks" + ("/{id}" if id else "")
        call.operation = _operation(call, id)
    elif family == "ledger" and (found := _LEDGER.fullmatch(call.path)):
        call.company = _of_uuid(companies, found[1])
        call.parts = (found[2],) if found[2] else ()
        call.route = "/accounting/businesses/{uuid}/ledger_accounts/accounts" + ("/{id}" if found[2] else "")
        call.operation = "read" if found[2] else "query"
    elif family == "business" and (found := _BUSINESS.fullmatch(call.path)):
        call.company = _of_business(companies, found[2])
        call.parts = (found[1], *found[3].split("/"))
        call.route = f"/{found[1]}/business/{{business}}/" + "/".join(
            "{id}" if part.isdigit() else part for part in call.parts[1:]
        )
        call.operation = _operation(call, None)


def _family(path: str) -> str:
    for start, family in (
        ("/accounting/businesses/", "ledger"),
        (LEDGER_TYPES, "ledger"),
        ("/accounting/", "accounting"),
        ("/events/", "events"),
        ("/comments/", "business"),
        ("/projects/", "business"),
        ("/timetracking/", "business"),
        (ME, "auth"),
    ):
        if path.startswith(start):
            return family
    return ""


def _accounting(call: Call) -> None:
    found = _ACCOUNT.fullmatch(call.path)
    if found is None:
        return
    call.company, path, id, extra = found.groups()
    call.parts = tuple(part for part in (path, id, extra) if part)
    call.route = f"/accounting/account/{{account}}/{path}" + ("/{id}" if id else "") + (f"/{extra}" if extra else "")
    resource = RESOURCES.get(path)
    call.details["resource"] = resource
    if resource is not None:
        call.entities = (resource.kind,)
    call.operation = _operation(call, id)


def _operation(call: Call, id: str | None) -> str:
    if call.method == "GET":
        return "read" if id else "query"
    if call.method == "PUT" and _DELETED.search(call.body):
        return "delete"
    return _VERBS.get(call.method, "")


def resource_of(call: Call) -> Resource | None:
    """The kind of document an accounting request is about."""
    resource: Resource | None = call.details.get("resource")
    return resource


def written(call: Call) -> tuple[Any, ...] | None:
    """What a write must not share with another one that runs: the record, or the invoice a payment is for."""
    if call.details["family"] != "accounting" or call.method not in {"POST", "PUT", "DELETE"}:
        return None
    resource = resource_of(call)
    if resource is None:
        return None
    if len(call.parts) > 1:
        return call.company, resource.kind, call.parts[1]
    found = _INVOICE_ID.search(call.body) if resource.kind == "Payment" else None
    return (call.company, "Invoice", found[1].decode()) if found else None


def _of_uuid(companies: Mapping[str, Company], wanted: str) -> str:
    return next((company.id for company in companies.values() if company.business_uuid == wanted), "")


def _of_business(companies: Mapping[str, Company], wanted: str) -> str:
    return next((company.id for company in companies.values() if str(company.business_id) == wanted), "")
