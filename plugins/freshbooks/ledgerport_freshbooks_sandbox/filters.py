"""The search keys that work (sections 4, 6, 7); every other key is ignored without a word, as the real one does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ledgerport_freshbooks_sandbox import invoices, rules
from ledgerport_freshbooks_sandbox.moments import start_of
from ledgerport_freshbooks_sandbox.refusals import Refused
from ledgerport_freshbooks_sandbox.state import Books

Doc = dict[str, Any]
#: (books, document, values sent) -> does it fit?
Filter = Callable[[Books, Doc, list[str]], bool]


def _is(name: str) -> Filter:
    return lambda _books, doc, values: str(doc[name]) in values


def _has(*names: str) -> Filter:
    return lambda _books, doc, values: any(values[-1].lower() in str(doc[name] or "").lower() for name in names)


def _flag(test: Callable[[Books, Doc], bool]) -> Filter:
    return lambda books, doc, values: test(books, doc) is (values[-1].lower() in {"true", "1"})


def _from(name: str) -> Filter:
    return lambda _books, doc, values: str(doc[name])[:10] >= _day(values)


def _until(name: str) -> Filter:
    return lambda _books, doc, values: str(doc[name])[:10] <= _day(values)


def _day(values: list[str]) -> str:
    """The date of a value; a time after it is cut off, the real one compares dates only."""
    return rules.day(values[-1][:10], "search", "search")


def _amount(sign: int) -> Filter:
    def fits(books: Books, doc: Doc, values: list[str]) -> bool:
        try:
            bound = Decimal(values[-1])
        except InvalidOperation as err:
            raise Refused(1015, "The search value must be a number.", "search", "search", values[-1]) from err
        return (Decimal(doc["amount"]["amount"]) - bound) * sign >= 0

    return fits


def _mail(books: Books, doc: Doc, values: list[str]) -> bool:
    return str(doc["email"] or "").lower() in {value.lower() for value in values}


def _number(books: Books, doc: Doc, values: list[str]) -> bool:
    if books.switches["invoice_number_filter"] == "contains":
        return values[-1].lower() in doc["number"].lower()
    return doc["number"] in values


def _v3(books: Books, doc: Doc, values: list[str]) -> bool:
    return invoices.standing(books, doc)[2] in values


def _paid(books: Books, doc: Doc) -> bool:
    return invoices.standing(books, doc)[3] == "paid"


def _outstanding(books: Books, doc: Doc) -> bool:
    return doc["status"] != invoices.DRAFT and Decimal(doc["_total"]) > Decimal(doc["_paid"])


_UPDATED: dict[str, Filter] = {"updated_min": _from("updated"), "updated_max": _until("updated")}
_DATED: dict[str, Filter] = {"date_min": _from("create_date"), "date_max": _until("create_date")}
_INVOICE: dict[str, Filter] = {
    **_UPDATED,
    **_DATED,
    "customerid": _is("customerid"),
    "customerids": _is("customerid"),
    "vis_state": _is("vis_state"),
}
FILTERS: dict[str, dict[str, Filter]] = {
    "Customer": {
        **_UPDATED,
        "email": _mail,
        "userid": _is("id"),
        "userids": _is("id"),
        "username": _is("username"),
        "vis_state": _is("vis_state"),
        "fname_like": _has("fname"),
        "lname_like": _has("lname"),
        "organization_like": _has("organization"),
        "email_like": _has("email"),
        "phone_like": _has("bus_phone", "home_phone", "mob_phone"),
        "address_like": _has("p_street", "p_street2", "p_city", "p_province", "p_code", "p_country"),
        "note_like": _has("note"),
    },
    "Invoice": {
        **_INVOICE,
        "invoiceid": _is("id"),
        "invoiceids": _is("id"),
        "invoice_number": _number,
        "v3_status": _v3,
        "paid": _flag(_paid),
        "outstanding": _flag(_outstanding),
    },
    "Payment": {
        **_UPDATED,
        "invoiceid": _is("invoiceid"),
        "clientid": _is("clientid"),
        "clientids": _is("clientid"),
        "customerid": _is("clientid"),
        "customerids": _is("clientid"),
        "logid": _is("id"),
        "logids": _is("id"),
        "date_min": _from("date"),
        "date_max": _until("date"),
        "amount_min": _amount(1),
        "amount_max": _amount(-1),
        "type": _is("type"),
        "currency": lambda _books, doc, values: doc["amount"]["code"] in values,
        "notes": _has("note"),
        "from_credit": _flag(lambda _books, doc: doc["from_credit"]),
        "payment_or_credit": lambda _books, _doc, values: values[-1] != "credit",
    },
}
_ESTIMATE: dict[str, Filter] = {
    **_INVOICE,
    "estimateid": _is("id"),
    "estimateids": _is("id"),
    "estimate_number": _number,
}
_ITEM: dict[str, Filter] = {**_UPDATED, "vis_state": _is("vis_state")}
#: Booleans the SDKs also send without `search[...]`.
BARE = frozenset({"paid", "outstanding", "from_credit"})
_IDS = {
    "Customer": ("userid", "userids"),
    "Invoice": ("invoiceid", "invoiceids"),
    "Estimate": ("estimateid", "estimateids"),
    "Payment": ("logid", "logids"),
}
_KEYED = {
    "Customer": {"email": "Customer.email", "username": "Customer.username"},
    "Invoice": {"customerid": "Invoice.customer", "customerids": "Invoice.customer"},
    "Estimate": {},
    "Payment": {
        "invoiceid": "Payment.invoice",
        **dict.fromkeys(("clientid", "clientids", "customerid", "customerids"), "Payment.customer"),
    },
}


def working(books: Books, kind: str, wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    """The keys of a search that have an effect on this kind."""
    known = FILTERS.get(kind, {})
    if kind == "Estimate" and books.switches["estimate_filters"] == "invoices":
        known = _ESTIMATE
    if kind == "Item" and books.switches["item_filters"] == "common":
        known = _ITEM
    return {name: values for name, values in wanted.items() if name in known}


def fits(books: Books, kind: str, doc: Doc, wanted: dict[str, list[str]]) -> bool:
    """Does a document fit every key? Raises Refused 1015, 1016 for a value of the wrong kind."""
    known = {**FILTERS, "Estimate": _ESTIMATE, "Item": _ITEM}[kind]
    return all(known[name](books, doc, values) for name, values in wanted.items())


def few(books: Books, kind: str, wanted: dict[str, list[str]]) -> list[str] | None:
    """The ids among which the answer is, when a key narrows them down."""
    for name in _IDS.get(kind, ()):
        if name in wanted:
            return wanted[name]
    keyed = dict(_KEYED.get(kind, {}))
    if kind == "Invoice" and books.switches["invoice_number_filter"] == "exact":
        keyed = {"invoice_number": "Invoice.number", **keyed}
    if kind == "Estimate":
        keyed = {"estimate_number": "Estimate.number", "customerid": "Estimate.customer"}
    for name, key in keyed.items():
        if name in wanted:
            values = [value.lower() if name == "email" else value for value in wanted[name]]
            return [id for value in values for _, id in books.store.find(books.company.id, key, value)]
    return None


def since(wanted: dict[str, list[str]]) -> float | None:
    """The first moment of `updated_min`'s day, US/Eastern. Raises Refused 1016."""
    return start_of(_day(wanted["updated_min"])) if "updated_min" in wanted else None
