"""Customer, Vendor and Employee: one name space, three lists (section 3.1)."""

from __future__ import annotations

from typing import Any

from ledgerport_quickbooks_sandbox import rules
from ledgerport_quickbooks_sandbox.refusals import Refused, bad_reference, business, missing
from ledgerport_quickbooks_sandbox.state import Books

_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_NAMED = ("DisplayName", "GivenName", "MiddleName", "FamilyName", "CompanyName")
_DELIVERY = frozenset({"Print", "Email", "None"})
#: What Intuit sets itself: sent values are overwritten without an error [D-BASIC].
READ_ONLY = frozenset({"FullyQualifiedName", "Balance", "BalanceWithJobs", "Level", "V4IDPseudonym", "RootCustomerRef"})
DELETED = " (deleted)"


def build(books: Books, kind: str, given: dict[str, Any], current: dict[str, Any] | None) -> dict[str, Any]:
    """The document an accepted create or update leaves behind. Raises Refused; writes nothing."""
    doc = {name: value for name, value in given.items() if name not in READ_ONLY}
    _formats(books, doc)
    if "DisplayName" not in doc:
        built = " ".join(str(doc[part]) for part in _PARTS if part in doc)
        if not built and current is not None:
            built = current["DisplayName"]
        if not built:
            raise Refused(
                "6080", "At least one of Title, GivenName, MiddleName, FamilyName, Suffix, DisplayName is required", ""
            )
        doc["DisplayName"] = built
    doc.setdefault("Active", True)
    _activity(books, kind, doc, current)
    free(books, kind, doc["DisplayName"], own=current["Id"] if current else None)
    doc.setdefault(
        "PrintOnCheckName", current["PrintOnCheckName"] if current else doc.get("CompanyName") or doc["DisplayName"]
    )
    _money(books, doc, current)
    if kind == "Customer":
        _customer(books, doc, current)
    elif kind == "Vendor":
        doc.setdefault("Vendor1099", False)
        doc["Balance"] = current.get("Balance", 0) if current else 0
    else:
        doc.setdefault("BillableTime", False)
        doc.pop("CurrencyRef", None)
    return doc


def _formats(books: Books, doc: dict[str, Any]) -> None:
    rules.lengths("names", doc)
    rules.name_characters(doc, _NAMED, books.switches["bad_name_code"])
    rules.email(doc, "PrimaryEmailAddr")
    for name in ("PrimaryPhone", "AlternatePhone", "Mobile", "Fax"):
        rules.phone(doc, name)
    for name in ("BillAddr", "ShipAddr"):
        rules.address(doc, name)


def _activity(books: Books, kind: str, doc: dict[str, Any], current: dict[str, Any] | None) -> None:
    """A deactivated name gets its suffix, which frees it; a reactivated one loses it (UNSURE) and must be free
    again.
    """
    if doc["Active"] is False and (current is None or current["Active"]):
        doc["DisplayName"] = retired(books, kind, doc["DisplayName"], key="Names")
    elif doc["Active"] and current is not None and not current["Active"] and doc["DisplayName"].endswith(DELETED):
        doc["DisplayName"] = doc["DisplayName"].removesuffix(DELETED)


def retired(books: Books, kind: str, name: str, *, key: str) -> str:
    """The name of an object that is switched off; a second one of the same name is numbered (UNSURE how)."""
    candidate, n = name + DELETED, 1
    while books.store.find(books.company.id, key, candidate.lower()):
        candidate, n = f"{name} (deleted-{n})", n + 1
    return candidate


def free(books: Books, kind: str, name: str, own: str | None) -> None:
    """Raises Refused 6240 when another Customer, Vendor or Employee holds the name."""
    for holder, id in books.store.find(books.company.id, "Names", name.lower()):
        if (holder, id) != (kind, own):
            raise taken(books, kind, holder)


def taken(books: Books, kind: str, holder: str) -> Refused:
    """6240 in one of its wordings: the switch `duplicate_name_detail` [INK], [REC flowlink], [S-BATCH]."""
    wording = books.switches["duplicate_name_detail"]
    if wording == "auto":
        wording = "one_list" if holder == kind else "all_lists"
    text = {
        "null": "null",
        # Two blanks, as recorded in 2019.
        "one_list": f"Another {kind.lower()} is already using this name.  Please use a different name.",
        "all_lists": "Another customer, vendor or employee is already using this name. Please use a different name.",
    }[wording]
    return Refused("6240", f"The name supplied already exists. : {text}")


def _money(books: Books, doc: dict[str, Any], current: dict[str, Any] | None) -> None:
    home = books.company.currency
    if rules.reference(doc, "CurrencyRef") not in {None, home}:
        raise business("Multi currency is not enabled for this company.")
    doc["CurrencyRef"] = books.currency()


def _customer(books: Books, doc: dict[str, Any], current: dict[str, Any] | None) -> None:
    rules.choice(doc, "PreferredDeliveryMethod", _DELIVERY)
    doc.setdefault("PreferredDeliveryMethod", "Print")
    doc.setdefault("Taxable", True)
    doc.setdefault("BillWithParent", False)
    doc["Job"] = bool(doc.get("Job", False))
    doc["FullyQualifiedName"] = doc["DisplayName"]
    doc["Balance"] = doc["BalanceWithJobs"] = current["Balance"] if current else 0
    doc.pop("IsProject", None)
    if books.company.tax == "ast":
        # Automated sales tax sets the code itself [AST].
        doc["DefaultTaxCodeRef"] = {"value": "2"}
    for name in ("BillAddr", "ShipAddr"):
        if name in doc:
            _address(books, doc[name])
    parent_id = rules.reference(doc, "ParentRef")
    if parent_id is None:
        if doc["Job"]:
            raise missing("ParentRef")
        return
    parent = books.resolve("Customer", parent_id)
    if parent is None:
        raise bad_reference("Names", parent_id, "ParentRef")
    level = int(parent.get("Level", 0)) + 1
    if level > 4:
        raise business("A customer can have sub-customers up to four levels deep.")
    doc["Level"] = level
    doc["ParentRef"] = {"value": parent_id, "name": parent["DisplayName"]}
    doc["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{doc['DisplayName']}"


def _address(books: Books, value: dict[str, Any]) -> None:
    for name in ("Lat", "Long"):
        value.pop(name, None)
    if "Id" not in value:
        value["Id"] = str(books.store.number(books.company.id, "id:address", add=1))
