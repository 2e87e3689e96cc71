"""Contacts (section 3.1): names unique among active ones, matching of POST, partial updates, archiving."""

from __future__ import annotations

import re
from typing import Any

from ledgerport_xero_sandbox.envelopes import new_id
from ledgerport_xero_sandbox.refusals import Refused, missing_document, too_long
from ledgerport_xero_sandbox.state import Books

LIMITS = {
    "Name": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "FirstName": 255,
    "LastName": 255,
    "EmailAddress": 255,
    "TaxNumber": 50,
    "CompanyNumber": 50,
}
_ADDRESS_LIMITS = {"City": 255, "Region": 255, "PostalCode": 50, "Country": 50, "AttentionTo": 255}
_PHONE_LIMITS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_PHONES = ("DEFAULT", "DDI", "FAX", "MOBILE")
_ADDRESSES = ("STREET", "POBOX")
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
_COUNTRY = re.compile(r"[^\W\d_][^\d_]*")
_PLAIN = (*LIMITS, "BankAccountDetails", "DefaultCurrency", "SalesDefaultAccountCode")
_TAXES = ("AccountsReceivableTaxType", "AccountsPayableTaxType")
PERSONS = 5
LISTS = ("Addresses", "Phones", "ContactGroups", "ContactPersons")


def save(books: Books, sent: dict[str, Any], method: str) -> tuple[dict[str, Any], list[str]]:
    """PUT creates, POST creates or updates. Raises Refused; otherwise the kept contact and no warnings."""
    if not any(sent.get(name) for name in ("Name", "ContactID", "ContactNumber")):
        raise Refused(
            "The Contact must contain at least 1 of the following elements to identify the contact: "
            "Name, ContactID, ContactNumber"
        )
    current = _known(books, sent)
    if method == "POST":
        current = current or match(books, sent)
    elif current is not None:
        raise _taken(str(sent.get("Name") or current["Name"]))
    return (create(books, sent) if current is None else change(books, current, sent)), []


def _known(books: Books, sent: dict[str, Any]) -> dict[str, Any] | None:
    if "ContactID" not in sent:
        return None
    found = books.get("Contact", sent["ContactID"])
    if found is None:
        raise missing_document("Contact")
    return found


def match(books: Books, sent: dict[str, Any]) -> dict[str, Any] | None:
    """The contact a POST without ContactID means; the order of the keys is UNSURE (switch `match_order`)."""
    order = (
        ("ContactNumber", "Name") if books.switches["match_order"] == "id, number, name" else ("Name", "ContactNumber")
    )
    for member in order:
        wanted = sent.get(member)
        if not wanted:
            continue
        for doc in books.find("Contact", member, wanted):
            same = _plain(doc[member]) == _plain(wanted)
            if same and (member == "ContactNumber" or doc["ContactStatus"] == "ACTIVE"):
                return books.get("Contact", doc["ContactID"])
    return None


def create(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    """A new contact. Raises Refused."""
    if not sent.get("Name", "").strip():
        raise Refused("The Contact Name must be specified")  # UNSURE: wording
    if sent.get("ContactStatus", "ACTIVE") != "ACTIVE":
        raise _bad_status(sent["ContactStatus"])
    doc = {
        "ContactID": new_id(),
        "ContactStatus": "ACTIVE",
        "Name": "",
        "FirstName": "",
        "LastName": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [_empty_address(kind) for kind in _ADDRESSES],
        "Phones": [_empty_phone(kind) for kind in _PHONES],
        "UpdatedDateUTC": "",
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "SalesTrackingCategories": [],
        "PurchasesTrackingCategories": [],
        "ContactPersons": [],
    }
    return books.insert("Contact", _merged(books, doc, sent))


def change(books: Books, current: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Fields that are left out keep their value. Raises Refused."""
    status = sent.get("ContactStatus", current["ContactStatus"])
    if status == "GDPRREQUEST":
        raise _bad_status(status)
    if status == "ACTIVE" and current["ContactStatus"] == "ARCHIVED" and not books.switches["unarchive_by_api"]:
        raise _bad_status(status)
    return books.update("Contact", _merged(books, {**current, "ContactStatus": status}, sent))


def _merged(books: Books, doc: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    problems = _problems(sent)
    if problems:
        raise Refused(*problems)
    for name in (*_PLAIN, *_TAXES):
        if name in sent:
            doc[name] = sent[name].strip() if name == "Name" else sent[name]
    if "Phones" in sent:
        doc["Phones"] = _by_type(doc["Phones"], sent["Phones"], "PhoneType", "DEFAULT")
    if "Addresses" in sent:
        doc["Addresses"] = _by_type(doc["Addresses"], sent["Addresses"], "AddressType", "POBOX")
    if "ContactPersons" in sent:
        doc["ContactPersons"] = [
            {"FirstName": "", "LastName": "", "EmailAddress": "", "IncludeInEmails": False, **one}
            for one in sent["ContactPersons"]
        ]
    _unique(books, doc)
    return doc


def _problems(sent: dict[str, Any]) -> list[str]:
    found = [str(too_long(f"the field {name}", top)) for name, top in LIMITS.items() if len(sent.get(name, "")) > top]
    mails = [sent.get("EmailAddress"), *(one.get("EmailAddress") for one in sent.get("ContactPersons", ()))]
    if any(mail and _MAIL.fullmatch(mail) is None for mail in mails):
        found.append("Email address must be valid.")
    if len(sent.get("ContactPersons", ())) > PERSONS:
        found.append(f"A contact can have at most {PERSONS} contact persons")  # UNSURE: limit and wording
    for name, limits in (("Addresses", _ADDRESS_LIMITS), ("Phones", _PHONE_LIMITS)):
        for one in sent.get(name, ()):
            tops = {**limits, **{line: 500 for line in one if line.startswith("AddressLine")}}
            found += [
                str(too_long(f"the field {member}", top))
                for member, top in tops.items()
                if len(one.get(member, "")) > top
            ]
            if one.get("Country") and _COUNTRY.fullmatch(one["Country"]) is None:
                found.append("Country must contain letters only")  # UNSURE: wording
    return found


def _unique(books: Books, doc: dict[str, Any]) -> None:
    """Names among active contacts, the two numbers among all of them."""
    for other in books.find("Contact", "Name", doc["Name"]) if doc["ContactStatus"] == "ACTIVE" else ():
        active = other["ContactStatus"] == "ACTIVE" and other["ContactID"] != doc["ContactID"]
        if active and _plain(other["Name"]) == _plain(doc["Name"]):
            raise _taken(doc["Name"])
    if _another(books, doc, "ContactNumber"):
        raise Refused(
            f"The contact number {doc['ContactNumber']} is already assigned to another contact. "
            "The contact number must be unique across all contacts."
        )
    if _another(books, doc, "AccountNumber"):
        raise Refused("The Account Number already exists. Please enter a different Account Number.")


def _another(books: Books, doc: dict[str, Any], member: str) -> bool:
    wanted = doc.get(member)
    if not wanted:
        return False
    others = books.find("Contact", member, wanted)
    return any(one["ContactID"] != doc["ContactID"] and _plain(one[member]) == _plain(wanted) for one in others)


def _plain(text: str) -> str:
    # For uniqueness case and blanks around the text do not count; accents do (UNSURE).
    return text.strip().casefold()


def _taken(name: str) -> Refused:
    return Refused(
        f"The contact name {name} is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    )


def _bad_status(status: str) -> Refused:
    return Refused(f"The status '{status}' is not valid for contacts")


def _by_type(kept: list[dict[str, Any]], sent: list[dict[str, Any]], member: str, default: str) -> list[dict[str, Any]]:
    """What is sent replaces the members of its type; types that are not sent stay (detail UNSURE)."""
    new = {one.get(member, default): one for one in sent}
    return [{**one, **new.get(one[member], {})} for one in kept]


def _empty_phone(kind: str) -> dict[str, str]:
    return {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}


def _empty_address(kind: str) -> dict[str, str]:
    return {"AddressType": kind, "City": "", "Region": "", "PostalCode": "", "Country": ""}


def bare(doc: dict[str, Any], member: str, kind: str) -> list[dict[str, Any]]:
    """Phones or addresses as paged reads show them: types without empty members."""
    return [{name: value for name, value in one.items() if value or name == kind} for one in doc[member]]


def show(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """A contact by its id, or as a write answers it."""
    return {**doc, "HasValidationErrors": False}


def show_paged(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """A contact on a page."""
    phones, addresses = bare(doc, "Phones", "PhoneType"), bare(doc, "Addresses", "AddressType")
    return {**doc, "Phones": phones, "Addresses": addresses, "HasValidationErrors": False}


_LIGHT = (
    "ContactID",
    "ContactNumber",
    "AccountNumber",
    "ContactStatus",
    "Name",
    "FirstName",
    "LastName",
    "EmailAddress",
)


def show_light(books: Books, doc: dict[str, Any]) -> dict[str, Any]:
    """A contact without page, or with summaryOnly: lists are empty."""
    head = {name: doc[name] for name in _LIGHT if name in doc}
    lists: dict[str, Any] = {name: [] for name in LISTS}
    rest = {name: doc[name] for name in ("UpdatedDateUTC", "IsSupplier", "IsCustomer")}
    return {**head, **lists, **rest, "HasValidationErrors": False}


# -- contacts in documents -----------------------------------------------------------------------------------


def resolve(books: Books, sent: dict[str, Any]) -> dict[str, Any]:
    """The contact a document names; an unknown name creates one on the fly. Raises Refused.

    A contact with its id and more fields is changed by the document, and ContactPersons that are not sent are dropped
    [P2].
    """
    if not any(sent.get(name) for name in ("Name", "ContactID", "ContactNumber")):
        raise Refused("A Contact must be specified for this type of transaction")
    found = books.peek("Contact", sent["ContactID"]) if "ContactID" in sent else match(books, sent)
    if found is None:
        if "ContactID" in sent:
            raise missing_document("Contact")
        return create(books, sent)
    if found["ContactStatus"] == "ARCHIVED":
        raise Refused(
            "The contact with the specified contact details has been archived. The contact must be un-archived before "
            "creating new invoices or credit notes."
        )
    more = {name: value for name, value in sent.items() if found.get(name) != value}
    if "ContactID" in sent and len(sent) > 1 and more:
        fresh = books.get("Contact", found["ContactID"])
        assert fresh is not None
        return change(books, fresh, {"ContactPersons": [], **sent})
    return found


def embedded(books: Books, id: str) -> dict[str, Any]:
    """The contact of a document on a page: id and name, empty lists."""
    doc = books.peek("Contact", id) or {"Name": ""}
    lists: dict[str, Any] = {name: [] for name in LISTS}
    return {"ContactID": id, "Name": doc["Name"], **lists, "HasValidationErrors": False}


def mark_customer(books: Books, id: str) -> None:
    """IsCustomer after the first sales invoice; UpdatedDateUTC does not move (section 2.4)."""
    doc = books.peek("Contact", id)
    if doc is not None and not doc["IsCustomer"]:
        books.update("Contact", {**doc, "IsCustomer": True}, rekey=False, touch=False)
