"""Item, Account and PaymentMethod (sections 3.2, 3.6, 3.7)."""

from __future__ import annotations

from typing import Any

from ledgerport_quickbooks_sandbox import rules
from ledgerport_quickbooks_sandbox.people import DELETED, retired
from ledgerport_quickbooks_sandbox.refusals import Refused, bad_reference, business, inactive, missing, too_long
from ledgerport_quickbooks_sandbox.state import Books

_TYPES = frozenset({"Service", "NonInventory", "Inventory", "Category", "Group"})
_INCOME = frozenset({"Income", "Other Income"})
_COST = frozenset({"Cost of Goods Sold", "Expense", "Other Expense"})
CLASSES = {
    **dict.fromkeys(("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset"), "Asset"),
    **dict.fromkeys(("Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability"), "Liability"),
    **dict.fromkeys(("Income", "Other Income"), "Revenue"),
    **dict.fromkeys(("Cost of Goods Sold", "Expense", "Other Expense"), "Expense"),
    "Equity": "Equity",
}
ITEM_READ_ONLY = frozenset({"FullyQualifiedName", "Level", "AvgCost", "QtyOnPurchaseOrder", "QtyOnSalesOrder"})


def build_item(books: Books, given: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    """The document an accepted create or update leaves behind. Raises Refused; writes nothing."""
    doc = {name: value for name, value in given.items() if name not in ITEM_READ_ONLY}
    rules.lengths("Item", doc)
    if "Name" not in doc:
        raise missing("Name")
    rules.name_characters(doc, ("Name",), books.switches["bad_name_code"])
    kind = doc.get("Type") or (current["Type"] if current else None)
    if kind is None:
        raise missing("Type")
    doc["Type"] = kind
    rules.choice(doc, "Type", _TYPES)
    if kind == "Group":
        raise Refused("500", "Operation on bundles is not supported.", "Type")
    doc.setdefault("Active", True)
    _rename(books, "Item", doc, current)
    for name in ("UnitPrice", "PurchaseCost"):
        if name in doc:
            doc[name] = rules.number(rules.decimal(doc[name], name))
    if kind == "Category":
        doc.pop("UnitPrice", None)
    else:
        doc.setdefault("UnitPrice", 0)
        doc.setdefault("PurchaseCost", 0)
        doc["TrackQtyOnHand"] = bool(doc.get("TrackQtyOnHand", False))
        _accounts(books, doc)
    if books.company.country == "US":
        doc["Taxable"] = bool(doc.get("Taxable", False))
    else:
        doc.pop("Taxable", None)
    _place(books, doc)
    return doc


def _rename(books: Books, kind: str, doc: dict[str, Any], current: dict[str, Any] | None) -> None:
    key = f"{kind}.Name"
    if doc["Active"] is False and (current is None or current["Active"]):
        doc["Name"] = retired(books, kind, doc["Name"], key=key)
    elif doc["Active"] and current is not None and not current["Active"]:
        doc["Name"] = doc["Name"].removesuffix(DELETED)
    for _, id in books.store.find(books.company.id, key, doc["Name"].lower()):
        if current is None or id != current["Id"]:
            raise name_taken(books, kind)


def name_taken(books: Books, kind: str) -> Refused:
    """6240 for lists of things; the wording for items is UNSURE."""
    thing = {"Item": "product or service", "Account": "account", "PaymentMethod": "payment method"}[kind]
    text = (
        "null" if books.switches["duplicate_name_detail"] == "null" else f"Another {thing} is already using this name."
    )
    return Refused("6240", f"The name supplied already exists. : {text}", "")


def _accounts(books: Books, doc: dict[str, Any]) -> None:
    income = account(books, doc, "IncomeAccountRef", _INCOME)
    cost = account(books, doc, "ExpenseAccountRef", _COST)
    account(books, doc, "AssetAccountRef", frozenset({"Other Current Asset"}))
    if doc["Type"] == "Inventory":
        for name in ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "QtyOnHand", "InvStartDate"):
            if name not in doc:
                raise missing(name)
        doc["InvStartDate"] = rules.day(doc["InvStartDate"], "InvStartDate")
        if not doc["TrackQtyOnHand"]:
            raise business("When TrackQtyOnHand is false the type of the item cannot be Inventory.")
    elif income is None and cost is None:
        # A purchase-only service carries only its expense account [REC ledgerloop]; one of the two there must be.
        raise missing("IncomeAccountRef")


def account(books: Books, doc: dict[str, Any], name: str, types: frozenset[str]) -> dict[str, Any] | None:
    """The account a reference names, with its name filled in. Raises Refused 2500, 610, 6430."""
    id = rules.reference(doc, name)
    if id is None:
        return None
    found = books.resolve("Account", id)
    if found is None:
        raise bad_reference("Accounts", id, name)
    if not found["Active"]:
        raise inactive()
    if found["AccountType"] not in types:
        raise Refused("6430", f"Invalid account type: {found['AccountType']} cannot be used for {name}", name)
    doc[name] = {"value": id, "name": found["FullyQualifiedName"]}
    return found


def _place(books: Books, doc: dict[str, Any]) -> None:
    parent_id = rules.reference(doc, "ParentRef")
    doc["FullyQualifiedName"] = doc["Name"]
    if parent_id is None:
        doc.pop("SubItem", None)
        return
    parent = books.resolve("Item", parent_id)
    if parent is None:
        raise bad_reference("Items", parent_id, "ParentRef")
    if parent["Type"] != "Category":
        raise business("The parent of an item must be a category.")
    level = int(parent.get("Level", 0)) + 1
    if level > 4:
        raise business("Items can be nested up to five levels deep.")
    doc["SubItem"], doc["Level"] = True, level
    doc["ParentRef"] = {"value": parent_id, "name": parent["FullyQualifiedName"]}
    doc["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{doc['Name']}"


def build_account(books: Books, given: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    """As `build_item`, for an account."""
    doc = {name: value for name, value in given.items() if name not in {"FullyQualifiedName", "CurrentBalance"}}
    rules.lengths("Account", doc)
    if "Name" not in doc:
        raise missing("Name")
    if any(sign in doc["Name"] for sign in '":'):
        raise Refused("2040", "Invalid characters in Name: double quotes and colon are not allowed", "Name")
    number = str(doc.get("AcctNum", ""))
    limit = 20 if books.company.country in {"AU", "CA"} else 7
    if len(number) > limit:
        raise too_long("AcctNum", limit, len(number))
    kind = doc.get("AccountType") or (current["AccountType"] if current else None)
    if kind is None:
        raise missing("AccountType")
    doc["AccountType"] = kind
    rules.choice(doc, "AccountType", frozenset(CLASSES))
    doc.setdefault("AccountSubType", current["AccountSubType"] if current else kind.replace(" ", ""))
    doc.setdefault("Active", True)
    _rename(books, "Account", doc, current)
    doc["Classification"] = CLASSES[kind]
    doc["SubAccount"] = "ParentRef" in doc
    doc["FullyQualifiedName"] = doc["Name"]
    doc["CurrentBalance"] = doc["CurrentBalanceWithSubAccounts"] = current["CurrentBalance"] if current else 0
    doc["CurrencyRef"] = books.currency()
    if parent_id := rules.reference(doc, "ParentRef"):
        parent = books.resolve("Account", parent_id)
        if parent is None:
            raise bad_reference("Accounts", parent_id, "ParentRef")
        doc["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{doc['Name']}"
    return doc


def build_payment_method(books: Books, given: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    """As `build_item`, for a way to pay."""
    doc = dict(given)
    rules.lengths("PaymentMethod", doc)
    if "Name" not in doc:
        raise missing("Name")
    rules.choice(doc, "Type", frozenset({"CREDIT_CARD", "NON_CREDIT_CARD"}))
    doc.setdefault("Type", "NON_CREDIT_CARD")
    doc.setdefault("Active", True)
    _rename(books, "PaymentMethod", doc, current)
    return doc
