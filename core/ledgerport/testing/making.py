"""Single records, pushed through the plugin's own hooks with everything that must be there before them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ledgerport.contract import Estimate, Invoice, Item, Kind, Payment, Push, Reference, Remote, Value
from ledgerport.testing import records
from ledgerport.testing.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was pushed, and what the plugin says became of it."""

    push: Push[Any]
    remote: Remote


def send(desk: Desk, kind: Kind, value: Value, **known: Any) -> Made:
    """Push one value. Raises the contract's errors."""
    push = records.push(value, desk.mapping, **known)
    remote = desk.ask(f"push_{kind}", push=push)
    assert isinstance(remote, Remote), f"push_{kind} returns {type(remote).__name__}, not a Remote"
    assert remote.id, f"push_{kind} returns a Remote without an id"
    return Made(push=push, remote=remote)


def make(desk: Desk, kind: Kind, number: int) -> Made:
    """One record of a kind, with a customer, item or invoice of its own where it needs one."""
    if kind is Kind.CUSTOMER:
        return send(desk, kind, records.customer_value(number))
    if kind is Kind.ITEM:
        return send(desk, kind, records.item_value(number))
    if kind is Kind.PAYMENT:
        bill = make(desk, Kind.INVOICE, number)
        invoice: Invoice = bill.push.value
        applied = Reference(ref=invoice.ref, remote_id=bill.remote.id, name=invoice.number)
        return send(desk, kind, records.payment_value(number, invoice.customer, applied, Decimal("12.34")))
    who = make(desk, Kind.CUSTOMER, number)
    whose = Reference(ref=f"C{number}", remote_id=who.remote.id, name=who.push.value.name)
    what = make(desk, Kind.ITEM, number)
    its = Reference(ref=f"I{number}", remote_id=what.remote.id, name=what.push.value.name)
    build = records.invoice_value if kind is Kind.INVOICE else records.estimate_value
    return send(desk, kind, build(number, whose, [records.line_value(its, number)]))


def strange(push: Push[Any]) -> Push[Any]:
    """The same push under a marker, name, number and amount that nobody has."""
    value = push.value
    if isinstance(value, Payment):
        value = replace(value, amount=Decimal("1.01"))
    elif isinstance(value, Invoice | Estimate):
        value = replace(value, number="N-0")
    else:
        more = {"code": "CODE-0"} if isinstance(value, Item) else {"email": "nobody@example.com"}
        value = replace(value, name="Nobody", **more)
    return replace(push, marker=f"LP-{secrets.token_hex(8)}", value=value)
