"""What invoices and estimates share: the document that an accepted create or patch leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledgerport_wave_sandbox import sales
from ledgerport_wave_sandbox.refusals import refused
from ledgerport_wave_sandbox.state import Books
from ledgerport_wave_sandbox.wire import later, plain, stamp

_TITLES = {"itemTitle": "Items", "unitTitle": "Quantity", "priceTitle": "Price", "amountTitle": "Amount"}
_TEXTS = ("subhead", "poNumber", "memo", "footer")
_FLAGS = (
    *(f"hide{what}" for what in ("Name", "Description", "Unit", "Price", "Amount")),
    *(f"disable{what}Payments" for what in ("CreditCard", "Amex", "Bank")),
    "requireTermsOfServiceAgreement",
)


@dataclass(frozen=True, slots=True)
class Form:
    """How the two differ: names of fields, the switch about equal numbers, the default title."""

    kind: str
    number: str
    date: str
    title: str
    duplicates: str
    key: str


INVOICE = Form("Invoice", "invoiceNumber", "invoiceDate", "Invoice", "duplicate_invoice_number", "invoice number")
ESTIMATE = Form(
    "Estimate", "estimateNumber", "estimateDate", "Estimate", "duplicate_estimate_number", "estimate number"
)


def build(books: Books, form: Form, given: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    """The document after a create (`current` None) or a patch, with its totals. Raises Refused; writes nothing."""
    doc: dict[str, Any] = dict(current) if current else {"items": [], "discount": None}
    _customer(books, doc, given)
    _dates(books, form, doc, given)
    _number(books, form, doc, given)
    _texts(form, doc, given)
    code = given.get("currency") or doc.get("currencyCode") or books.business.currency
    moved = current is not None and code != doc["currencyCode"]
    doc["currencyCode"] = code
    rate = given.get("exchangeRate")
    doc["exchangeRate"] = plain(rate) if rate is not None else doc.get("exchangeRate", "1")
    if Decimal(doc["exchangeRate"]) <= 0:
        raise refused("Exchange rate must be greater than 0.", "exchangeRate")
    if given.get("items") is not None or current is None:
        doc["items"] = sales.lines(books, given.get("items") or [], code, form.kind)
    elif moved:
        raise refused("A new currency needs the items again.", "currency")
    if "discounts" in given:
        doc["discount"] = sales.discount(given["discounts"], stamp(books.clock.now()))
    sales.add_up(books, doc, doc[form.date])
    if Decimal(doc["total"]) < 0:
        raise refused("The total must be 0 or greater.", "items")
    return doc


def _customer(books: Books, doc: dict[str, Any], given: dict[str, Any]) -> None:
    id = given.get("customerId")
    if id is None:
        if "customerId" not in doc:
            raise refused("This field is required.", "customerId")
        return
    customer = books.refer("Customer", id, "customerId")
    if customer["isArchived"] and id != doc.get("customerId"):
        raise refused("Customer is archived.", "customerId")
    doc["customerId"] = id


def _dates(books: Books, form: Form, doc: dict[str, Any], given: dict[str, Any]) -> None:
    doc[form.date] = given.get(form.date) or doc.get(form.date) or books.today
    due = given.get("dueDate") or doc.get("dueDate")
    doc["dueDate"] = due or later(doc[form.date], books.business.payment_terms_days)


def _number(books: Books, form: Form, doc: dict[str, Any], given: dict[str, Any]) -> None:
    number = given.get(form.number)
    if number is None:
        if form.number not in doc:
            doc[form.number] = str(books.store.number(books.business.id, f"largest {form.key}") + 1)
        return
    if not number.strip():
        raise refused("This field may not be blank.", form.number)
    if books.switches[form.duplicates] == "refuse":
        holders = (held for held in books.held(form.kind, form.key, number) if held["id"] != doc.get("id"))
        if any(held[form.number] == number for held in holders):
            raise refused(f"{form.title} number {number} is already in use.", form.number, code="DUPLICATE")
    doc[form.number] = number


def count(books: Books, form: Form, doc: dict[str, Any]) -> None:
    """Remember the largest number, which the next document without one goes above."""
    text = doc[form.number]
    if text.isdecimal() and len(text) <= 15:
        name = f"largest {form.key}"
        ahead = int(text) - books.store.number(books.business.id, name)
        if ahead > 0:
            books.store.number(books.business.id, name, add=ahead)


def _texts(form: Form, doc: dict[str, Any], given: dict[str, Any]) -> None:
    for name in _TEXTS:
        doc[name] = given.get(name, doc.get(name))
    for name, default in {"title": form.title, **_TITLES}.items():
        doc[name] = given.get(name) or doc.get(name) or default
    for name in _FLAGS:
        value = given.get(name)
        doc[name] = doc.get(name, False) if value is None else value
