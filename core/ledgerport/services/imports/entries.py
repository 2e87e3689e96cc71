"""What was read of one customer or item, ready to be kept as a row and, later, to be saved as a record of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledgerport.contract import PulledCustomer, PulledItem
from ledgerport.services.imports.likeness import email_key
from ledgerport.services.imports.suggest_type import suggest_type

# As `record_fields.Short` and the columns behind it have it.
_SHORT = 200
_LONG = 4000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One object over there. `data`: the fields of a CustomerInput or ItemInput, and `code` of an item."""

    remote_id: str
    version: str
    name: str
    email: str
    type: str
    type_reason: str
    data: Mapping[str, Any]


def customer_entry(pulled: PulledCustomer, label: str) -> Entry | None:
    """None for what is not in use over there any more."""
    value, remote = pulled.value, pulled.remote
    if not remote.active:
        return None
    person = f"{value.given_name} {value.family_name}".strip()
    email = value.email.strip()
    names = (value.name, value.company_name, person, email)
    name = next((name.strip() for name in names if name.strip()), f"Customer {remote.id} of {label}")
    suggested = suggest_type(name=name, company_name=value.company_name, person=person, email=email)
    address = value.address
    return Entry(
        remote_id=remote.id,
        version=remote.version,
        name=name,
        email=email_key(email),
        type=suggested.type,
        type_reason=suggested.reason,
        data={
            "name": name[:1000],
            "email": email,
            "phone": value.phone.strip()[:_SHORT],
            "company_name": value.company_name[:_LONG],
            "given_name": value.given_name[:_SHORT],
            "family_name": value.family_name[:_SHORT],
            "taxable": value.taxable,
            "address": {
                part: getattr(address, part).strip()[:_SHORT]
                for part in ("line1", "line2", "city", "region", "postal_code", "country")
                if getattr(address, part).strip()
            },
        },
    )


def item_entry(pulled: PulledItem, label: str) -> Entry | None:
    """None for what is not in use over there any more."""
    value, remote = pulled.value, pulled.remote
    if not remote.active:
        return None
    name = value.name.strip() or value.sku.strip() or f"Item {remote.id} of {label}"
    return Entry(
        remote_id=remote.id,
        version=remote.version,
        name=name,
        email="",
        type=value.type.value,
        type_reason="",
        data={
            "name": name[:1000],
            "sku": value.sku.strip()[:_SHORT],
            "description": value.description[:_LONG],
            "price": f"{value.price:f}",
            "cost": None if value.cost is None else f"{value.cost:f}",
            "taxable": value.taxable,
            "code": value.code or remote.number,
        },
    )
