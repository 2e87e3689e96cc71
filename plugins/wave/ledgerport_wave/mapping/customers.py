"""Customers: `Customer` <-> Wave's customer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Address, Customer, Kind, PulledCustomer, Push, Remote
from ledgerport_wave.books import Books
from ledgerport_wave.mapping.places import country_code, province_code
from ledgerport_wave.mapping.wire import MARKER, Row, part, text


def to_wire(push: Push[Customer], books: Books) -> Row:
    """The input to send. Empty members are left out: what a bookkeeper typed there stays.

    The account number (`displayId`) carries our marker. It is written at creation only, as is the currency: a customer
    that was there before us keeps its own.
    """
    customer = push.value
    row: Row = {"name": customer.name}
    if push.remote_id is None:
        row["businessId"] = books.business
        if push.marker:
            row["displayId"] = push.marker
        if customer.currency != books.currency:
            row["currency"] = customer.currency
    else:
        row["id"] = push.remote_id
    known = {
        "firstName": customer.given_name,
        "lastName": customer.family_name,
        "email": customer.email.strip(),
        "phone": customer.phone,
        "address": _address(customer.address, books.country),
    }
    return {**row, **{name: value for name, value in known.items() if value}}


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A customer as what the hub must know of it."""
    marker = text(row, "displayId")
    return Remote(
        id=text(row, "id"),
        kind=Kind.CUSTOMER,
        version=text(row, "modifiedAt"),
        name=text(row, "name"),
        email=text(row, "email"),
        phone=text(row, "phone"),
        marker=marker if MARKER.fullmatch(marker) else "",
        active=row.get("isArchived") is not True,
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledCustomer:
    """A customer as one of ours; `ref` is empty, for the hub to fill. `currency` where the customer has none."""
    remote = from_wire(row)
    address = part(row, "address")
    country = text(part(address, "country"), "code")
    return PulledCustomer(
        remote=remote,
        value=Customer(
            ref="",
            name=remote.name,
            email=remote.email,
            phone=remote.phone,
            given_name=text(row, "firstName"),
            family_name=text(row, "lastName"),
            address=Address(
                line1=text(address, "addressLine1"),
                line2=text(address, "addressLine2"),
                city=text(address, "city"),
                region=text(part(address, "province"), "code").removeprefix(f"{country}-"),
                postal_code=text(address, "postalCode"),
                country=country,
            ),
            currency=text(part(row, "currency"), "code") or currency,
        ),
    )


def _address(address: Address, home: str) -> Row:
    """What has no code of Wave's (a country spelled oddly, a county) stands behind the city, so that nothing is lost.

    A state without a country is looked for in the business's own country.
    """
    country = country_code(address.country) if address.country else ""
    province = province_code(address.region, country or home) if address.region else ""
    if province and not address.country:
        country = home
    left = ["" if province else address.region, "" if country else address.country]
    row = {
        "addressLine1": address.line1,
        "addressLine2": address.line2,
        "city": ", ".join(filter(None, (address.city, *left))),
        "provinceCode": province,
        "postalCode": address.postal_code,
        "countryCode": country,
    }
    return {name: value for name, value in row.items() if value}
