"""What a request may say about each kind, and how its values are read.

Members that Xero does not know or only writes itself are ignored; a value of the wrong type refuses the whole request
with ErrorNumber 14 before anything is saved (section 2.2).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from ledgerport_xero_sandbox.refusals import unreadable

Reader = Callable[[Any, str], Any]
_TRILLION = Decimal(10) ** 12
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MS = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


def _bad(value: Any, kind: str, path: str) -> Exception:
    shown = orjson.dumps(value).decode()
    return unreadable(f"Error converting value {shown} to type '{kind}'. Path '{path}'.")


def text(value: Any, path: str) -> str:
    """A text; numbers are taken as they are written."""
    if isinstance(value, dict | list):
        raise _bad(value, "System.String", path)
    return str(value).lower() if isinstance(value, bool) else str(value)


def flag(value: Any, path: str) -> bool:
    """true, false, or the words."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise _bad(value, "System.Boolean", path)


def amount(value: Any, path: str) -> Decimal:
    """A number, also as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _bad(value, "System.Decimal", path)
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation as err:
        raise _bad(value, "System.Decimal", path) from err
    # Above a trillion a JSON number could no longer hold the cents; Xero's own bound is not known.
    if not found.is_finite() or abs(found) >= _TRILLION:
        raise _bad(value, "System.Decimal", path)
    return found


def day(value: Any, path: str) -> str:
    """A calendar day. A time with an offset is converted to UTC and cut to the day [I:calcinai/xero-php#177]."""
    if isinstance(value, str):
        if found := _MS.fullmatch(value):
            return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date().isoformat()
        try:
            if len(value) == 10:
                return date.fromisoformat(value).isoformat()
            at = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return (at.astimezone(UTC) if at.tzinfo else at).date().isoformat()
    raise _bad(value, "System.DateTime", path)


def guid(value: Any, path: str) -> str:
    """A guid in lower case with hyphens."""
    if isinstance(value, str):
        if _GUID.fullmatch(value):
            return value.lower()
        try:
            return str(uuid.UUID(value))
        except ValueError:
            pass
    raise _bad(value, "System.Guid", path)


def one_of(name: str, *words: str) -> Reader:
    """An enumeration; its words are told apart by case, so NO_TAX is not NoTax."""

    def read(value: Any, path: str) -> str:
        if value not in words:
            raise _bad(value, f"Xero.Api.{name}", path)
        return str(value)

    return read


def several(members: Mapping[str, Reader]) -> Reader:
    """A list of objects."""
    inner = object_of(members)

    def read(value: Any, path: str) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise _bad(value, "System.Collections.Generic.List", path)
        return [inner(one, f"{path}[{index}]") for index, one in enumerate(value)]

    return read


def object_of(members: Mapping[str, Reader]) -> Reader:
    """An object; null members count as left out."""

    def read(value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _bad(value, "System.Object", path)
        found = {}
        for name, reader in members.items():
            given = value.get(name)
            if given is not None:
                found[name] = reader(given, f"{path}.{name}" if path else name)
        return found

    return read


_PHONES = several(
    {
        "PhoneType": one_of("PhoneType", "DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE"),
        "PhoneNumber": text,
        "PhoneAreaCode": text,
        "PhoneCountryCode": text,
    }
)
ADDRESS_LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")
_ADDRESSES = several(
    {
        "AddressType": one_of("AddressType", "POBOX", "STREET"),
        **dict.fromkeys((*ADDRESS_LINES, "City", "Region", "PostalCode", "Country", "AttentionTo"), text),
    }
)
CONTACT: dict[str, Reader] = {
    "ContactID": guid,
    **dict.fromkeys(("ContactNumber", "AccountNumber", "Name", "FirstName", "LastName", "EmailAddress"), text),
    **dict.fromkeys(("TaxNumber", "CompanyNumber", "BankAccountDetails", "DefaultCurrency"), text),
    **dict.fromkeys(("SalesDefaultAccountCode", "AccountsReceivableTaxType", "AccountsPayableTaxType"), text),
    "ContactStatus": one_of("ContactStatus", "ACTIVE", "ARCHIVED", "GDPRREQUEST"),
    "Phones": _PHONES,
    "Addresses": _ADDRESSES,
    "ContactPersons": several({"FirstName": text, "LastName": text, "EmailAddress": text, "IncludeInEmails": flag}),
}
_DETAILS = object_of({"UnitPrice": amount, "AccountCode": text, "COGSAccountCode": text, "TaxType": text})
ITEM: dict[str, Reader] = {
    "ItemID": guid,
    **dict.fromkeys(("Code", "Name", "Description", "PurchaseDescription", "InventoryAssetAccountCode"), text),
    **dict.fromkeys(("IsSold", "IsPurchased"), flag),
    "SalesDetails": _DETAILS,
    "PurchaseDetails": _DETAILS,
}
_TRACKING = several({"TrackingCategoryID": guid, "TrackingOptionID": guid, "Name": text, "Option": text})
LINE: dict[str, Reader] = {
    "LineItemID": guid,
    **dict.fromkeys(("Description", "ItemCode", "AccountCode", "TaxType"), text),
    **dict.fromkeys(("Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount"), amount),
    "Tracking": _TRACKING,
}
_DOCUMENT: dict[str, Reader] = {
    "Contact": object_of(CONTACT),
    "LineItems": several(LINE),
    "Date": day,
    "Reference": text,
    "BrandingThemeID": guid,
    "CurrencyCode": text,
    "CurrencyRate": amount,
}
INVOICE: dict[str, Reader] = {
    **_DOCUMENT,
    "InvoiceID": guid,
    "InvoiceNumber": text,
    "Type": one_of("InvoiceType", "ACCREC", "ACCPAY"),
    "Status": one_of("InvoiceStatus", "DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"),
    "LineAmountTypes": one_of("LineAmountTypes", "Exclusive", "Inclusive", "NoTax"),
    "DueDate": day,
    "ExpectedPaymentDate": day,
    "Url": text,
    "SentToContact": flag,
}
QUOTE: dict[str, Reader] = {
    **_DOCUMENT,
    "QuoteID": guid,
    "QuoteNumber": text,
    "Status": one_of("QuoteStatus", "DRAFT", "SENT", "ACCEPTED", "DECLINED", "INVOICED", "DELETED"),
    "LineAmountTypes": one_of("QuoteLineAmountTypes", "EXCLUSIVE", "INCLUSIVE", "NOTAX"),
    "ExpiryDate": day,
    **dict.fromkeys(("Title", "Summary", "Terms"), text),
}
_INVOICE_LINK = object_of({"InvoiceID": guid, "InvoiceNumber": text})
_ACCOUNT_LINK = object_of({"AccountID": guid, "Code": text})
PAYMENT: dict[str, Reader] = {
    "PaymentID": guid,
    "Invoice": _INVOICE_LINK,
    "Account": _ACCOUNT_LINK,
    "Date": day,
    "Amount": amount,
    "CurrencyRate": amount,
    "Reference": text,
    "IsReconciled": flag,
    "Status": one_of("PaymentStatus", "AUTHORISED", "DELETED"),
}
BATCH_PAYMENT: dict[str, Reader] = {
    "BatchPaymentID": guid,
    "Account": _ACCOUNT_LINK,
    "Date": day,
    **dict.fromkeys(("Reference", "Details", "Narrative", "Particulars", "Code"), text),
    "Status": one_of("BatchPaymentStatus", "AUTHORISED", "DELETED"),
    "Payments": several({"Invoice": _INVOICE_LINK, "Amount": amount, "Reference": text, "Details": text}),
}
ACCOUNT: dict[str, Reader] = {
    "AccountID": guid,
    **dict.fromkeys(("Code", "Name", "Description", "TaxType", "BankAccountNumber"), text),
    "Type": text,
    "Status": one_of("AccountStatus", "ACTIVE", "ARCHIVED", "DELETED"),
    "EnablePaymentsToAccount": flag,
}
CURRENCY: dict[str, Reader] = {"Code": text, "Description": text}


def read(members: Mapping[str, Reader], value: Any, path: str = "") -> dict[str, Any]:
    """One element of a request. Raises ApiError 14."""
    found: dict[str, Any] = object_of(members)(value, path)
    return found
