"""Who answers each field of the schema. Fields without a resolver take the member of that name of their parent; one
that is not there is null, or INTERNAL_SERVER_ERROR where the schema forbids that.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from ledgerport_wave_sandbox import chart, ids, lists, sales, status
from ledgerport_wave_sandbox.refusals import not_found
from ledgerport_wave_sandbox.roots import MUTATIONS, QUERIES, unserved
from ledgerport_wave_sandbox.state import Books, Desk
from ledgerport_wave_sandbox.wire import address, currency, money

Resolver = Callable[[Any, Desk, dict[str, Any]], Any]


def attach(schema: GraphQLSchema) -> None:
    """Put the resolvers into a schema, ours or another one; what it does not have is left out."""
    for name, fields in FIELDS.items():
        type = schema.type_map.get(name)
        if isinstance(type, GraphQLObjectType):
            for member, resolver in fields.items():
                if member in type.fields:
                    type.fields[member].resolve = _adapted(resolver)
    for root, served in ((schema.query_type, QUERIES), (schema.mutation_type, MUTATIONS)):
        for member, field in root.fields.items() if root is not None else ():
            field.resolve = _adapted(served.get(member) or unserved(member))


def _adapted(resolver: Resolver) -> Callable[..., Any]:
    def resolve(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
        return resolver(source, info.context, args)

    return resolve


def default(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
    """The member of a document."""
    return source.get(info.field_name) if isinstance(source, dict) else None


# -- small helpers -------------------------------------------------------------------------------------------


def _books(doc: dict[str, Any], desk: Desk) -> Books:
    return desk.books(doc["business_id"])


def _listed(kind: str) -> Resolver:
    return lambda source, desk, args: lists.answer(desk.books(source["id"]), kind, args)


def _one(kind: str) -> Resolver:
    def resolve(source: Any, desk: Desk, args: dict[str, Any]) -> Any:
        doc = desk.books(source["id"]).get(kind, args["id"])
        if doc is None or doc.get("gone"):
            raise not_found(kind, args["id"])
        return {**doc, "alone": True}

    return resolve


def _linked(kind: str, member: str) -> Resolver:
    """What a reference points to; nothing when it is unset."""
    return lambda doc, desk, _args: _books(doc, desk).peek(kind, doc[member]) if doc.get(member) else None


def _money(member: str) -> Resolver:
    return lambda doc, _desk, _args: money(doc[member], doc["currencyCode"])


def _constant(value: Any) -> Resolver:
    return lambda _doc, _desk, _args: value


def _business(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    return QUERIES["business"](None, desk, {"id": doc["business_id"]})


def _currency(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    return currency(doc["currencyCode"])


def _link(word: str) -> Resolver:
    return lambda doc, _desk, _args: f"https://link.waveapps.com/{ids.raw(doc['id'])[2]}/{word}"


# -- customers, accounts, taxes ------------------------------------------------------------------------------


def _owed(*, overdue: bool) -> Resolver:
    def resolve(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
        books, total = _books(doc, desk), Decimal(0)
        for invoice in books.held("Invoice", "customer", doc["id"]):
            shown = status.of_invoice(invoice, books.today, books.switches)
            if shown != "DRAFT" and (not overdue or shown == "OVERDUE"):
                total += max(Decimal(invoice["total"]) - Decimal(invoice["amountPaid"]), Decimal(0))
        return money(total, doc["currencyCode"])

    return resolve


def _shipping(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    kept = doc["shippingDetails"]
    return None if kept is None else {**kept, "address": address(kept.get("address"))}


def _subtype(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    return chart.subtype_of(doc["subtypeValue"], archivable_is_null=desk.switches["archivable_is_null"])


def _rate(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    return str(sales.rate_on(doc, args.get("for") or _books(doc, desk).today))


def _default_taxes(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    books = _books(doc, desk)
    return [books.peek("SalesTax", id) for id in doc["defaultSalesTaxIds"]]


# -- documents -----------------------------------------------------------------------------------------------


def _items(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    shared = {"business_id": doc["business_id"], "currencyCode": doc["currencyCode"]}
    return [{**line, **shared, "taxes": [{**tax, **shared} for tax in line["taxes"]]} for line in doc["items"]]


def _discounts(kind: str) -> Resolver:
    def resolve(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
        kept = doc["discount"]
        return [{**kept, "__typename": f"{kept['discountType'].capitalize()}{kind}Discount"}] if kept else []

    return resolve


def _due(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    return money(status.due(doc, desk.switches), doc["currencyCode"])


def _payments(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    """Filled only when one invoice is asked for, not in lists [SCHEMA]."""
    if not doc.get("alone"):
        return [] if desk.switches["list_payments"] == "empty" else None
    found = _books(doc, desk).held("InvoicePayment", "invoice", doc["id"])
    return sorted(found, key=lambda payment: str(payment["id"]))


def _method(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    return doc["paymentMethod"].lower() if desk.switches["payment_method_text"] == "lower" else doc["paymentMethod"]


def _home_currency(doc: dict[str, Any], desk: Desk, args: dict[str, Any]) -> Any:
    return currency(_books(doc, desk).business.currency)


def _document(kind: str) -> dict[str, Resolver]:
    return {
        "business": _business,
        "customer": _linked("Customer", "customerId"),
        "currency": _currency,
        "items": _items,
        "discounts": _discounts(kind),
        "subtotal": _money("subtotal"),
        "discountTotal": _money("discountTotal"),
        "taxTotal": _money("taxTotal"),
        "total": _money("total"),
        "amountPaid": _money("amountPaid"),
        "amountDue": _due,
        "pdfUrl": _link("pdf"),
        "viewUrl": _link("view"),
    }


_LINE: dict[str, Resolver] = {
    "product": _linked("Product", "productId"),
    "account": _linked("Account", "accountId"),
    "price": lambda line, _desk, _args: line["unitPrice"],
    "subtotal": _money("subtotal"),
    "total": _money("total"),
}
_TAX: dict[str, Resolver] = {"salesTax": _linked("SalesTax", "salesTaxId"), "amount": _money("amount")}

FIELDS: dict[str, dict[str, Resolver]] = {
    "Business": {
        "account": _one("Account"),
        "accounts": _listed("Account"),
        "customer": _one("Customer"),
        "customers": _listed("Customer"),
        "product": _one("Product"),
        "products": _listed("Product"),
        "salesTax": _one("SalesTax"),
        "salesTaxes": _listed("SalesTax"),
        "invoice": _one("Invoice"),
        "invoices": _listed("Invoice"),
        "invoicePayment": _one("InvoicePayment"),
        "estimate": _one("Estimate"),
        "estimates": _listed("Estimate"),
    },
    "Account": {
        "business": _business,
        "type": lambda doc, _desk, _args: chart.type_of(doc["typeValue"]),
        "subtype": _subtype,
        "currency": _currency,
        "normalBalanceType": lambda doc, _desk, _args: chart.TYPES[doc["typeValue"]][1],
    },
    "Customer": {
        "business": _business,
        "address": lambda doc, _desk, _args: address(doc["address"]),
        "shippingDetails": _shipping,
        "currency": _currency,
        "outstandingAmount": _owed(overdue=False),
        "overdueAmount": _owed(overdue=True),
    },
    "Product": {
        "business": _business,
        "isSold": lambda doc, _desk, _args: doc.get("incomeAccountId") is not None,
        "isBought": lambda doc, _desk, _args: doc.get("expenseAccountId") is not None,
        "incomeAccount": _linked("Account", "incomeAccountId"),
        "expenseAccount": _linked("Account", "expenseAccountId"),
        "defaultSalesTaxes": _default_taxes,
    },
    "SalesTax": {"business": _business, "rate": _rate},
    "Invoice": {
        **_document("Invoice"),
        "status": lambda doc, desk, _args: status.of_invoice(doc, _books(doc, desk).today, desk.switches),
        "payments": _payments,
        "anonymousId": lambda doc, _desk, _args: ids.raw(doc["id"])[2],
        "invoiceReminders": _constant([]),
        "attachments": _constant([]),
    },
    "InvoiceItem": _LINE,
    "InvoiceItemTax": _TAX,
    "InvoicePayment": {
        "business": _business,
        "invoice": _linked("Invoice", "invoiceId"),
        "customer": _linked("Customer", "customerId"),
        "account": _linked("Account", "accountId"),
        "paymentMethod": _method,
        "invoiceCurrency": _currency,
        "paymentCurrency": _currency,
        "businessCurrency": _home_currency,
        "active": _constant(True),
        # What these say of a payment made by hand is UNSURE.
        "state": _constant("SUCCEEDED"),
        "origin": _constant("MANUAL"),
        "transactionType": _constant("PAYMENT"),
    },
    "AREstimate": {
        **_document("Estimate"),
        "status": lambda doc, desk, _args: status.of_estimate(doc, _books(doc, desk).today),
        "payments": _constant([]),
        "history": _constant([]),
        "attachments": _constant([]),
        "depositStatus": _constant("DISABLED"),
        "depositPaymentStatus": _constant("UNPAID"),
        "depositTotal": lambda doc, _desk, _args: money("0", doc["currencyCode"]),
    },
    "EstimateItem": _LINE,
    "EstimateItemTax": _TAX,
}
