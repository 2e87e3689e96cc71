"""Create, full and sparse update, delete and void (section 2): one entry point for single requests and batch items."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_quickbooks_sandbox import lists, members, payments, people, rules, sales
from ledgerport_quickbooks_sandbox.refusals import Refused, closed_books, inactive, missing
from ledgerport_quickbooks_sandbox.state import NAMES, TRANSACTIONS, Books, public

WRITABLE = frozenset({*NAMES, "Item", "Account", "PaymentMethod", *TRANSACTIONS})
_SYSTEM = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status"})


def write(
    books: Books, kind: str, data: Any, operation: str, *, include: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Do one write and return what stands under the entity's name in the answer. Raises Refused; then nothing has
    changed.

    `operation`: `save` (create without Id, else update), `create`, `update`, `delete`, `void`.
    """
    if not isinstance(data, dict):
        raise Refused("2010", f"Property Name:{kind} specified is unsupported or invalid")
    if kind not in WRITABLE:
        raise Refused("500", f"Operation {operation} on {kind} is not supported.", kind="SystemFault")
    members.check(kind, data)
    sent = rules.clean(data)
    has_id = sent.get("Id") is not None
    if operation == "save":
        operation = "update" if has_id else "create"
    if operation in {"update", "delete", "void"}:
        for name in ("Id", "SyncToken"):
            if name not in sent:
                raise missing(name)
    if operation == "void" or (operation == "update" and "void" in include):
        return _void(books, kind, sent)
    if operation == "delete":
        return _delete(books, kind, sent)
    if operation not in {"create", "update"}:
        raise Refused("500", f"Operation {operation} is not supported.", kind="SystemFault")
    current = books.current(kind, sent) if operation == "update" else None
    given = _merged(sent, data, current)
    return public(_save(books, kind, given, current, sent, include))


def _merged(sent: dict[str, Any], data: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    """The whole wish: a full update is what was sent, a sparse one the old document with what was sent laid over it."""
    wish = {name: value for name, value in sent.items() if name not in _SYSTEM}
    if current is None or sent.get("sparse") is not True:
        return wish
    cleared = {name for name in data if name not in sent}
    base = {name: value for name, value in current.items() if name not in _SYSTEM and name not in cleared}
    for name in ("DisplayName", "PrintOnCheckName"):
        # These two cannot be removed by a sparse update [API-CUST].
        if name in current:
            base[name] = current[name]
    return {**base, **wish}


def _save(
    books: Books,
    kind: str,
    given: dict[str, Any],
    current: dict[str, Any] | None,
    sent: dict[str, Any],
    include: frozenset[str],
) -> dict[str, Any]:
    if kind in NAMES:
        return _keep(books, kind, people.build(books, kind, given, current), current)
    if kind == "Item":
        return _keep(books, kind, lists.build_item(books, given, current), current)
    if kind == "Account":
        return _keep(books, kind, lists.build_account(books, given, current), current)
    if kind == "PaymentMethod":
        return _keep(books, kind, lists.build_payment_method(books, given, current), current)
    if current is not None:
        _open(books, current["TxnDate"])
        if current.get("_void"):
            raise Refused("6000", "Business Validation Error: A voided transaction cannot be changed.", "")
    if kind == "Payment":
        return _pay(books, given, current)
    free = "allowduplicatedocnum" in include
    doc = sales.build(books, kind, given, current, sent=sent, allow_duplicates=free)
    _open(books, doc["TxnDate"])
    saved = _keep(books, kind, doc, current)
    if kind == "Invoice":
        if current is None:
            wanted = sent.get("LinkedTxn")
            if wanted:
                sales.link_estimate(books, saved, wanted)
                _rewrite(books, kind, saved)
        else:
            books.owe(current["CustomerRef"]["value"], -Decimal(str(current["TotalAmt"])))
        books.owe(saved["CustomerRef"]["value"], Decimal(str(saved["TotalAmt"])))
    return saved


def _keep(books: Books, kind: str, doc: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    if current is None:
        return books.insert(kind, doc)
    return books.update(kind, {**doc, **{name: current[name] for name in ("Id", "SyncToken", "MetaData")}})


def _rewrite(books: Books, kind: str, doc: dict[str, Any]) -> None:
    """Write a document again under the SyncToken it has just got."""
    doc["SyncToken"] = str(int(doc["SyncToken"]) - 1)
    books.update(kind, doc)


def _pay(books: Books, given: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    doc, paid = payments.build(books, given, current)
    _open(books, doc["TxnDate"])
    saved = _keep(books, "Payment", doc, current)
    payments.settle(books, saved["Id"], payments.applied(current) if current else {}, paid)
    if current is not None:
        books.owe(current["CustomerRef"]["value"], Decimal(str(current["TotalAmt"])))
    books.owe(saved["CustomerRef"]["value"], -Decimal(str(saved["TotalAmt"])))
    return saved


def _open(books: Books, date: str) -> None:
    closed = books.company.closed_until
    if closed is not None and date <= closed:
        raise closed_books()


def _delete(books: Books, kind: str, sent: dict[str, Any]) -> dict[str, Any]:
    if kind not in TRANSACTIONS:
        raise Refused("500", f"Operation delete is not supported for {kind}; set Active to false.", kind="SystemFault")
    doc = books.current(kind, sent)
    _open(books, doc["TxnDate"])
    _unwind(books, kind, doc)
    books.bury(kind, doc["Id"])
    return {"domain": "QBO", "status": "Deleted", "Id": doc["Id"]}


def _unwind(books: Books, kind: str, doc: dict[str, Any]) -> None:
    """Take a transaction out of the balances and out of what it is linked to."""
    customer, total = doc["CustomerRef"]["value"], Decimal(str(doc["TotalAmt"]))
    if kind == "Invoice":
        payments.release(books, doc)
        books.owe(customer, -total)
    elif kind == "Payment":
        payments.settle(books, doc["Id"], payments.applied(doc), {})
        books.owe(customer, total)


def _void(books: Books, kind: str, sent: dict[str, Any]) -> dict[str, Any]:
    if kind not in {"Invoice", "Payment"}:
        raise Refused("500", f"Operation void is not supported for {kind}.", kind="SystemFault")
    doc = books.current(kind, sent)
    if doc.get("_void"):
        raise inactive()
    _open(books, doc["TxnDate"])
    _unwind(books, kind, doc)
    note = doc.get("PrivateNote")
    doc["PrivateNote"] = f"Voided - {note}" if note else "Voided"
    doc["TotalAmt"] = 0
    doc["_void"] = True
    if kind == "Invoice":
        doc["Line"] = sales.emptied(doc["Line"])
        doc["LinkedTxn"] = [link for link in doc["LinkedTxn"] if link["TxnType"] != "Payment"]
        doc["TxnTaxDetail"] = {"TotalTax": 0}
        doc["Balance"] = 0
    else:
        doc["Line"], doc["UnappliedAmt"] = [], 0
    return public(books.update(kind, doc, "voided"))
