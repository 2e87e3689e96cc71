"""Products and services, the chart of accounts, sales taxes (section 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledgerport_wave_sandbox.chart import SUBTYPES
from ledgerport_wave_sandbox.refusals import refused
from ledgerport_wave_sandbox.state import Books, Desk
from ledgerport_wave_sandbox.wire import plain, rounded

_INCOME = frozenset({"INCOME", "DISCOUNTS", "OTHER_INCOME"})
_EXPENSE = frozenset({"EXPENSE", "COST_OF_GOODS_SOLD", "PAYMENT_PROCESSING_FEES", "PAYROLL_EXPENSES"})


# -- products ------------------------------------------------------------------------------------------------


def create_product(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """productCreate."""
    books = desk.open(given["businessId"])
    doc: dict[str, Any] = {"isArchived": False, "description": None, "defaultSalesTaxIds": []}
    _product(books, doc, given)
    return {"product": books.insert("Product", doc)}


def patch_product(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """productPatch: null unsets, what is left out stays."""
    books, doc = desk.target("Product", given["id"])
    _product(books, doc, given)
    return {"product": books.update("Product", doc)}


def archive_product(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """productArchive; there is no way back but the web app [OA]."""
    books, doc = desk.target("Product", given["id"])
    doc["isArchived"] = True
    return {"product": books.update("Product", doc)}


def _product(books: Books, doc: dict[str, Any], given: dict[str, Any]) -> None:
    if "name" in given:
        name = given["name"]
        if name is None or not name.strip():
            raise refused("This field may not be blank.", "name")
        if books.switches["duplicate_product_name"] == "refuse":
            for held in books.held("Product", "product name", name):
                if held["id"] != doc.get("id") and not held["isArchived"]:
                    raise refused("A product with this name already exists.", "name", code="DUPLICATE")
        doc["name"] = name
    if "unitPrice" in given:
        if given["unitPrice"] is None:
            raise refused("This field is required.", "unitPrice")
        doc["unitPrice"] = plain(rounded(given["unitPrice"], 5))
    if "description" in given:
        doc["description"] = given["description"]
    for member, allowed in (("incomeAccountId", _INCOME), ("expenseAccountId", _EXPENSE)):
        if member in given:
            doc[member] = _account(books, given[member], member, allowed)
    if "defaultSalesTaxIds" in given:
        wanted = given["defaultSalesTaxIds"] or []
        doc["defaultSalesTaxIds"] = [
            books.refer("SalesTax", id, "defaultSalesTaxIds", n)["id"] for n, id in enumerate(wanted)
        ]


def _account(books: Books, id: str | None, member: str, allowed: frozenset[str]) -> str | None:
    if id is None:
        return None
    account = books.refer("Account", id, member)
    if account["isArchived"]:
        raise refused("Account is archived.", member)
    if account["subtypeValue"] not in allowed:
        raise refused(f"Account must have one of the subtypes {', '.join(sorted(allowed))}.", member)
    return id


# -- accounts ------------------------------------------------------------------------------------------------


def create_account(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """accountCreate."""
    books = desk.open(given["businessId"])
    return {"account": new_account(books, given["name"], given["subtype"], given)}


def new_account(books: Books, name: str, subtype: str, more: dict[str, Any]) -> dict[str, Any]:
    """Add an account to the chart. Raises Refused."""
    if not name.strip():
        raise refused("This field may not be blank.", "name")
    doc = {
        "name": name,
        "subtypeValue": subtype,
        "typeValue": SUBTYPES[subtype][1],
        "currencyCode": more.get("currency") or books.business.currency,
        "description": more.get("description"),
        "displayId": more.get("displayId"),
        "isArchived": False,
        "sequence": 1,
    }
    return books.insert("Account", doc)


def patch_account(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """accountPatch; `sequence` must be the current one."""
    books, doc = desk.target("Account", given["id"])
    if given["sequence"] != doc["sequence"]:
        raise refused("The account has been changed since.", "sequence")
    if given.get("name") is not None:
        doc["name"] = given["name"]
    doc.update({name: given[name] for name in ("description", "displayId") if name in given})
    doc["sequence"] += 1
    return {"account": books.update("Account", doc)}


def archive_account(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """accountArchive."""
    books, doc = desk.target("Account", given["id"])
    doc["isArchived"] = True
    doc["sequence"] += 1
    books.update("Account", doc)
    return {}


# -- taxes ---------------------------------------------------------------------------------------------------


def create_tax(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """salesTaxCreate; `rate` is a fraction: 0.0825 is 8.25 %."""
    return {"salesTax": new_tax(desk.open(given["businessId"]), given)}


def new_tax(books: Books, given: dict[str, Any]) -> dict[str, Any]:
    """Add a sales tax. Raises Refused."""
    _tax_names(books, given, None)
    doc = {name: given.get(name) for name in ("name", "abbreviation", "description", "taxNumber")}
    for flag in ("isCompound", "isRecoverable", "showTaxNumberOnInvoices"):
        doc[flag] = bool(given.get(flag))
    doc["isArchived"] = False
    doc["rates"] = [{"effective": "1900-01-01", "rate": _fraction(given["rate"], "rate")}]
    return books.insert("SalesTax", doc)


def patch_tax(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """salesTaxPatch; new rates come with the day they begin on, and stand beside the old ones."""
    books, doc = desk.target("SalesTax", given["id"])
    _tax_names(books, given, doc["id"])
    names = ("name", "abbreviation", "description", "taxNumber", "showTaxNumberOnInvoices")
    doc.update({name: given[name] for name in names if given.get(name) is not None})
    rates = {row["effective"]: row["rate"] for row in doc["rates"]}
    for n, row in enumerate(given.get("rates") or []):
        rates[row["effective"]] = _fraction(row["rate"], "rates", n, "rate")
    doc["rates"] = [{"effective": day, "rate": rate} for day, rate in sorted(rates.items())]
    return {"salesTax": books.update("SalesTax", doc)}


def _tax_names(books: Books, given: dict[str, Any], own: str | None) -> None:
    short, name = given.get("abbreviation"), given.get("name")
    if short is not None:
        if not short.strip() or len(short) > 10:
            raise refused("Ensure this field has 1 to 10 characters.", "abbreviation")
        if any(held["id"] != own for held in books.held("SalesTax", "abbreviation", short)):
            raise refused("Abbreviation is already in use.", "abbreviation", code="DUPLICATE")
    if name is not None and not name.strip():
        raise refused("This field may not be blank.", "name")


def _fraction(value: Decimal, *path: str | int) -> str:
    rate = rounded(value, 6)
    if not Decimal(0) <= rate < Decimal(10):
        raise refused("Rate is out of range.", *path)
    return plain(rate)


def archive_tax(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    """salesTaxArchive."""
    books, doc = desk.target("SalesTax", given["id"])
    doc["isArchived"] = True
    return {"salesTax": books.update("SalesTax", doc)}
