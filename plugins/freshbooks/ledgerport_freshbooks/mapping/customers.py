"""Customers: `Customer` <-> a row of FreshBooks' client. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgerport.contract import Address, Customer, Kind, PulledCustomer, Push, Remote
from ledgerport_freshbooks.mapping.wire import Row, id_of, is_active, marker_in, text

_ADDRESS = (
    ("p_street", "line1"),
    ("p_street2", "line2"),
    ("p_city", "city"),
    ("p_province", "region"),
    ("p_code", "postal_code"),
    ("p_country", "country"),
)


def to_wire(push: Push[Customer]) -> Row:
    """The members to send. Empty ones are left out: what a bookkeeper typed there stays.

    The note is written at creation only, later it belongs to the bookkeeper. So is the currency: documents exist in it.
    """
    customer = push.value
    row: Row = {"organization": _organization(customer)}
    told = {
        "fname": customer.given_name,
        "lname": customer.family_name,
        "email": customer.email,
        "bus_phone": customer.phone,
        **{theirs: getattr(customer.address, ours) for theirs, ours in _ADDRESS},
    }
    row.update((name, value) for name, value in told.items() if value)
    if push.remote_id is None:
        row["currency_code"] = customer.currency
        row["note"] = push.marker
    return row


def from_wire(row: Mapping[str, Any]) -> Remote:
    """A client row as what the hub must know of it."""
    return Remote(
        id=id_of(row, "id", "userid"),
        kind=Kind.CUSTOMER,
        version=text(row, "updated"),
        name=_name(row),
        email=text(row, "email"),
        phone=next((phone for name in ("bus_phone", "mob_phone", "home_phone") if (phone := text(row, name))), ""),
        marker=marker_in(text(row, "note")),
        active=is_active(row),
    )


def pulled(row: Mapping[str, Any], currency: str) -> PulledCustomer:
    """A client row as a customer of ours; `ref` is empty, for the hub to fill. `currency` where the row has none."""
    remote = from_wire(row)
    return PulledCustomer(
        remote=remote,
        value=Customer(
            ref="",
            name=remote.name,
            email=remote.email,
            phone=remote.phone,
            company_name=text(row, "organization"),
            given_name=text(row, "fname"),
            family_name=text(row, "lname"),
            address=Address(**{ours: text(row, theirs) for theirs, ours in _ADDRESS}),
            currency=text(row, "currency_code") or currency,
        ),
    )


def _organization(customer: Customer) -> str:
    """The name, which FreshBooks prints on bills; what it puts there by itself is not specified, so it is always sent.

    Where the name is the person's, and so stands in fname and lname, the company goes here and neither is lost.
    """
    person = f"{customer.given_name} {customer.family_name}".strip()
    return customer.company_name if customer.company_name and person == customer.name else customer.name


def _name(row: Mapping[str, Any]) -> str:
    return text(row, "organization") or f"{text(row, 'fname')} {text(row, 'lname')}".strip()
