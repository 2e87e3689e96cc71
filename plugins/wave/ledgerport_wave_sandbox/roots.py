"""The fields at the root: who may ask them, and one function for each mutation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledgerport_sandbox.calls import Call
from ledgerport_wave_sandbox import (
    catalogue,
    chart,
    estimates,
    ids,
    invoices,
    lists,
    payments,
    people,
    transactions,
)
from ledgerport_wave_sandbox.refusals import Refused, Trouble, not_found, unauthenticated
from ledgerport_wave_sandbox.state import Business, Desk
from ledgerport_wave_sandbox.wire import COUNTRIES, CURRENCIES, country, currency, stamp

Root = Callable[[Any, Desk, dict[str, Any]], Any]
Change = Callable[[Desk, dict[str, Any]], dict[str, Any]]


def _guarded(root: Root) -> Root:
    """Nothing at the root is answered without a token that works."""

    def resolve(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
        if desk.trouble:
            raise unauthenticated(desk.trouble)
        if desk.denied:
            raise Trouble("INTERNAL_SERVER_ERROR", "You do not have access to this.")
        return root(source, desk, args)

    return resolve


# -- queries -------------------------------------------------------------------------------------------------


def business_of(business: Business) -> dict[str, Any]:
    """A Business object."""
    return {
        "id": business.id,
        "name": business.name,
        "isPersonal": False,
        "organizationalType": "CORPORATION",
        "type": {"name": "Service provider", "value": "SERVICE_PROVIDER"},
        "subtype": {"name": "Repair and maintenance", "value": "REPAIR_AND_MAINTENANCE"},
        "currency": currency(business.currency),
        "timezone": business.timezone,
        "phone": business.phone,
        "emailSendEnabled": business.email_send_enabled,
        "invoiceEstimateSettings": {"generalSettings": {}},
        "isClassicAccounting": False,
        "isClassicInvoicing": False,
        "isArchived": business.archived,
        "createdAt": stamp(business.created),
        "modifiedAt": stamp(business.created),
    }


def _business(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
    """One business; without an id the only one, or the first, which is the person's default [SCHEMA]."""
    id = args.get("id")
    if id is None:
        first = next(iter(desk.reached()), None)
        if first is None:
            raise not_found("Business", "")
        return business_of(first)
    return business_of(desk.books(id).business)


def _businesses(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
    archived = args.get("isArchived")
    found = [b for b in desk.reached() if b.archived is bool(archived)]
    number, size = lists.page(args, desk.switches["page_size_over_200"])
    return lists.cut([business_of(business) for business in found], number, size)


def _user(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
    moment = stamp(min((b.created for b in desk.businesses.values()), default=0.0))
    names = {"defaultEmail": "owner@blueheron.example", "firstName": "Robin", "lastName": "Hale"}
    return {"id": ids.user(1), **names, "createdAt": moment, "modifiedAt": moment}


def _application(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
    client = desk.grant.client if desk.grant else ""
    moment = stamp(desk.grant.born if desk.grant else 0.0)
    head = {"id": ids.application(client), "name": client, "clientId": client}
    return {**head, "createdAt": moment, "modifiedAt": moment}


QUERIES: dict[str, Root] = {
    name: _guarded(root)
    for name, root in {
        "user": _user,
        "oAuthApplication": _application,
        "business": _business,
        "businesses": _businesses,
        "accountTypes": lambda _source, _desk, _args: [chart.type_of(value) for value in chart.TYPES],
        "accountSubtypes": lambda _source, desk, _args: [
            chart.subtype_of(value, archivable_is_null=desk.switches["archivable_is_null"]) for value in chart.SUBTYPES
        ],
        "currencies": lambda _source, _desk, _args: [currency(code) for code in CURRENCIES],
        "currency": lambda _source, _desk, args: currency(args["code"]),
        "countries": lambda _source, _desk, _args: [country(code) for code in COUNTRIES],
        "country": lambda _source, _desk, args: country(args["code"]),
    }.items()
}


def unserved(name: str) -> Root:
    """A root field that another schema has and this sandbox does not serve: loudly so."""

    def resolve(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
        raise Trouble("INTERNAL_SERVER_ERROR", f"This sandbox does not serve {name}.")

    return _guarded(resolve)


# -- mutations -----------------------------------------------------------------------------------------------


def _mutation(change: Change) -> Root:
    def resolve(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
        position, desk.mutations = desk.mutations, desk.mutations + 1
        fine: list[Any] | None = [] if desk.switches["input_errors_when_fine"] == "empty" else None
        try:
            with desk.store.transaction():
                _strike(desk.call, position, args["input"])
                made = change(desk, args["input"])
        except Refused as refusal:
            return {"didSucceed": False, "inputErrors": refusal.errors}
        return {"didSucceed": True, "inputErrors": fine, **made}

    return _guarded(resolve)


def _strike(call: Call | None, position: int, given: dict[str, Any]) -> None:
    """The fault `refuse_item`, for the mutation at an index of the document or for a record by its name or number."""
    fault = call.fault if call is not None else None
    if fault is None or fault.name != "refuse_item":
        return
    wish = fault.arguments
    if "record" in wish:
        names = ("name", "invoiceNumber", "estimateNumber", "displayId", "memo", "externalId", "id", "invoiceId")
        hit = str(wish["record"]) in [given.get(name) for name in names]
    else:
        hit = wish["index"] == position
    if hit:
        text = wish.get("message") or wish.get("detail") or "This record is refused."
        raise Refused({"path": ["input"], "message": text, "code": wish.get("code", "INVALID")})


def _all(changes: dict[str, Change]) -> dict[str, Root]:
    return {name: _mutation(change) for name, change in changes.items()}


MUTATIONS: dict[str, Root] = _all(
    {
        "customerCreate": people.create,
        "customerPatch": people.patch,
        "customerDelete": people.delete,
        "productCreate": catalogue.create_product,
        "productPatch": catalogue.patch_product,
        "productArchive": catalogue.archive_product,
        "accountCreate": catalogue.create_account,
        "accountPatch": catalogue.patch_account,
        "accountArchive": catalogue.archive_account,
        "salesTaxCreate": catalogue.create_tax,
        "salesTaxPatch": catalogue.patch_tax,
        "salesTaxArchive": catalogue.archive_tax,
        "invoiceCreate": invoices.create,
        "invoicePatch": invoices.patch,
        "invoiceApprove": invoices.approve,
        "invoiceSend": invoices.send,
        "invoiceMarkSent": invoices.mark_sent,
        "invoiceDelete": invoices.delete,
        "invoicePaymentCreateManual": payments.create,
        "invoicePaymentPatch": payments.patch,
        "invoicePaymentDelete": payments.delete,
        "estimateCreate": estimates.create,
        "estimatePatch": estimates.patch,
        "estimateApprove": estimates.approve,
        "estimateSend": estimates.send,
        "estimateMarkSent": estimates.mark_sent,
        "estimateMarkAccepted": estimates.mark_accepted,
        "estimateResetAcceptance": estimates.reset_acceptance,
        "estimateDelete": estimates.delete,
        "convertEstimateToInvoice": estimates.convert,
        "moneyTransactionCreate": transactions.create,
        "moneyTransactionsCreate": transactions.create_several,
    }
)
