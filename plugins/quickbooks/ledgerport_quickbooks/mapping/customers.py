"""Customers: `Customer` <-> a row of QuickBooks' Customer (and Vendor and Employee, who share its names). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Address, Customer, Kind, PulledCustomer, Push, Remote
from ledgerport_quickbooks.books import Books, Tax
from ledgerport_quickbooks.mapping.wire import Row, email, fitting, one_line, part, reference_id, text, truth

_ADDRESS = (
    ("Line1", "line1", 500),
    ("Line2", "line2", 500),
    ("City", "city", 255),
    ("CountrySubDivisionCode", "region", 255),
    ("PostalCode", "postal_code", 30),
    ("Country", "country", 255),
)


def to_wire(push: Push[Customer], books: Books) -> Row:
    """The row to send, without Id. Empty members are left out: what a bookkeeper typed there stays.

    Refused for what QuickBooks would refuse: an e-mail that is none, texts too long, another currency.
    """
    customer = push.value
    row: Row = {"DisplayName": fitting(customer.name, 500, "name")}
    if customer.company_name:
        row["CompanyName"] = fitting(customer.company_name, 100, "company_name")
    if customer.given_name:
        row["GivenName"] = fitting(one_line(customer.given_name), 100, "given_name")
    if customer.family_name:
        row["FamilyName"] = fitting(one_line(customer.family_name), 100, "family_name")
    if customer.email:
        row["PrimaryEmailAddr"] = {"Address": email(customer.email)}
    if customer.phone:
        row["PrimaryPhone"] = {"FreeFormNumber": fitting(customer.phone, 30, "phone")}
    address = _address(customer.address)
    if address:
        row["BillAddr"] = address
    if books.tax in (Tax.AST, Tax.US):
        row["Taxable"] = customer.taxable
    currency = books.currency_reference(customer.currency)
    if currency and push.remote_id is None:  # it cannot be changed once it is set
        row["CurrencyRef"] = currency
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A Customer row as what the hub must know of it."""
    return named(row, Kind.CUSTOMER)


def named(row: Mapping[str, Any], kind: str) -> Remote:
    """Whoever has a DisplayName: Customer, Vendor or Employee, told apart by `kind`."""
    return Remote(
        id=text(row, "Id"),
        kind=kind,
        version=text(row, "SyncToken"),
        name=text(row, "DisplayName"),
        email=text(part(row, "PrimaryEmailAddr"), "Address"),
        phone=text(part(row, "PrimaryPhone"), "FreeFormNumber"),
        active=truth(row, "Active", default=True),
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledCustomer:
    """A Customer row as a customer of ours; `ref` is empty, for the hub to fill. `currency` where the row has none."""
    bill = part(row, "BillAddr")
    remote = from_wire(row)
    return PulledCustomer(
        remote=remote,
        value=Customer(
            ref="",
            name=remote.name,
            email=remote.email,
            phone=remote.phone,
            company_name=text(row, "CompanyName"),
            given_name=text(row, "GivenName"),
            family_name=text(row, "FamilyName"),
            address=Address(**{ours: text(bill, theirs) for theirs, ours, _ in _ADDRESS}),
            taxable=truth(row, "Taxable", default=True),
            currency=reference_id(row, "CurrencyRef") or currency,
        ),
    )


def _address(address: Address) -> Row:
    row: Row = {}
    for theirs, ours, length in _ADDRESS:
        value = getattr(address, ours)
        if value:
            row[theirs] = fitting(value, length, f"address.{ours}")
    return row
