"""Records as contract values, ready to go: with the remote ids of the records they point to, or a list of what is
missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.contract import (
    Address,
    Customer,
    Estimate,
    Invoice,
    InvoiceLine,
    Item,
    ItemType,
    Kind,
    Payment,
    PaymentMethod,
    Reference,
    Value,
)
from ledgerport.db import models
from ledgerport.db.among import among
from ledgerport.db.repositories import links, name_claims
from ledgerport.db.repositories.naming import payment_name


@dataclass(frozen=True, kw_only=True)
class Needed:
    """A record that has to be in the books first."""

    kind: Kind
    record_id: int
    name: str


class Draft(NamedTuple):
    """One record on its way out.

    `value` is None while something `needed` is missing or `obstacle` says why it cannot go.
    """

    record_id: int
    name: str
    value: Value | None
    needed: Sequence[Needed] = ()
    obstacle: str = ""


class StandIn(NamedTuple):
    """The item that stands for document lines without one."""

    id: int
    ref: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What documents need at this provider: an item for every line (`stand_in`), their items' codes."""

    stand_in: StandIn | None = None
    codes: bool = False


def load(
    session: Session,
    connection_id: int,
    kind: Kind,
    record_ids: Collection[int],
    currency: str,
    wishes: Wishes = Wishes(),
) -> dict[int, Draft]:
    """The drafts of these records, by record id; a record that does not exist any more is left out.

    `currency`: the tenant's.
    """
    ids = list(record_ids)
    if kind is Kind.CUSTOMER:
        return _customers(session, ids, currency)
    if kind is Kind.ITEM:
        return _items(session, ids, currency)
    if kind is Kind.PAYMENT:
        return _payments(session, connection_id, ids)
    return _Documents(session, connection_id, kind, wishes).load(ids)


_CUSTOMERS = select(*models.Customer.__table__.c).where(among(models.Customer.__table__.c.id, "ids"))
_ITEMS = select(
    *(
        models.Item.__table__.c[name]
        for name in ("id", "ref", "name", "type", "price", "cost", "sku", "description", "taxable")
    )
).where(among(models.Item.__table__.c.id, "ids"))
_ITEM_TYPES = {kind.value: kind for kind in ItemType}


def _customers(session: Session, ids: list[int], currency: str) -> dict[int, Draft]:
    rows = session.connection().execute(_CUSTOMERS, {"ids": ids})
    return {
        row.id: Draft(
            record_id=row.id,
            name=row.name,
            value=Customer(
                ref=row.ref,
                name=row.name,
                email=row.email.strip(),
                phone=row.phone,
                company_name=row.company_name,
                given_name=row.given_name,
                family_name=row.family_name,
                address=Address(**row.address) if row.address else Address(),
                taxable=row.taxable,
                currency=currency,
            ),
        )
        for row in rows
    }


def _items(session: Session, ids: list[int], currency: str) -> dict[int, Draft]:
    rows = session.connection().execute(_ITEMS, {"ids": ids})
    return {
        id_: Draft(
            record_id=id_,
            name=name,
            value=Item(
                ref=ref,
                name=name,
                type=_ITEM_TYPES[type_],
                price=price,
                cost=cost,
                sku=sku,
                description=description,
                taxable=taxable,
                currency=currency,
            ),
        )
        for id_, ref, name, type_, price, cost, sku, description, taxable in rows
    }


@cache
def _document_queries(kind: Kind) -> tuple[Any, Any]:
    """Documents with their customer, and their lines with their items; built once a kind."""
    invoice = kind is Kind.INVOICE
    document = (models.Invoice if invoice else models.Estimate).__table__
    line = (models.InvoiceLine if invoice else models.EstimateLine).__table__
    parent = line.c["invoice_id" if invoice else "estimate_id"]
    customer, item = models.Customer.__table__, models.Item.__table__
    documents = (
        select(
            *document.c,
            customer.c.ref.label("customer_ref"),
            customer.c.name.label("customer_name"),
            customer.c.email.label("customer_email"),
        )
        .join(customer, customer.c.id == document.c.customer_id)
        .where(among(document.c.id, "ids"))
    )
    lines = (
        select(
            parent.label("parent_id"),
            line.c.item_id,
            line.c.description,
            line.c.quantity,
            line.c.unit_price,
            line.c.amount,
            line.c.taxable,
            line.c.tax_code,
            item.c.ref.label("item_ref"),
            item.c.name.label("item_name"),
        )
        .outerjoin(item, item.c.id == line.c.item_id)
        .where(among(parent, "ids"))
        .order_by(parent, line.c.position)
    )
    return documents, lines


class _Documents:
    """Documents of one kind, with the remote ids of everything they name."""

    def __init__(self, session: Session, connection_id: int, kind: Kind, wishes: Wishes) -> None:
        self._session, self._connection_id, self._kind, self._wishes = session, connection_id, kind, wishes
        self._customers: Mapping[int, links.Linked] = {}
        self._items: Mapping[int, links.Linked] = {}
        self._estimates: Mapping[int, links.Linked] = {}
        self._codes: Mapping[int, str] = {}

    def load(self, ids: list[int]) -> dict[int, Draft]:
        documents, of_documents = _document_queries(self._kind)
        rows = self._session.connection().execute(documents, {"ids": ids}).all()
        lines: dict[int, list[Any]] = {row.id: [] for row in rows}
        for row in self._session.connection().execute(of_documents, {"ids": ids}):
            lines[row.parent_id].append(row)
        self._customers = self._linked(Kind.CUSTOMER, {row.customer_id for row in rows})
        item_ids = {item.id for of_one in lines.values() for row in of_one if (item := self._item(row)) is not None}
        self._items = self._linked(Kind.ITEM, item_ids)
        if self._wishes.codes and item_ids:
            self._codes = name_claims.held(self._session, self._connection_id, name_claims.ITEM_CODE, item_ids)
        if self._kind is Kind.INVOICE:
            self._estimates = self._linked(Kind.ESTIMATE, {row.estimate_id for row in rows if row.estimate_id})
        return {row.id: self._draft(row, lines[row.id]) for row in rows}

    def _linked(self, kind: Kind, ids: Collection[int]) -> Mapping[int, links.Linked]:
        return links.by_record(self._session, self._connection_id, kind, ids)

    def _item(self, line: Any) -> StandIn | None:
        """The item of a line, which may be the one that stands in."""
        if line.item_id is None:
            return self._wishes.stand_in
        return StandIn(line.item_id, line.item_ref, line.item_name)

    def _draft(self, row: Any, lines: Sequence[Any]) -> Draft:
        name = row.number or row.ref
        needed = []
        if _missing(self._customers, row.customer_id):
            needed.append(Needed(kind=Kind.CUSTOMER, record_id=row.customer_id, name=row.customer_name))
        used = {item.id: item for line in lines if (item := self._item(line)) is not None}
        needed += [
            Needed(kind=Kind.ITEM, record_id=item.id, name=item.name)
            for item in used.values()
            if _missing(self._items, item.id)
        ]
        if needed:
            return Draft(record_id=row.id, name=name, value=None, needed=needed)
        shared: dict[str, Any] = {
            "ref": row.ref,
            "number": row.number,
            "customer": Reference(
                ref=row.customer_ref, remote_id=self._customers[row.customer_id].remote_id, name=row.customer_name
            ),
            "issued_on": row.issued_on,
            "lines": tuple(self._line(line) for line in lines),
            "discount": row.discount,
            "tax": row.tax,
            "currency": row.currency,
            "email": row.email or row.customer_email,
            "memo": row.memo,
        }
        if self._kind is Kind.ESTIMATE:
            return Draft(record_id=row.id, name=name, value=Estimate(**shared, expires_on=row.expires_on))
        estimate = self._estimates.get(row.estimate_id)
        value = Invoice(**shared, due_on=row.due_on, estimate_id=estimate.remote_id if estimate else "")
        return Draft(record_id=row.id, name=name, value=value)

    def _line(self, row: Any) -> InvoiceLine:
        item = self._item(row)
        reference = None
        if item is not None:
            reference = Reference(ref=item.ref, remote_id=self._items[item.id].remote_id, name=item.name)
        return InvoiceLine(
            description=row.description,
            quantity=row.quantity,
            unit_price=row.unit_price,
            amount=row.amount,
            item=reference,
            taxable=row.taxable,
            tax_code=row.tax_code,
            item_code=self._codes.get(item.id, "") if item is not None else "",
        )


@cache
def _payments_query() -> Any:
    allocation, payment = models.Allocation.__table__, models.Payment.__table__
    invoice, customer = models.Invoice.__table__, models.Customer.__table__
    return (
        select(
            allocation.c.id,
            allocation.c.amount,
            allocation.c.invoice_id,
            payment.c.ref,
            payment.c.paid_on,
            payment.c.method,
            payment.c.reference,
            payment.c.memo,
            payment.c.currency,
            invoice.c.ref.label("invoice_ref"),
            invoice.c.number.label("invoice_number"),
            invoice.c.status.label("invoice_status"),
            invoice.c.customer_id,
            customer.c.ref.label("customer_ref"),
            customer.c.name.label("customer_name"),
        )
        .join(payment, payment.c.id == allocation.c.payment_id)
        .join(invoice, invoice.c.id == allocation.c.invoice_id)
        .join(customer, customer.c.id == invoice.c.customer_id)
        .where(among(allocation.c.id, "ids"))
    )


def _payments(session: Session, connection_id: int, ids: list[int]) -> dict[int, Draft]:
    rows = session.connection().execute(_payments_query(), {"ids": ids}).all()
    invoices = links.by_record(session, connection_id, Kind.INVOICE, {row.invoice_id for row in rows})
    customers = links.by_record(session, connection_id, Kind.CUSTOMER, {row.customer_id for row in rows})
    return {row.id: _payment(row, invoices, customers) for row in rows}


def _payment(row: Any, invoices: Mapping[int, links.Linked], customers: Mapping[int, links.Linked]) -> Draft:
    number = row.invoice_number or row.invoice_ref
    name = payment_name(row.amount, row.currency, row.paid_on, number)
    needed = []
    if _missing(customers, row.customer_id):
        needed.append(Needed(kind=Kind.CUSTOMER, record_id=row.customer_id, name=row.customer_name))
    if _missing(invoices, row.invoice_id):
        if row.invoice_status != models.DocumentStatus.SENT:
            return Draft(
                record_id=row.id,
                name=name,
                value=None,
                obstacle=f"waits: invoice {number} is {row.invoice_status}. Send the invoice first.",
                needed=[Needed(kind=Kind.INVOICE, record_id=row.invoice_id, name=number)],
            )
        needed.append(Needed(kind=Kind.INVOICE, record_id=row.invoice_id, name=number))
    if needed:
        return Draft(record_id=row.id, name=name, value=None, needed=needed)
    return Draft(
        record_id=row.id,
        name=name,
        value=Payment(
            ref=row.ref,
            customer=Reference(
                ref=row.customer_ref, remote_id=customers[row.customer_id].remote_id, name=row.customer_name
            ),
            invoice=Reference(
                ref=row.invoice_ref, remote_id=invoices[row.invoice_id].remote_id, name=row.invoice_number
            ),
            amount=row.amount,
            paid_on=row.paid_on,
            method=PaymentMethod(row.method),
            reference=row.reference,
            memo=row.memo,
            currency=row.currency,
        ),
    )


def _missing(found: Mapping[int, links.Linked], record_id: int) -> bool:
    return record_id not in found or found[record_id].gone
