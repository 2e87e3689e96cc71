"""The elements of an answer: which record each is about, and what became of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from ledgerport.contract import Outcome, Push, Unknown, name_key
from ledgerport_xero.answers import Row
from ledgerport_xero.envelopes import failed, has_id
from ledgerport_xero.faults import element_fault
from ledgerport_xero.mapping.wire import text
from ledgerport_xero.shapes import Shape, V


@dataclass(slots=True)
class Record(Generic[V]):
    """One record of a request: what is sent of it and what became of it."""

    push: Push[V]
    row: Row
    outcome: Outcome | None = None

    @property
    def known(self) -> bool:
        return self.push.remote_id is not None


def settle(shape: Shape[V], records: Sequence[Record[V]], elements: Sequence[Row], trace_id: str) -> None:
    """Give each record its outcome."""
    for record, element in zip(records, _matched(shape, records, elements), strict=True):
        if element is None:
            record.outcome = silent(trace_id)
        elif failed(element, shape.id_name):
            record.outcome = element_fault(element, shape.kind, trace_id=trace_id, updates=record.known)
        else:
            record.outcome = shape.from_wire(element)


def _matched(shape: Shape[V], records: Sequence[Record[V]], elements: Sequence[Row]) -> list[Row | None]:
    """Each record's element: by id, else by what names it; by its place only where the element names nothing."""
    by_name: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, element in enumerate(elements):
        for name in _names(element, shape):
            by_name[name].append(place)
    alike = len(elements) == len(records)
    found: list[Row | None] = []
    for place, record in enumerate(records):
        places = next((by_name[name] for name in _names(record.row, shape) if name in by_name), [])
        if not places and alike and not _names(elements[place], shape):
            places = [place]
        if len(places) > 1 and alike and place in places:
            places = [place]
        found.append(elements[places[0]] if len(places) == 1 else None)
    return found


def _names(row: Row, shape: Shape[V]) -> list[tuple[str, str]]:
    """What tells a record from the others of its request, the surest first; the same in a request as in an answer."""
    names = [(shape.id_name, text(row, shape.id_name).lower())] if has_id(row, shape.id_name) else []
    return names + [(key, name_key(text(row, key).strip())) for key in shape.keys if text(row, key).strip()]


def silent(trace_id: str) -> Unknown:
    """The outcome of a record that an answer leaves out."""
    return Unknown("Xero's answer says nothing about this record.", trace_id=trace_id)
