"""The five kinds that are pushed: what each is called over there and which mapping speaks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ledgerport.contract import Broken, Customer, Estimate, Invoice, Item, Kind, Payment, Push, Remote, Value
from ledgerport_xero.books import Books
from ledgerport_xero.mapping import customers, estimates, invoices, items, payments

V = TypeVar("V", bound=Value)


@dataclass(frozen=True, kw_only=True)
class Shape(Generic[V]):
    """One kind. `entity` is Xero's name of the list, `id_name` the member with the id; `keys` are the members that
    name a record before it has an id, in answers as in requests.
    """

    kind: Kind
    entity: str
    id_name: str
    keys: tuple[str, ...]
    to_wire: Callable[[Push[V], Books], dict[str, Any]]
    from_wire: Callable[[Mapping[str, Any]], Remote]


CUSTOMER: Shape[Customer] = Shape(
    kind=Kind.CUSTOMER,
    entity="Contacts",
    id_name="ContactID",
    keys=("ContactNumber",),
    to_wire=customers.to_wire,
    from_wire=customers.from_wire,
)
ITEM: Shape[Item] = Shape(
    kind=Kind.ITEM,
    entity="Items",
    id_name="ItemID",
    keys=("Code",),
    to_wire=items.to_wire,
    from_wire=items.from_wire,
)
INVOICE: Shape[Invoice] = Shape(
    kind=Kind.INVOICE,
    entity="Invoices",
    id_name="InvoiceID",
    keys=("InvoiceNumber", "Reference"),
    to_wire=invoices.to_wire,
    from_wire=invoices.from_wire,
)
ESTIMATE: Shape[Estimate] = Shape(
    kind=Kind.ESTIMATE,
    entity="Quotes",
    id_name="QuoteID",
    keys=("QuoteNumber", "Reference"),
    to_wire=estimates.to_wire,
    from_wire=estimates.from_wire,
)
PAYMENT: Shape[Payment] = Shape(
    kind=Kind.PAYMENT,
    entity="Payments",
    id_name="PaymentID",
    keys=("Reference",),
    to_wire=payments.to_wire,
    from_wire=payments.from_wire,
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
        raise Broken(f"Xero has no place for a {type(value).__name__}.")
    return shape
