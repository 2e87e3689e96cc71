"""Billable services of the comments family and their accounting twins, tasks (section 5): a service makes a task and
the other way round.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import rules
from ledgerport_freshbooks_sandbox.refusals import Refused, missing, unknown
from ledgerport_freshbooks_sandbox.state import Books

_NOT_FOUND = "Requested resource could not be found."


def answer(books: Books, method: str, parts: tuple[str, ...], data: dict[str, Any], query: dict[str, str]) -> Any:
    """What stands in the answer to `/comments/business/{id}/<parts>`. Raises Refused."""
    if parts == ("services",) and method == "GET":
        return _listed(books, query)
    if parts == ("service",) and method == "POST":
        name = rules.text((data.get("service") or {}).get("name"), "name", "service")
        if not name:
            raise Refused(2001, "This field is required.", "name", "service")
        return {"service": _service(books, _create(books, name, Decimal(0)))}
    if len(parts) >= 2 and parts[0] == "service":
        doc = books.get("Service", parts[1])
        if doc is None:
            raise Refused(404, _NOT_FOUND, status=404)
        if parts[2:] == () and method == "GET":
            return {"service": _service(books, doc)}
        if parts[2:] == ("rate",):
            return _rate(books, doc, method, data)
    raise Refused(404, _NOT_FOUND, status=404)


def _listed(books: Books, query: dict[str, str]) -> dict[str, Any]:
    """Flat, with `meta`; bare query names. Unknown ones are ignored."""
    page = int(query["page"]) if query.get("page", "").isdigit() else 1
    size = min(int(query["per_page"]), 100) if query.get("per_page", "").isdigit() else 50
    size = max(size, 1)
    total = books.store.count(books.company.id, "Service")
    start = max(page - 1, 0) * size
    found = books.store.scan(books.company.id, "Service", limit=size, offset=start)
    shown = [_service(books, stored.parsed()) for stored in found]
    meta = {"sort": [], "total": total, "per_page": size, "page": page, "pages": -(-total // size)}
    return {"services": shown, "meta": meta}


def _create(books: Books, name: str, rate: Decimal) -> dict[str, Any]:
    doc = {"name": name, "billable": True, "rate": f"{rate:.2f}", "description": "", "tax1": 0, "tax2": 0}
    return books.insert("Service", doc)


def _service(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    shown = {name: doc[name] for name in ("id", "name", "billable", "vis_state")}
    return {"business_id": books.company.business_id, **shown}


def _rate(books: Books, doc: dict[str, Any], method: str, data: dict[str, Any]) -> dict[str, Any]:
    if method in {"POST", "PUT"}:
        sent = (data.get("service_rate") or {}).get("rate")
        doc["rate"] = f"{rules.number(sent, 'rate', 'service_rate'):.2f}"
        books.update("Service", doc)
    shown = {"business_id": books.company.business_id, "service_id": doc["id"], "rate": doc["rate"]}
    return {"service_rate": shown}


def create_task(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """A task, and with it a service. Raises Refused."""
    if not data.get("name"):
        raise missing("name", "task")
    rate = Decimal(0)
    if data.get("rate") is not None:
        rate = rules.money(data["rate"], "rate", "task", books.company.currency)
    return update_task(books, _create(books, str(data["name"]), rate), data)


def update_task(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Change the given keys. Raises Refused."""
    for name in ("name", "description"):
        if name in data:
            doc[name] = rules.text(data[name], name, "task", 255 if name == "name" else None)
    for name in ("tax1", "tax2"):
        if data.get(name):
            doc[name] = rules.whole(data[name], name, "task")
            if books.peek("Tax", doc[name]) is None:
                raise unknown(name, "tax", doc[name], int(books.switches["unknown_reference_status"]))
    if "billable" in data:
        doc["billable"] = rules.truth(data["billable"], "billable", "task")
    if "vis_state" in data:
        doc["vis_state"] = rules.visibility(data["vis_state"], "task")
    return books.update("Service", doc, quiet=True)


def show_task(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object."""
    written = {name: value for name, value in doc.items() if name[0] != "_" and name != "rate"}
    names = {"taskid": doc["id"], "tname": doc["name"], "tdesc": doc["description"]}
    return {**written, **names, "rate": {"amount": doc["rate"], "code": books.company.currency}}
