"""The five kinds that are pushed: what each is called over there and which mapping speaks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ledgerport.contract import Broken, Customer, Estimate, Invoice, Item, Payment, Push, Remote, Value
from ledgerport_quickbooks.books import Books
from ledgerport_quickbooks.mapping import customers, estimates, invoices, items, payments

V = TypeVar("V", bound=Value)


@dataclass(frozen=True, kw_only=True)
class Shape(Generic[V]):
    """One kind. `entity` is QuickBooks' name, also of the member in an answer; `path` its address; `listed` says that
    it is a name list, whose entries are made inactive and never deleted.
    """

    entity: str
    path: str
    listed: bool
    to_wire: Callable[[Push[V], Books], dict[str, Any]]
    from_wire: Callable[[Mapping[str, Any]], Remote]


CUSTOMER: Shape[Customer] = Shape(
    entity="Customer", path="customer", listed=True, to_wire=customers.to_wire, from_wire=customers.from_wire
)
ITEM: Shape[Item] = Shape(entity="Item", path="item", listed=True, to_wire=items.to_wire, from_wire=items.from_wire)
INVOICE: Shape[Invoice] = Shape(
    entity="Invoice", path="invoice", listed=False, to_wire=invoices.to_wire, from_wire=invoices.from_wire
)
ESTIMATE: Shape[Estimate] = Shape(
    entity="Estimate", path="estimate", listed=False, to_wire=estimates.to_wire, from_wire=estimates.from_wire
)
PAYMENT: Shape[Payment] = Shape(
    entity="Payment", path="payment", listed=False, to_wire=payments.to_wire, from_wire=payments.from_wire
)

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
        raise Broken(f"QuickBooks has no place for a {type(value).__name__}.")
    return shape
