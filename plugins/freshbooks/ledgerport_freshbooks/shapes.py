"""The five kinds that are pushed: where they live over there and which mapping speaks for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ledgerport.contract import Broken, Customer, Estimate, Invoice, Item, Payment, Push, Remote, Value
from ledgerport_freshbooks.client import CLIENTS, ESTIMATES, INVOICES, ITEMS, PAYMENTS, Resource
from ledgerport_freshbooks.mapping import customers, estimates, invoices, items, payments

V = TypeVar("V", bound=Value)


@dataclass(frozen=True, kw_only=True)
class Shape(Generic[V]):
    """One kind. `number_search` names the search for a document's number; empty where there is none to trust."""

    resource: Resource
    to_wire: Callable[[Push[V]], dict[str, Any]]
    from_wire: Callable[[Mapping[str, Any]], Remote]
    number_search: str = ""


CUSTOMER: Shape[Customer] = Shape(resource=CLIENTS, to_wire=customers.to_wire, from_wire=customers.from_wire)
ITEM: Shape[Item] = Shape(resource=ITEMS, to_wire=items.to_wire, from_wire=items.from_wire)
INVOICE: Shape[Invoice] = Shape(
    resource=INVOICES,
    to_wire=invoices.to_wire,
    from_wire=invoices.from_wire,
    number_search="search[invoice_number]",
)
# No search of estimates was ever verified (fact sheet, 6 to 8): a key that does not work gives the whole list.
ESTIMATE: Shape[Estimate] = Shape(
    resource=ESTIMATES,
    to_wire=estimates.to_wire,
    from_wire=estimates.from_wire,
    number_search="search[estimate_number]",
)
PAYMENT: Shape[Payment] = Shape(resource=PAYMENTS, to_wire=payments.to_wire, from_wire=payments.from_wire)

_BY_TYPE: dict[type, Shape[Any]] = {
    Customer: CUSTOMER,
    Item: ITEM,
    Invoice: INVOICE,
    Estimate: ESTIMATE,
    Payment: PAYMENT,
}


def shape_of(value: Value) -> Shape[Any]:
    """The shape of a value's kind. Broken for a value that is none of the five."""
    shape = _BY_TYPE.get(type(value))
    if shape is None:
        raise Broken(f"FreshBooks has no place for a {type(value).__name__}.")
    return shape
