"""Our records that something over there may be: looked up by several keys at once, those already linked left out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Text, func, select
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import Customer, Item, Link, Task, TaskState

_CUSTOMER = (Customer.id, Customer.ref, Customer.name, Customer.email_key, Customer.phone, Customer.address)
_ITEM = (Item.id, Item.ref, Item.name, Item.sku)
# Of one key no more are looked at: nobody chooses among more.
_MOST = 5000


@dataclass(frozen=True, kw_only=True)
class Among:
    """Among which records is looked: a tenant's that are not linked on this connection; with `since`, only those saved
    from then on.
    """

    tenant_id: int
    connection_id: int
    since: datetime | None = None


def customers_by_email(session: Session, where: Among, keys: Collection[str]) -> list[Row[Any]]:
    """Customers without a link whose e-mail key is one of these."""
    return _rows(session, _customers(where).where(among(Customer.email_key, "keys")), keys)


def customers_by_name(session: Session, where: Among, keys: Collection[str]) -> list[Row[Any]]:
    """Customers without a link whose name, lowered, is one of these."""
    return _rows(
        session,
        _customers(where).where(among(func.lower(Customer.name, type_=Text()), "keys")),
        keys,
    )


def customers_by_place(session: Session, where: Among, keys: Collection[str]) -> list[Row[Any]]:
    """Customers without a link whose postal code and first letters of the street are one of these (`place_keys`)."""
    address = Customer.address
    street = func.lower(func.substr(func.coalesce(address["line1"].as_string(), ""), 1, 3, type_=Text()), type_=Text())
    postal = func.lower(
        func.substr(func.coalesce(address["postal_code"].as_string(), ""), 1, 5, type_=Text()), type_=Text()
    )
    return _rows(session, _customers(where).where(among(postal + "|" + street, "keys")), keys)


def place_key(line1: str, postal_code: str) -> str:
    """What `customers_by_place` compares; a first sieve only."""
    return f"{postal_code[:5].lower()}|{line1[:3].lower()}"


def items_by_name(session: Session, where: Among, keys: Collection[str]) -> list[Row[Any]]:
    """Items without a link whose name, lowered, is one of these."""
    return _rows(session, _items(where).where(among(func.lower(Item.name, type_=Text()), "keys")), keys)


def items_by_sku(session: Session, where: Among, keys: Collection[str]) -> list[Row[Any]]:
    """Items without a link whose SKU, lowered, is one of these."""
    return _rows(session, _items(where).where(among(func.lower(Item.sku, type_=Text()), "keys")), keys)


def under_way(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> set[int]:
    """Which of these records are being sent, or may be in the books already: nobody can say yet to what they belong."""
    if not record_ids:
        return set()
    told = session.scalars(
        select(Task.record_id).where(
            Task.connection_id == connection_id,
            Task.kind == kind,
            among(Task.record_id, "ids"),
            (Task.state == TaskState.SENDING) | (Task.reason_code == "conflict"),
        ),
        {"ids": list(record_ids)},
    )
    return set(told)


def held_back(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> set[int]:
    """Which of these records wait for a person, or failed."""
    if not record_ids:
        return set()
    told = session.scalars(
        select(Task.record_id).where(
            Task.connection_id == connection_id,
            Task.kind == kind,
            among(Task.record_id, "ids"),
            Task.state.in_((TaskState.BLOCKED, TaskState.FAILED)),
        ),
        {"ids": list(record_ids)},
    )
    return set(told)


def _customers(where: Among) -> Select[Any]:
    return _unlinked(select(*_CUSTOMER), Customer, Kind.CUSTOMER, where)


def _items(where: Among) -> Select[Any]:
    return _unlinked(select(*_ITEM), Item, Kind.ITEM, where).where(Item.stand_in.is_(False))


def _unlinked(query: Any, model: type[Customer] | type[Item], kind: Kind, where: Among) -> Select[Any]:
    linked = select(Link.id).where(
        Link.connection_id == where.connection_id, Link.kind == kind, Link.record_id == model.id, Link.gone.is_(False)
    )
    narrowed: Select[Any] = query.where(model.tenant_id == where.tenant_id, ~linked.exists())
    if where.since is not None:
        narrowed = narrowed.where(model.updated_at >= where.since)
    return narrowed.order_by(model.id).limit(_MOST)


def _rows(session: Session, query: Select[Any], keys: Collection[str]) -> list[Row[Any]]:
    given = sorted(key for key in keys if key)
    return list(session.execute(query, {"keys": given})) if given else []
