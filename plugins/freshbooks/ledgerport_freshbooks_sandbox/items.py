"""`items/items` and `taxes/taxes` (sections 5 and 9): a price list without accounts, percents with names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_freshbooks_sandbox import rules
from ledgerport_freshbooks_sandbox.refusals import Refused, missing, unknown
from ledgerport_freshbooks_sandbox.state import Books


def create_item(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """A new item; unknown keys (rate, quantity, type, taxable) are dropped without a word. Raises Refused."""
    doc: dict[str, Any] = {"name": None, "description": "", "qty": "0", "inventory": None, "sku": None}
    doc |= {"unit_cost": rules.shown(Decimal(0), books.company.currency), "tax1": 0, "tax2": 0}
    _write_item(books, doc, data)
    if not doc["name"]:
        raise missing("name", "item")
    return books.insert("Item", doc)


def update_item(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Change the given keys. Raises Refused."""
    if "vis_state" in data:
        doc["vis_state"] = rules.visibility(data["vis_state"], "item")
    _write_item(books, doc, data)
    if not doc["name"]:
        raise missing("name", "item")
    return books.update("Item", doc)


def _write_item(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> None:
    limit = int(books.switches["text_limit"])
    for name, most in (("name", limit), ("sku", limit), ("description", None)):
        if name in data:
            doc[name] = rules.text(data[name], name, "item", most)
    if "qty" in data:
        doc["qty"] = rules.plain(rules.number(data["qty"] or 0, "qty", "item"))
    if "inventory" in data:
        held = data["inventory"]
        doc["inventory"] = None if held is None else rules.plain(rules.number(held, "inventory", "item"))
    if "unit_cost" in data:
        currency = books.company.currency if books.switches["mixed_currency"] == "refuse" else None
        price = rules.money(data["unit_cost"], "unit_cost", "item", currency)
        doc["unit_cost"] = rules.shown(price, data["unit_cost"].get("code") or books.company.currency)
    for name in ("tax1", "tax2"):
        if name in data:
            doc[name] = rules.whole(data[name] or 0, name, "item")
            if doc[name] and books.peek("Tax", doc[name]) is None:
                status = int(books.switches["unknown_reference_status"])
                raise unknown(name, "tax", doc[name], status)
    if doc["tax1"] and doc["tax1"] == doc["tax2"]:
        raise Refused(1019, "An item cannot have the same tax twice.", "tax2", "item", doc["tax2"])


def show_item(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object."""
    written = {name: value for name, value in doc.items() if name[0] != "_"}
    return {**written, "itemid": doc["id"], "accounting_systemid": books.company.id}


def create_tax(books: Books, data: dict[str, Any]) -> dict[str, Any]:
    """A new tax; a second one of the same name is accepted. Raises Refused."""
    doc: dict[str, Any] = {"name": None, "amount": "0", "number": None, "compound": False}
    _write_tax(books, doc, data)
    if not doc["name"]:
        raise missing("name", "tax")
    return books.insert("Tax", doc)


def update_tax(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Change the given keys. Raises Refused."""
    _write_tax(books, doc, data)
    return books.update("Tax", doc)


def _write_tax(books: Books, doc: dict[str, Any], data: dict[str, Any]) -> None:
    limit = int(books.switches["text_limit"])
    for name in ("name", "number"):
        if name in data:
            doc[name] = rules.text(data[name], name, "tax", limit)
    if "amount" in data:
        doc["amount"] = rules.plain(rules.percent(data["amount"] or 0, "amount", "tax"))
    if "compound" in data:
        doc["compound"] = rules.truth(data["compound"], "compound", "tax")


def show_tax(books: Books, doc: dict[str, Any], includes: frozenset[str]) -> dict[str, Any]:
    """The answer's object; taxes have no vis_state."""
    written = {name: value for name, value in doc.items() if name[0] != "_" and name != "vis_state"}
    return {**written, "taxid": doc["id"], "accounting_systemid": books.company.id}
