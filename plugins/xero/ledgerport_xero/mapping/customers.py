"""Customers: `Customer` <-> a row of Xero's Contacts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Address, Customer, Kind, PulledCustomer, Push, Remote
from ledgerport_xero.books import Books
from ledgerport_xero.mapping.wire import MARKER, Row, cut, email, fitting, part, rows_of, text, version

_ADDRESS = (
    ("AddressLine1", "line1", 500),
    ("AddressLine2", "line2", 500),
    ("City", "city", 255),
    ("Region", "region", 255),
    ("PostalCode", "postal_code", 50),
    ("Country", "country", 50),
)


def to_wire(push: Push[Customer], _books: Books) -> Row:
    """The row to send, without its id. Empty members are left out: what a bookkeeper typed there stays.

    Our marker becomes the contact number, at creation only: a contact that was there before may have a number of
    somebody else's. Invoices print the POBOX address. Refused for an e-mail that is none, or texts too long.
    """
    customer = push.value
    row: Row = {"Name": fitting(customer.name, 255, "name")}
    if push.remote_id is None:
        row["ContactNumber"] = push.marker
    if customer.given_name:
        row["FirstName"] = cut(customer.given_name, 255)
    if customer.family_name:
        row["LastName"] = cut(customer.family_name, 255)
    if customer.email:
        row["EmailAddress"] = email(customer.email)
    if customer.phone:
        phone: Row = {"PhoneType": "DEFAULT", "PhoneNumber": fitting(customer.phone, 50, "phone")}
        if push.remote_id is not None:
            # Ours is the whole number: codes that stand beside it would be read twice.
            phone |= {"PhoneAreaCode": "", "PhoneCountryCode": ""}
        row["Phones"] = [phone]
    address = _address(customer.address)
    if address:
        row["Addresses"] = [{"AddressType": "POBOX", **address}]
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A Contacts row as what the hub must know of it. Suppliers are contacts like all others."""
    contact_number = text(row, "ContactNumber")
    return Remote(
        id=text(row, "ContactID"),
        kind=Kind.CUSTOMER,
        version=version(row),
        name=text(row, "Name"),
        email=text(row, "EmailAddress"),
        phone=_phone(row),
        marker=contact_number if MARKER.fullmatch(contact_number) else "",
        active=text(row, "ContactStatus").upper() in ("ACTIVE", ""),
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledCustomer:
    """A Contacts row as a customer of ours; `ref` is empty, for the hub to fill. `currency` where the row has none."""
    remote = from_wire(row)
    return PulledCustomer(
        remote=remote,
        value=Customer(
            ref="",
            name=remote.name,
            email=remote.email,
            phone=remote.phone,
            given_name=text(row, "FirstName"),
            family_name=text(row, "LastName"),
            address=_postal(row),
            currency=text(row, "DefaultCurrency") or currency,
        ),
    )


def _address(address: Address) -> Row:
    row: Row = {}
    for theirs, ours, length in _ADDRESS:
        value = getattr(address, ours)
        if ours == "country":
            # Letters only.
            value = " ".join("".join(mark for mark in value if mark.isalpha() or mark == " ").split())
        if value:
            row[theirs] = fitting(value, length, f"address.{ours}")
    return row


def _postal(row: Mapping[str, Any]) -> Address:
    """The POBOX address, which invoices print; the street where that one is empty. An answer lists both in any case."""
    found = {text(address, "AddressType"): address for address in rows_of(row, "Addresses")}
    for kind in ("POBOX", "STREET"):
        parts = {ours: text(found.get(kind, {}), theirs).strip() for theirs, ours, _ in _ADDRESS}
        if any(parts.values()):
            return Address(**parts)
    return Address()


def _phone(row: Mapping[str, Any]) -> str:
    """The DEFAULT number with its codes, or the mobile's."""
    found = {text(phone, "PhoneType"): phone for phone in rows_of(row, "Phones")}
    for kind in ("DEFAULT", "MOBILE"):
        phone = part(found, kind)
        if text(phone, "PhoneNumber"):
            parts = (text(phone, name) for name in ("PhoneCountryCode", "PhoneAreaCode", "PhoneNumber"))
            return " ".join(filter(None, parts))
    return ""
