"""Items (section 3.2): Code is the key; up to 500 in a request; no archive, but DELETE."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_xero_sandbox import accounts
from ledgerport_xero_sandbox.envelopes import exact, new_id, number, places
from ledgerport_xero_sandbox.refusals import Refused, missing_document, too_long
from ledgerport_xero_sandbox.state import Books

MAXIMUM = 500
_LIMITS = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}


def save(books: Books, sent: dict[str, Any], method: str) -> tuple[dict[str, Any], list[str]]:
    """PUT creates, POST creates or updates (by ItemID, else Code). Raises Refused."""
    current = books.get("Item", sent["ItemID"]) if "ItemID" in sent else None
    if "ItemID" in sent and current is None:
        raise missing_document("Item")
    if method == "POST" and current is None and sent.get("Code"):
        found = books.first("Item", "Code", sent["Code"])
        current = dict(found) if found else None
    if method == "PUT" and current is not None:
        raise taken(current["Code"])
    doc = _merged(books, current, sent)
    return (books.insert("Item", doc) if current is None else books.update("Item", doc)), []


def _merged(books: Books, current: dict[str, Any] | None, sent: dict[str, Any]) -> dict[str, Any]:
    if not sent.get("Code", (current or {}).get("Code", "")).strip():
        raise Refused("Price List Item Code must be specified")  # UNSURE: wording
    for name, top in _LIMITS.items():
        if len(sent.get(name, "")) > top:
            raise too_long(f"the Price List Item {name}", top)
    doc: dict[str, Any] = {
        "ItemID": new_id(),
        "Code": "",
        "UpdatedDateUTC": "",
        "PurchaseDetails": {},
        "SalesDetails": {},
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": True,
        **(current or {}),
    }
    doc.update({name: sent[name] for name in (*_LIMITS, "IsSold", "IsPurchased") if name in sent})
    doc["Code"] = doc["Code"].strip()
    other = books.first("Item", "Code", doc["Code"])
    if other is not None and other["ItemID"] != doc["ItemID"]:
        raise taken(doc["Code"])
    for name in ("SalesDetails", "PurchaseDetails"):
        if name in sent:
            doc[name] = _details(books, doc[name], sent[name], sales=name == "SalesDetails")
    if not doc["IsSold"]:
        doc.pop("Description", None)
        doc["SalesDetails"] = {}
    if not doc["IsPurchased"]:
        doc.pop("PurchaseDescription", None)
        doc["PurchaseDetails"] = {}
    return _tracked(books, doc, sent)


def _details(books: Books, kept: dict[str, Any], sent: dict[str, Any], *, sales: bool) -> dict[str, Any]:
    found = dict(kept)
    if "UnitPrice" in sent:
        found["UnitPrice"] = number(places(sent["UnitPrice"], books.dp))
    for name in ("AccountCode", "COGSAccountCode"):
        if sent.get(name):
            accounts.usable(books, sent[name])
            found[name] = sent[name]
    if sent.get("TaxType"):
        accounts.rate(books, sent["TaxType"], sales=sales)
        found["TaxType"] = sent["TaxType"]
    return found


def _tracked(books: Books, doc: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    asset = sent.get("InventoryAssetAccountCode")
    if asset:
        accounts.usable(books, asset)
        if "COGSAccountCode" not in doc["PurchaseDetails"]:
            raise Refused("COGSAccountCode must be specified for tracked inventory items")  # UNSURE: wording
        tracked = {"InventoryAssetAccountCode": asset, "IsTrackedAsInventory": True}
        doc.update({**tracked, "TotalCostPool": 0.0, "QuantityOnHand": 0.0})
    return doc


def delete(books: Books, doc: dict[str, Any]) -> None:
    """Take an item off the list. Raises Refused when a document uses it (UNSURE: wording)."""
    mark = b'"ItemCode":"' + doc["Code"].encode() + b'"'
    for kind in ("Invoice", "Quote"):
        if any(mark in stored.doc for stored in books.store.scan(books.company.id, kind)):
            raise Refused(f"Price List Item with Code '{doc['Code']}' is in use and cannot be deleted")
    books.bury("Item", doc)


def taken(code: str) -> Refused:
    """The Code belongs to another item; case does not count (UNSURE)."""
    return Refused(f"Price List Item with Code '{code}' already exists")


def show(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """An item; prices with two decimals unless unitdp=4 was asked for."""
    if books.dp == 4:
        return doc
    details = {name: doc[name] for name in ("SalesDetails", "PurchaseDetails")}
    return {**doc, **{name: _rounded(value) for name, value in details.items()}}


def _rounded(details: dict[str, Any]) -> dict[str, Any]:
    if "UnitPrice" not in details:
        return details
    price: Decimal = exact(details["UnitPrice"])
    return {**details, "UnitPrice": number(places(price, 2))}
