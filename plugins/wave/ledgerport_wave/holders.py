"""Who has a name or a number: by listing, or by a filter that finds more than was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ledgerport.contract import Broken, Estimate, Invoice, Push, Remote, Value, name_key
from ledgerport_wave.client import Client
from ledgerport_wave.mapping.wire import text
from ledgerport_wave.shapes import Shape


def with_name(client: Client, shape: Shape[Any], name: str) -> list[Remote]:
    """The customers or products of a name, archived ones too. There is no filter by name: all are listed."""
    if shape.newest is None:
        raise Broken(f"A {shape.kind} has no name.")
    remotes = (shape.from_wire(row) for row in client.everything(shape.newest))
    return [remote for remote in remotes if name_key(remote.name) == name_key(name)]


def with_number(client: Client, shape: Shape[Any], push: Push[Value]) -> list[Remote]:
    """The documents of the push's number that were not deleted; Wave's filter finds numbers that contain it, so each is
    compared.

    One of the same customer and day is ours beyond doubt and carries our marker: Wave has no field for it that is not
    printed on the document.
    """
    document = document_of(push)
    if shape.by_number is None or not document.number:
        return []
    marked = (_marked(push, shape, row) for row in client.everything(shape.by_number, number=document.number))
    return [remote for remote in marked if remote.active and name_key(remote.number) == name_key(document.number)]


def document_of(push: Push[Value]) -> Invoice | Estimate:
    assert isinstance(push.value, (Invoice, Estimate))
    return push.value


def _marked(push: Push[Value], shape: Shape[Any], row: Mapping[str, Any]) -> Remote:
    document = document_of(push)
    remote = shape.from_wire(row)
    day = text(row, "invoiceDate") or text(row, "estimateDate")
    if (remote.customer_id, day) == (document.customer.remote_id, document.issued_on.isoformat()):
        return replace(remote, marker=push.marker)
    return remote
