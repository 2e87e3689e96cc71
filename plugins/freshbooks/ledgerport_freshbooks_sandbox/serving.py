"""The families of addresses behind the login: one function each, from a call to its answer. All raise Refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from ledgerport_freshbooks_sandbox import accounts, callbacks, lists, routing, services
from ledgerport_freshbooks_sandbox.refusals import Injected, Refused, denied, gone, missing, unknown
from ledgerport_freshbooks_sandbox.resources import Resource
from ledgerport_freshbooks_sandbox.state import Books
from ledgerport_sandbox import Call, Reply

_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
#: Members by which a fault names a record.
_NAMED = ("organization", "fname", "lname", "name", "invoice_number", "estimate_number", "note", "email")


def nowhere() -> Refused:
    """An address that means nothing: a 404 that says little (live)."""
    return Refused(404, "Not Found", status=404)


def accounting(books: Books, call: Call) -> Reply:
    """`/accounting/account/{account_id}/...`."""
    resource = routing.resource_of(call)
    if resource is None:
        if call.parts[:1] and call.parts[0] in routing.LISTS and call.method == "GET" and len(call.parts) == 1:
            return _bare_list(books, call.parts[0], call)
        raise nowhere()
    if resource.kind == "Item" and not (books.switches["items_module"] and books.company.items_module):
        # Seen live: an error with HTTP 200.
        raise Refused(12001, "You do not have access to items.", status=200)
    if len(call.parts) == 1:
        return _collection(books, resource, call)
    return _record(books, resource, call)


def _bare_list(books: Books, path: str, call: Call) -> Reply:
    if path == "systems/gateways":
        empty = {"gateways": [], "page": 1, "pages": 0, "per_page": 15, "total": 0}
        return _result(empty)
    # No filter works and there are no pages (live).
    return _result({"journal_entry_accounts": accounts.journal_entry_accounts(books.company)})


def _collection(books: Books, resource: Resource, call: Call) -> Reply:
    if call.method == "GET":
        wish = lists.read(books, resource.kind, call.pairs)
        return _result(lists.listing(books, resource.kind, resource.many, wish, resource.show))
    if call.method == "POST":
        data = _wrapped(call, resource.one)
        _struck(call, data)
        doc = resource.create(books, data)
        return _result({resource.one: resource.show(books, doc, lists.includes(call.pairs))})
    raise Refused(405, "Method Not Allowed", status=405)


def _record(books: Books, resource: Resource, call: Call) -> Reply:
    id, extra = call.parts[1], call.parts[2:]
    doc = books.get(resource.kind, id) if id.isdigit() else None
    hidden = doc is not None and doc["vis_state"] == 1 and books.switches["read_deleted"] == "refuse"
    if doc is None or (call.method == "GET" and hidden):
        raise unknown(resource.id_name, resource.one, id)
    if extra:
        return _about(resource, doc, call, extra[0])
    if call.method == "GET":
        if books.company.role == "client":
            raise denied()
        return _result({resource.one: resource.show(books, doc, lists.includes(call.pairs))})
    if call.method == "DELETE" and resource.remove is not None:
        if doc["vis_state"] == 1:
            raise unknown(resource.id_name, resource.one, id)
        _struck(call, doc)
        resource.remove(books, doc)
        return Reply.json({"response": {}})
    if call.method != "PUT":
        raise Refused(405, "Method Not Allowed", status=405)
    data = _wrapped(call, resource.one)
    _struck(call, data)
    if doc["vis_state"] == 1 and "vis_state" not in data and books.switches["write_deleted"] == "refuse":
        raise gone(resource.id_name, resource.one, id)
    doc = resource.update(books, doc, data)
    return _result({resource.one: resource.show(books, doc, lists.includes(call.pairs))})


def _about(resource: Resource, doc: dict[str, Any], call: Call, extra: str) -> Reply:
    """What an invoice offers below its own address: a link for the client, a PDF (path UNSURE)."""
    if resource.kind != "Invoice" or call.method != "GET":
        raise nowhere()
    if extra == "pdf":
        return Reply(200, _PDF, [("content-type", "application/pdf")])
    if extra != "share_link":
        raise nowhere()
    link = f"{call.origin}/view/{doc['uuid'].replace('-', '')[:24]}"
    shared = {"clientid": doc["customerid"], "resourceid": doc["id"], "resource_type": "invoice"}
    return _result({"share_link": {**shared, "share_link": link, "share_method": "share_link"}})


def _result(result: dict[str, Any]) -> Reply:
    return Reply.json({"response": {"result": result}})


def _parsed(call: Call) -> dict[str, Any]:
    """The JSON object of a body. Raises Refused 1005."""
    try:
        sent = orjson.loads(call.body)
    except orjson.JSONDecodeError as err:
        raise Refused(1005, "The request body could not be parsed.", status=400) from err
    if not isinstance(sent, dict):
        raise Refused(1005, "The request body must be an object.", status=400)
    return sent


def _wrapped(call: Call, one: str) -> dict[str, Any]:
    data = _parsed(call).get(one)
    if not isinstance(data, dict):
        raise missing(one, one)
    return data


def _struck(call: Call, data: dict[str, Any]) -> None:
    """The fault `refuse_item` on a single record. Raises Injected."""
    fault = call.fault
    if fault is None or fault.name != "refuse_item":
        return
    record = fault.arguments.get("record")
    if record is not None:
        if str(record) not in {str(data[name]) for name in _NAMED if name in data}:
            return
    elif fault.arguments.get("index", 0) != 0:
        return
    code = str(fault.arguments.get("code", "1004"))
    message = str(fault.arguments.get("message") or fault.arguments.get("detail") or "The record was refused.")
    raise Injected(int(code) if code.isdigit() else 1004, message, "", call.entities[0].lower())


# -- the other families ------------------------------------------------------------------------------------------------


def events(books: Books, call: Call, send_verifier: Callable[[dict[str, Any]], None]) -> Reply:
    """`/events/account/{account_id}/events/callbacks`."""
    show = callbacks.show
    if not call.parts:
        if call.method == "GET":
            wish = lists.read(books, "Callback", call.pairs)
            return _result(lists.listing(books, "Callback", "callbacks", wish, show))
        if call.method != "POST":
            raise Refused(405, "Method Not Allowed", status=405)
        doc = callbacks.create(books, _wrapped(call, "callback"))
        send_verifier(doc)
        return _result({"callback": show(books, doc, frozenset())})
    found = books.get("Callback", call.parts[0])
    if found is None or found["vis_state"] == 1:
        raise Refused(404, "Requested resource could not be found.", status=404)
    if call.method == "DELETE":
        found["vis_state"] = 1
        books.update("Callback", found, quiet=True)
        return Reply(204)
    if call.method == "PUT":
        data = _wrapped(call, "callback")
        if data.get("resend"):
            send_verifier(found)
        else:
            callbacks.verify(books, found, data)
    elif call.method != "GET":
        raise Refused(405, "Method Not Allowed", status=405)
    return _result({"callback": show(books, found, frozenset())})


def ledger(books: Books, call: Call) -> Reply:
    """`/accounting/businesses/{uuid}/ledger_accounts/accounts`, read only here."""
    if call.method != "GET":
        raise Refused(405, "Method Not Allowed", status=405)
    if call.parts:
        return Reply.json({"data": accounts.ledger_account(books.company, call.parts[0])})
    return Reply.json({"data": accounts.ledger_accounts(books.company)})


def business(books: Books, call: Call) -> Reply:
    """The comments family; projects and time are not kept."""
    if call.parts[0] != "comments":
        raise nowhere()
    data = _parsed(call) if call.method in {"POST", "PUT"} else {}
    return Reply.json(services.answer(books, call.method, call.parts[1:], data, call.query))
