"""Loads any number of records from NDJSON lines: bad rows are named and counted, and never stop the rest.

The outcome is that of saving line after line. Rows are gathered and saved some hundreds at a time, by kind; the
gathering ends early where a row would otherwise overtake one that it changes or that refers to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

import orjson
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from ledgerport.contract import Kind
from ledgerport.services.batch import Change, Saved
from ledgerport.services.context import Hub
from ledgerport.services.record_input import (
    EstimateInput,
    InvoiceInput,
    PaymentInput,
    RecordInput,
    as_record,
)
from ledgerport.services.rejections import NEXT_STEP, Rejected, from_validation
from ledgerport.services.save_records import save_records

AT_ONCE = 500
NAMED_AT_MOST = 1000
LINE_BYTES = 1_000_000
_KINDS = {kind.value for kind in Kind}


@dataclass(kw_only=True)
class Loaded:
    """What became of a load. `rejected` names the first 1,000 rows that were not taken, `rejected_count` counts all."""

    accepted: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def count(self, outcome: Saved | Rejected, line: int) -> None:
        if isinstance(outcome, Saved):
            self.accepted += 1
            self.created += outcome.change is Change.CREATED
            self.updated += outcome.change is Change.UPDATED
            self.unchanged += outcome.change is Change.UNCHANGED
            return
        self.rejected_count += 1
        if len(self.rejected) < NAMED_AT_MOST:
            self.rejected.append(
                Rejected(
                    line=line,
                    kind=outcome.kind,
                    ref=outcome.ref,
                    field=outcome.field,
                    reason=outcome.reason,
                    next_step=outcome.next_step,
                )
            )


@dataclass(kw_only=True)
class _Gathered:
    """Rows waiting to be saved together, and every record they are or refer to."""

    rows: list[tuple[int, str, RecordInput]] = field(default_factory=list)
    named: set[tuple[str, str]] = field(default_factory=set)

    def takes(self, ref: str, record: RecordInput) -> bool:
        return len(self.rows) < AT_ONCE and (record.kind, ref) not in self.named

    def add(self, line: int, ref: str, record: RecordInput) -> None:
        self.rows.append((line, ref, record))
        self.named.add((record.kind, ref))
        self.named.update(_refers_to(record))


def bulk_load(
    hub: Hub,
    *,
    tenant_id: int,
    lines: Iterable[bytes | str],
    progress: Callable[[int], None] | None = None,
) -> Loaded:
    """Save every line's record. `progress` is told how many lines are done after each part."""
    loaded = Loaded()
    gathered = _Gathered()
    done = 0
    for line, given in _numbered(lines):
        done = line
        row = _read(given)
        if isinstance(row, Rejected):
            loaded.count(row, line)
            continue
        ref, record = row
        if not gathered.takes(ref, record):
            _save(hub, tenant_id, gathered, loaded)
            gathered = _Gathered()
            if progress is not None:
                progress(line - 1)
        gathered.add(line, ref, record)
    _save(hub, tenant_id, gathered, loaded)
    if progress is not None:
        progress(done)
    loaded.rejected.sort(key=lambda rejected: rejected.line or 0)
    return loaded


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file, none held in memory beyond its first million bytes: what is longer is rejected anyway."""
    while line := file.readline(LINE_BYTES + 2):
        yield line
        while not line.endswith(b"\n") and len(line) == LINE_BYTES + 2:
            line = file.readline(LINE_BYTES + 2)


def _numbered(lines: Iterable[bytes | str]) -> Iterator[tuple[int, bytes | str]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line


def _read(line: bytes | str) -> tuple[str, RecordInput] | Rejected:
    if len(line) > LINE_BYTES + 1:
        return Rejected(kind="", ref="", field="", reason="The line is longer than a million bytes.")
    try:
        data: Any = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Rejected(kind="", ref="", field="", reason=f"The line is not JSON: {error}.")
    if not isinstance(data, dict):
        return Rejected(kind="", ref="", field="", reason="The line is not a JSON object.")
    kind, ref = data.get("kind"), data.get("ref")
    shown = ref if isinstance(ref, str) else ""
    if not isinstance(kind, str) or kind not in _KINDS:
        kinds = ", ".join(sorted(_KINDS))
        return Rejected(kind="", ref=shown, field="kind", reason=f"The line's kind must be one of {kinds}.")
    if ref is None:
        return Rejected(kind=kind, ref="", field="ref", reason=f"This {kind}: ref is missing.")
    try:
        return shown, as_record(Kind(kind), data)
    except ValidationError as error:
        return from_validation(kind, shown, error.errors(include_url=False, include_input=False))


def _save(hub: Hub, tenant_id: int, gathered: _Gathered, loaded: Loaded) -> None:
    if not gathered.rows:
        return
    try:
        outcomes = save_records(hub, tenant_id=tenant_id, records=[(ref, record) for _, ref, record in gathered.rows])
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        _save_alone(hub, tenant_id, gathered, loaded)
        return
    for (line, _, _), outcome in zip(gathered.rows, outcomes, strict=True):
        loaded.count(outcome, line)


def _save_alone(hub: Hub, tenant_id: int, gathered: _Gathered, loaded: Loaded) -> None:
    """One row made the database refuse all: save each alone, so that only the guilty one is left out."""
    for line, ref, record in gathered.rows:
        try:
            outcome = save_records(hub, tenant_id=tenant_id, records=[(ref, record)])[0]
        except DBAPIError as error:
            if error.connection_invalidated or not _is_about_data(error):
                raise
            outcome = Rejected(
                kind=record.kind,
                ref=ref,
                field="",
                reason=f"{record.kind.capitalize()} {ref}: the database refused it ({type(error.orig).__name__}).",
                next_step=NEXT_STEP,
            )
        loaded.count(outcome, line)


def _is_about_data(error: DBAPIError) -> bool:
    """Whether the row itself was refused, not the server out of reach or a lock not got in time."""
    return type(error).__name__ in ("DataError", "IntegrityError", "StatementError")


def _refers_to(record: RecordInput) -> Iterator[tuple[str, str]]:
    if isinstance(record, (InvoiceInput, EstimateInput)):
        yield Kind.CUSTOMER, record.customer
        for line in record.lines:
            if line.item is not None:
                yield Kind.ITEM, line.item
    elif isinstance(record, PaymentInput):
        yield Kind.CUSTOMER, record.customer
        for part in record.allocations:
            yield Kind.INVOICE, part.invoice
