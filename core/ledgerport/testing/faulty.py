"""Syncs in which something goes wrong: a few records of a kind, and a fault that strikes the request that brings them.

A sandbox tells its requests apart for this (`Call.entities`, `Call.operation`): Customer, Item, Invoice, Estimate or
Payment; create, update, or batch for several records in one request.
"""

from __future__ import annotations

from typing import Any

from ledgerport.contract import Kind
from ledgerport.services.change_choice import change_choice
from ledgerport.services.context import Hub
from ledgerport.testing import records
from ledgerport.testing.desk import Desk
from ledgerport.testing.records import Record

# In the order in which records need one another.
KINDS = (Kind.CUSTOMER, Kind.ITEM, Kind.ESTIMATE, Kind.INVOICE, Kind.PAYMENT)
HOW_MANY = 3


def needed(kind: Kind) -> list[Record]:
    """What must be in the books before the records of a kind can be."""
    numbers = range(1, HOW_MANY + 1)
    if kind in (Kind.CUSTOMER, Kind.ITEM):
        return []
    lists = [*map(records.customer, numbers), *map(records.item, numbers)]
    return lists if kind is not Kind.PAYMENT else [*lists, *wanted(Kind.INVOICE)]


def wanted(kind: Kind) -> list[Record]:
    """Three records of a kind; every amount is another."""
    numbers = range(1, HOW_MANY + 1)
    if kind is Kind.CUSTOMER:
        return [records.customer(number) for number in numbers]
    if kind is Kind.ITEM:
        return [records.item(number) for number in numbers]
    if kind is Kind.PAYMENT:
        return [records.payment(number, customer=number, parts={number: f"{number}.11"}) for number in numbers]
    build = records.invoice if kind is Kind.INVOICE else records.estimate
    return [build(number, customer=number, lines=[records.line(number, number + 1)]) for number in numbers]


def edited(kind: Kind) -> list[Record]:
    """The same records after somebody changed each of them here."""
    numbers = range(1, HOW_MANY + 1)
    if kind is Kind.CUSTOMER:
        return [records.customer(number, name=f"Renamed {number}") for number in numbers]
    if kind is Kind.ITEM:
        return [records.item(number, price=f"{number}.75") for number in numbers]
    if kind is Kind.PAYMENT:
        return [records.payment(number, customer=number, parts={number: f"{number}.22"}) for number in numbers]
    build = records.invoice if kind is Kind.INVOICE else records.estimate
    return [build(number, customer=number, lines=[records.line(number, number + 2)]) for number in numbers]


def kinds_of(desk: Desk) -> list[Kind]:
    """The kinds that the plugin pushes, in the order in which they need one another."""
    return [kind for kind in KINDS if kind in desk.terms.kinds and desk.terms.kinds[kind].push]


def batched(desk: Desk, kind: Kind, *, chosen: bool = False) -> bool:
    """Whether several records of a kind travel in one request; `chosen`: its operator has turned that on."""
    its = desk.terms.kinds[kind]
    return its.batch_size >= HOW_MANY and (chosen or not its.batch_choice)


def choose_batches(desk: Desk) -> None:
    """Turn on what lets records travel together."""
    for name in {its.batch_choice for its in desk.terms.kinds.values() if its.batch_choice}:
        change_choice(desk.hub, tenant_id=desk.tenant, provider=desk.subject.name, name=name, on=True)


def at(desk: Desk, kind: Kind, operation: str = "create", *, chosen: bool = False) -> dict[str, str]:
    """The match of a fault that strikes a request which writes three records of a kind, or one of them."""
    together = batched(desk, kind, chosen=chosen)
    return {"entity": kind.capitalize(), "operation": "batch" if together else operation}


def everything_arrives(desk: Desk, kind: Kind, *faults: dict[str, Any], hub: Hub | None = None) -> None:
    """Sync three records while the faults strike; in the end each is in the books once and to the cent.

    Raises AssertionError with what is not; also for a fault that never struck.
    """
    if needed(kind):
        desk.sync(needed(kind))
    for fault in faults:
        desk.fault(**{"match": at(desk, kind), **fault})
    desk.load(wanted(kind))
    desk.drain(hub=hub)
    desk.faults_struck()
    desk.agrees()
