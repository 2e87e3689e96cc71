"""Pushes as JSON: what a send keeps, so that a retry repeats it exactly; and the fingerprint of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter

from ledgerport.contract import Customer, Estimate, Invoice, Item, Kind, Payment, Push, PushMapping, Value

_PUSHES: dict[Kind, TypeAdapter[Any]] = {
    Kind.CUSTOMER: TypeAdapter(list[Push[Customer]]),
    Kind.ITEM: TypeAdapter(list[Push[Item]]),
    Kind.INVOICE: TypeAdapter(list[Push[Invoice]]),
    Kind.ESTIMATE: TypeAdapter(list[Push[Estimate]]),
    Kind.PAYMENT: TypeAdapter(list[Push[Payment]]),
}
_VALUES: dict[Kind, TypeAdapter[Any]] = {
    Kind.CUSTOMER: TypeAdapter(tuple[Customer, PushMapping]),
    Kind.ITEM: TypeAdapter(tuple[Item, PushMapping]),
    Kind.INVOICE: TypeAdapter(tuple[Invoice, PushMapping]),
    Kind.ESTIMATE: TypeAdapter(tuple[Estimate, PushMapping]),
    Kind.PAYMENT: TypeAdapter(tuple[Payment, PushMapping]),
}


def freeze(kind: Kind, pushes: Sequence[Push[Value]]) -> str:
    """Pushes of one kind as JSON.

    Members at their default are left out, so that a member added later changes nothing.
    """
    text: bytes = _PUSHES[kind].dump_json(list(pushes), exclude_defaults=True)
    return text.decode()


def thaw(kind: Kind, text: str) -> list[Push[Value]]:
    """The pushes again, equal to those frozen."""
    pushes: list[Push[Value]] = _PUSHES[kind].validate_json(text)
    return [_with_tuples(push) for push in pushes]


def _with_tuples(push: Push[Value]) -> Push[Value]:
    """JSON has one kind of sequence; a document's lines are a tuple."""
    if not isinstance(push.value, Invoice | Estimate):
        return push
    return replace(push, value=replace(push.value, lines=tuple(push.value.lines)))


def fingerprint(kind: Kind, value: Value, mapping: PushMapping) -> str:
    """32 hex digits over everything that would be sent; the same value always has the same."""
    body: bytes = _VALUES[kind].dump_json((value, mapping), exclude_defaults=True)
    return blake2b(body, digest_size=16).hexdigest()


def marker(connection_uid: str, kind: Kind, record_id: int) -> str:
    """19 characters that name one record on one connection for ever; put where the provider can search it."""
    return "LP-" + blake2b(f"{connection_uid}:{kind}:{record_id}".encode(), digest_size=8).hexdigest()
