"""The five kinds that are pushed: what each is called over there and which mapping speaks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ledgerport.contract import Broken, Customer, Estimate, Invoice, Item, Kind, Payment, Push, Remote, Value
from ledgerport_wave import documents
from ledgerport_wave.books import Books
from ledgerport_wave.documents import Listing, Mutation, Single
from ledgerport_wave.mapping import customers, estimates, invoices, items, payments

V = TypeVar("V", bound=Value)


@dataclass(frozen=True, kw_only=True)
class Shape(Generic[V]):
    """One kind. `newest` lists customers and items; `by_number` and `of_day` list documents."""

    kind: Kind
    create: Mutation
    patch: Mutation
    single: Single
    to_wire: Callable[[Push[V], Books], dict[str, Any]]
    from_wire: Callable[[Mapping[str, Any]], Remote]
    newest: Listing | None = None
    by_number: Listing | None = None
    of_day: Listing | None = None


CUSTOMER: Shape[Customer] = Shape(
    kind=Kind.CUSTOMER,
    create=documents.CUSTOMER_CREATE,
    patch=documents.CUSTOMER_PATCH,
    single=documents.CUSTOMER,
    to_wire=customers.to_wire,
    from_wire=customers.from_wire,
    newest=documents.CUSTOMERS_NEWEST,
)
ITEM: Shape[Item] = Shape(
    kind=Kind.ITEM,
    create=documents.PRODUCT_CREATE,
    patch=documents.PRODUCT_PATCH,
    single=documents.PRODUCT,
    to_wire=items.to_wire,
    from_wire=items.from_wire,
    newest=documents.PRODUCTS_NEWEST,
)
INVOICE: Shape[Invoice] = Shape(
    kind=Kind.INVOICE,
    create=documents.INVOICE_CREATE,
    patch=documents.INVOICE_PATCH,
    single=documents.INVOICE,
    to_wire=invoices.to_wire,
    from_wire=invoices.from_wire,
    by_number=documents.INVOICES_BY_NUMBER,
    of_day=documents.INVOICES_OF_DAY,
)
ESTIMATE: Shape[Estimate] = Shape(
    kind=Kind.ESTIMATE,
    create=documents.ESTIMATE_CREATE,
    patch=documents.ESTIMATE_PATCH,
    single=documents.ESTIMATE,
    to_wire=estimates.to_wire,
    from_wire=estimates.from_wire,
    by_number=documents.ESTIMATES_BY_NUMBER,
    of_day=documents.ESTIMATES_OF_DAY,
)
PAYMENT: Shape[Payment] = Shape(
    kind=Kind.PAYMENT,
    create=documents.PAYMENT_CREATE,
    patch=documents.PAYMENT_PATCH,
    single=documents.PAYMENT,
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
        raise Broken(f"Wave has no place for a {type(value).__name__}.")
    return shape
