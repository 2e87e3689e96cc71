"""Which call does what: the Accounting API's paths over reading and writing."""

from __future__ import annotations

from typing import Any

import orjson

from ledgerport_sandbox.calls import Call
from ledgerport_xero_sandbox import company, items, reading, where, writing
from ledgerport_xero_sandbox.refusals import ApiError, NotFound, Refused, invalid, not_implemented, unreadable
from ledgerport_xero_sandbox.state import Books
from ledgerport_xero_sandbox.writing import ENDPOINTS, Endpoint

open_books = company.open_books
_UNREADABLE = object()


def parsed(body: bytes) -> Any:
    """The JSON of a body, or a mark that there is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _UNREADABLE


def serve(books: Books, call: Call) -> dict[str, Any] | None:
    """The members of the answer, None for 204. Raises ApiError or NotFound."""
    name, *rest = call.parts
    endpoint = ENDPOINTS.get(name)
    if endpoint is None:
        return _settings(books, call, name, rest)
    if name == "Invoices" and len(rest) == 2:
        return _invoice_action(books, call, endpoint, *rest)
    if len(rest) > 1:
        raise not_implemented()
    key = rest[0] if rest else None
    if call.method == "GET":
        if key is not None:
            return {name: [reading.one(books, endpoint, key)]}
        return _listed(books, call, endpoint)
    if call.method == "DELETE" and name == "Items" and key is not None:
        _delete_item(books, call, endpoint, key)
        return None
    if call.method in {"PUT", "POST"} and (key is None or call.method == "POST"):
        return _write(books, call, endpoint, key)
    raise not_implemented()


def _listed(books: Books, call: Call, endpoint: Endpoint) -> dict[str, Any]:
    found = reading.listing(books, call, endpoint)
    if not found.rows and reading.modified_since(call) is not None and books.switches["not_modified_304"]:
        return {"NotModified": True}
    pages = {"pagination": found.pagination} if found.pagination is not None and endpoint.kind != "Quote" else {}
    return {**pages, endpoint.collection: found.rows}


def _write(books: Books, call: Call, endpoint: Endpoint, key: str | None) -> dict[str, Any]:
    data = call.details.get("data")
    if data is _UNREADABLE:
        raise unreadable("The request body is not valid JSON")  # UNSURE: wording
    path_id = None if key is None else str(reading.located(books, endpoint, key)[endpoint.id])
    default = "true" if books.switches["summarize_errors_default"] else "false"
    summarize = call.query.get("summarizeErrors", default).lower() != "false"
    answers = writing.write(books, call, endpoint, data, path_id, summarize=summarize)
    head = {"SummarizeErrors": summarize} if endpoint.kind == "Quote" else {}
    return {**head, endpoint.collection: writing.disordered(call, answers)}


def _delete_item(books: Books, call: Call, endpoint: Endpoint, key: str) -> None:
    doc = reading.located(books, endpoint, key)
    try:
        if writing.struck(call, 0, doc):
            raise Refused("Refused on request of the sandbox's control routes")
        items.delete(books, doc)
    except Refused as err:
        raise invalid([{**doc, "ValidationErrors": [{"Message": text} for text in err.messages]}]) from err


def _invoice_action(books: Books, call: Call, endpoint: Endpoint, key: str, action: str) -> dict[str, Any] | None:
    doc = reading.located(books, endpoint, key)
    approved = doc["Status"] in {"AUTHORISED", "PAID"}
    if action == "OnlineInvoice" and call.method == "GET":
        if not approved:
            raise NotFound
        return {"OnlineInvoices": [{"OnlineInvoiceUrl": f"https://in.xero.com/{doc['InvoiceID'].replace('-', '')}"}]}
    if action == "Email" and call.method == "POST":
        contact = books.peek("Contact", doc["Contact"]["ContactID"]) or {}
        if not approved or not contact.get("EmailAddress"):
            raise invalid([], "The invoice cannot be emailed")  # UNSURE: wording
        books.update("Invoice", {**doc, "SentToContact": True}, rekey=False)
        return None
    raise not_implemented()


def _settings(books: Books, call: Call, name: str, rest: list[str]) -> dict[str, Any]:
    if call.method != "GET":
        if name == "Currencies" and call.method == "PUT" and not rest:
            return _add_currency(books, call)
        raise not_implemented()
    if name == "Organisation" and not rest:
        return {"Organisations": [company.organisation(books.company)]}
    if name == "Organisation" and rest == ["Actions"]:
        return {"Actions": company.actions(books.company)}
    if name == "Currencies" and not rest:
        return {"Currencies": company.currencies(books.company)}
    if name == "TaxRates":
        return {"TaxRates": _tax_rates(books, call, rest[0] if rest else None)}
    raise not_implemented()


def _tax_rates(books: Books, call: Call, key: str | None) -> list[dict[str, Any]]:
    if key is not None:
        found = books.peek("TaxRate", key)
        if found is None:
            raise NotFound
        return [found]
    rates = [stored.parsed() for stored in books.store.scan(books.company.id, "TaxRate")]
    if text := call.query.get("where", "").strip():
        test = where.parse("TaxRate", text).test
        rates = [rate for rate in rates if test(rate)]
    wanted = call.query.get("TaxType")
    return [rate for rate in rates if not wanted or rate["TaxType"] == wanted]


def _add_currency(books: Books, call: Call) -> dict[str, Any]:
    data = call.details.get("data")
    code = data.get("Code") if isinstance(data, dict) else None
    if not isinstance(code, str) or code not in company.CURRENCIES:
        raise ApiError(14, "PostDataInvalidException", f"Error converting value {code!r} to type 'CurrencyCode'.")
    if books.company.plan != "PREMIUM":
        raise invalid([], "The organisation's plan does not include multi-currency")  # UNSURE: wording
    known = [row["Code"] for row in company.currencies(books.company)]
    books.company.currencies = ",".join(dict.fromkeys([*known, code]))
    return {"Currencies": company.currencies(books.company)}
