"""PUT and POST: one element or many, summarizeErrors both ways, what an answer shows (section 4).

Elements are independent: a refused one leaves nothing behind, the others are saved whatever the answer's status says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledgerport_sandbox.calls import Call
from ledgerport_xero_sandbox import accounts, contacts, fields, invoices, items, payments, quotes
from ledgerport_xero_sandbox.envelopes import ZERO
from ledgerport_xero_sandbox.fields import Reader
from ledgerport_xero_sandbox.refusals import ApiError, Refused, invalid, nothing_sent, unreadable
from ledgerport_xero_sandbox.state import Books

Save = Callable[[Books, dict[str, Any], str], tuple[dict[str, Any], list[str]]]
Show = Callable[[Books, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One collection: its kind, the word the hub has for it, how it is read, saved and shown. `flag`: the member that
    tells of errors; `lists`: what a refused element shows empty. `also`: a second key by which the path may name a
    record.
    """

    collection: str
    kind: str
    entity: str
    members: Mapping[str, Reader]
    save: Save
    show: Show
    paged: Show
    light: Show
    flag: str = ""
    lists: tuple[str, ...] = ()
    also: str = ""
    maximum: int | None = None
    scopes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The member that holds the id."""
        return f"{self.kind}ID"


def _plain(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    return doc


_INVOICES = ("accounting.invoices", "accounting.transactions")
_PAYMENTS = ("accounting.payments", "accounting.transactions")
ENDPOINTS = {
    endpoint.collection: endpoint
    for endpoint in (
        Endpoint(
            *("Contacts", "Contact", "Customer", fields.CONTACT, contacts.save),
            *(contacts.show, contacts.show_paged, contacts.show_light),
            flag="HasValidationErrors",
            lists=contacts.LISTS,
            also="ContactNumber",
            scopes=("accounting.contacts",),
        ),
        Endpoint(
            *("Items", "Item", "Item", fields.ITEM, items.save, items.show, items.show, items.show),
            also="Code",
            maximum=items.MAXIMUM,
            scopes=("accounting.settings",),
        ),
        Endpoint(
            *("Invoices", "Invoice", "Invoice", fields.INVOICE, invoices.save),
            *(invoices.show, invoices.show_paged, invoices.show_light),
            flag="HasErrors",
            also="InvoiceNumber",
            scopes=_INVOICES,
        ),
        Endpoint(
            *("Quotes", "Quote", "Estimate", fields.QUOTE, quotes.save, quotes.show, quotes.show, quotes.show),
            scopes=_INVOICES,
        ),
        Endpoint(
            *("Payments", "Payment", "Payment", fields.PAYMENT, payments.save),
            *(payments.show, payments.show_paged, payments.show_paged),
            flag="HasValidationErrors",
            scopes=_PAYMENTS,
        ),
        Endpoint(
            *("BatchPayments", "BatchPayment", "Payment", fields.BATCH_PAYMENT, payments.save_batch),
            *(payments.show_batch, payments.show_batch, payments.show_batch),
            scopes=_PAYMENTS,
        ),
        Endpoint(
            *("Accounts", "Account", "Account", fields.ACCOUNT, accounts.save, _plain, _plain, _plain),
            maximum=1,
            scopes=("accounting.settings",),
        ),
    )
}


def elements(endpoint: Endpoint, data: Any) -> list[Any]:
    """The records of a body: the collection, a bare list, or one bare object. Raises ApiError."""
    if isinstance(data, dict) and endpoint.collection in data:
        data = data[endpoint.collection]
        # Inside a batch payment the word Payments means its parts; the collection is BatchPayments there.
    found = data if isinstance(data, list) else [data]
    if not found or found == [{}]:
        raise nothing_sent(endpoint.kind)
    if any(not isinstance(one, dict) for one in found):
        raise unreadable(f"Error converting value to type '{endpoint.kind}'. Path '{endpoint.collection}'.")
    return found


def write(
    books: Books, call: Call, endpoint: Endpoint, data: Any, path_id: str | None, *, summarize: bool
) -> list[dict[str, Any]]:
    """The answers, one per element. Raises ApiError: unreadable data (nothing is saved), or with `summarize` the bad
    elements (the good ones are saved).
    """
    sent = elements(endpoint, data)
    if endpoint.maximum == 1:
        sent = sent[:1]  # only the first of a list is processed [I:Xero-Net#285]
    elif endpoint.maximum is not None and len(sent) > endpoint.maximum:
        raise invalid([], f"A maximum of {endpoint.maximum} {endpoint.collection} can be sent in one request")  # UNSURE
    if call.fault is not None and call.fault.name == "refuse_batch":
        raise invalid([], _wish(call))
    many = len(sent) > 1
    wishes = [
        fields.read(endpoint.members, one, f"{endpoint.collection}[{index}]" if many else "")
        for index, one in enumerate(sent)
    ]
    answers, refused = [], []
    for index, (raw, wish) in enumerate(zip(sent, wishes, strict=True)):
        if path_id is not None:
            wish[endpoint.id] = path_id
        try:
            if struck(call, index, raw):
                raise Refused(_wish(call))
            with books.store.transaction():
                doc, warnings = endpoint.save(books, wish, call.method)
                shown = endpoint.show(books, doc)
        except Refused as err:
            refused.append(_error(books, endpoint, raw, err))
            answers.append({**refused[-1], "StatusAttributeString": "ERROR"})
        else:
            more = {"Warnings": [{"Message": text} for text in warnings]} if warnings else {}
            answers.append({**shown, **more, "StatusAttributeString": "WARNING" if warnings else "OK"})
    if not summarize:
        return answers
    if refused:
        raise invalid(refused)
    return [{name: value for name, value in one.items() if name != "StatusAttributeString"} for one in answers]


def _error(books: Books, endpoint: Endpoint, raw: dict[str, Any], err: Refused) -> dict[str, Any]:
    """The element as it was sent, with the empty guid where it has no id, and why it is refused."""
    lists: dict[str, Any] = {name: raw.get(name) or [] for name in endpoint.lists}
    flag = {endpoint.flag: True} if endpoint.flag else {}
    member = books.switches["message_member"]
    errors = [{member: text} for text in err.messages]
    return {endpoint.id: ZERO, **raw, **lists, **flag, "ValidationErrors": errors}


_NAMES = ("Name", "ContactNumber", "Code", "InvoiceNumber", "QuoteNumber", "Reference")


def struck(call: Call, index: int, raw: dict[str, Any]) -> bool:
    """Does the fault `refuse_item` of this call mean this element?"""
    fault = call.fault
    if fault is None or fault.name != "refuse_item":
        return False
    record = fault.arguments.get("record")
    if record is not None:
        return any(raw.get(name) == record for name in (*_NAMES, "ContactID", "ItemID", "InvoiceID", "PaymentID"))
    return bool(fault.arguments.get("index", 0) == index)


def _wish(call: Call) -> str:
    assert call.fault is not None
    wish = call.fault.arguments
    return str(wish.get("detail") or wish.get("message") or "Refused on request of the sandbox's control routes")


def disordered(call: Call, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers as the faults `shuffle_batch` and `drop_bid` leave them."""
    fault = call.fault
    if fault is not None and fault.name == "shuffle_batch":
        return answers[::-1]
    if fault is not None and fault.name == "drop_bid":
        left = list(answers)
        del left[int(fault.arguments.get("index", -1))]
        return left
    return answers


def described(endpoint: Endpoint, data: Any, method: str, path_id: str | None) -> str:
    """The operation a body asks for, in the words that faults match: batch, create, update, delete, void."""
    try:
        found = elements(endpoint, data)
    except ApiError:
        return "create"
    first: dict[str, Any] = found[0]
    parts = first.get("Payments") if endpoint.collection == "BatchPayments" else None
    if len(found) > 1 or (isinstance(parts, list) and len(parts) > 1):
        return "batch"
    status = first.get("Status")
    if isinstance(status, str) and status in {"DELETED", "VOIDED"}:
        return "delete" if status == "DELETED" else "void"
    known = method == "POST" and (path_id is not None or first.get(endpoint.id))
    return "update" if known else "create"
