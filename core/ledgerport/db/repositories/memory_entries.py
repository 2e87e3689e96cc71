"""What the memory is to have next, and what it has: entries and lines of documents."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import EntryReason, EntryState, MemoryEntry, MemoryLine
from ledgerport.db.repositories.memory_vectors import Space
from ledgerport.db.repositories.records import insert_many, table_of

ENTRIES, LINES = table_of(MemoryEntry), table_of(MemoryLine)
_OPEN = ENTRIES.c.state.in_([EntryState.WAITING.value, EntryState.REMOVING.value])
Place = tuple[datetime, int]
# One statement for thousands of rows: a statement a row takes and gives back Python's lock as often, and every thread
# of the hub waits with it.
_GIVEN = func.json_each(bindparam("rows")).table_valued("value")
_FROM_JSON = insert(LINES).from_select(
    ["tenant_id", "kind", "record_id", "position", "text_hash"],
    select(*(func.json_extract(_GIVEN.c.value, f"$[{number}]") for number in range(5))),
)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A document whose passages are in the index. `entry` is what its job began with, `read_at` when it was read."""

    entry: Row[Any]
    text_hash: str
    seen_at: datetime
    read_at: datetime
    lines: Mapping[int, str]


def next_due(session: Session, tenant_id: int, now: datetime, after: Place | None, limit: int) -> Sequence[Row[Any]]:
    """Open entries that are due, longest waiting first, from `after` (due_at, id) on."""
    query = select(ENTRIES).where(ENTRIES.c.tenant_id == tenant_id, _OPEN, ENTRIES.c.due_at <= now)
    if after is not None:
        due_at, entry_id = after
        further = or_(ENTRIES.c.due_at > due_at, and_(ENTRIES.c.due_at == due_at, ENTRIES.c.id > entry_id))
        # Said twice, so that both databases begin to read at the right place of the index.
        query = query.where(ENTRIES.c.due_at >= due_at, further)
    return session.execute(query.order_by(ENTRIES.c.due_at, ENTRIES.c.id).limit(limit)).all()


def any_due(session: Session, tenant_id: int, now: datetime) -> bool:
    """Whether there is more to do now."""
    query = select(ENTRIES.c.id).where(ENTRIES.c.tenant_id == tenant_id, _OPEN, ENTRIES.c.due_at <= now)
    return session.scalar(query.limit(1)) is not None


def any_of_backfill(session: Session, tenant_id: int) -> bool:
    """Whether documents of a backfill still wait."""
    query = select(ENTRIES.c.id).where(
        ENTRIES.c.tenant_id == tenant_id, _OPEN, ENTRIES.c.reason == EntryReason.BACKFILL.value
    )
    return session.scalar(query.limit(1)) is not None


def mark_stored(
    session: Session, tenant_id: int, stored: Sequence[Stored], *, model: str, dimension: int, text_version: int
) -> None:
    """Note what the index has now. An entry that was wanted anew meanwhile stays open: its text is of before."""
    values: dict[str, Any] = {
        "text_hash": bindparam("hash"),
        "seen_at": bindparam("seen"),
        "stored_at": bindparam("read"),
    }
    made_with = {"model": model, "dimension": dimension, "text_version": text_version}
    _write(
        session,
        tenant_id,
        {**values, **made_with, "state": EntryState.STORED.value, "error": "", "attempts": 0},
        [
            {**_of(one.entry), "hash": one.text_hash, "seen": one.seen_at, "read": one.read_at}
            for one in sorted(stored, key=lambda one: _order(one.entry))
        ],
    )


def mark_failed(session: Session, tenant_id: int, failed: Sequence[tuple[Row[Any], str]]) -> None:
    """Documents that are refused, each with the reason."""
    values = {"state": EntryState.FAILED.value, "error": bindparam("told"), "attempts": ENTRIES.c.attempts + 1}
    _write(
        session,
        tenant_id,
        values,
        [{**_of(entry), "told": told} for entry, told in sorted(failed, key=lambda one: _order(one[0]))],
    )


def mark_gone(session: Session, tenant_id: int, gone: Sequence[Row[Any]]) -> None:
    """Documents that are out: their entries go too, but for those that somebody had forgotten."""
    gone = sorted(gone, key=_order)
    kept = [entry for entry in gone if entry.reason == EntryReason.FORGOTTEN]
    values = {"state": EntryState.FORGOTTEN.value, "text_hash": "", "model": "", "dimension": 0, "stored_at": None}
    _write(session, tenant_id, values, [_of(entry) for entry in kept])
    dropped = [_of(entry) for entry in gone if entry.reason != EntryReason.FORGOTTEN]
    if dropped:
        session.connection().execute(delete(ENTRIES).where(*_meant(tenant_id)), dropped)


def lines_of(session: Session, tenant_id: int, kind: Kind, record_ids: Collection[int]) -> set[str]:
    """The hashes of the line passages that documents have."""
    query = (
        select(LINES.c.text_hash)
        .where(LINES.c.tenant_id == tenant_id, LINES.c.kind == kind.value, among(LINES.c.record_id, "ids"))
        .distinct()
    )
    return set(session.scalars(query, {"ids": record_ids})) if record_ids else set()


def replace_lines(session: Session, tenant_id: int, lines: Mapping[tuple[Kind, int], Mapping[int, str]]) -> None:
    """Write which passages the lines of documents have: (kind, record id) -> position -> hash."""
    for kind in Kind:
        ids = [record_id for of, record_id in lines if of is kind]
        if ids:
            old = delete(LINES).where(
                LINES.c.tenant_id == tenant_id, LINES.c.kind == kind.value, among(LINES.c.record_id, "ids")
            )
            session.execute(old, {"ids": ids})
    rows = [
        {"tenant_id": tenant_id, "kind": kind.value, "record_id": record_id, "position": position, "text_hash": hash_}
        for (kind, record_id), of in lines.items()
        for position, hash_ in of.items()
    ]
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        session.execute(_FROM_JSON, {"rows": json.dumps([list(row.values()) for row in rows])})
    else:
        insert_many(session, LINES, rows)


def unused_lines(session: Session, tenant_id: int, hashes: Collection[str]) -> set[str]:
    """Those of the hashes that no line of any document has."""
    if not hashes:
        return set()
    query = select(LINES.c.text_hash).where(LINES.c.tenant_id == tenant_id, among(LINES.c.text_hash, "of")).distinct()
    return set(hashes) - set(session.scalars(query, {"of": hashes}))


def unused_texts(session: Session, tenant_id: int, hashes: Collection[str]) -> set[str]:
    """Those of the hashes that no document's text has."""
    if not hashes:
        return set()
    query = (
        select(ENTRIES.c.text_hash).where(ENTRIES.c.tenant_id == tenant_id, among(ENTRIES.c.text_hash, "of")).distinct()
    )
    return set(hashes) - set(session.scalars(query, {"of": hashes}))


def counts(session: Session, tenant_id: int) -> dict[str, int]:
    """How many documents there are in each state."""
    query = (
        select(ENTRIES.c.state, func.count().label("entries"))
        .where(ENTRIES.c.tenant_id == tenant_id)
        .group_by(ENTRIES.c.state)
    )
    return {row.state: row.entries for row in session.execute(query)}


def count_of_backfill(session: Session, tenant_id: int, *, failed: bool = False) -> int:
    """How many documents of a backfill still wait, or were refused."""
    state = ENTRIES.c.state == EntryState.FAILED.value if failed else _OPEN
    query = select(func.count()).where(
        ENTRIES.c.tenant_id == tenant_id, state, ENTRIES.c.reason == EntryReason.BACKFILL.value
    )
    return session.scalar(query) or 0


def count_stored(session: Session, space: Space) -> int:
    """How many documents can be asked about: stored once, for this model, and not on their way out."""
    query = select(func.count()).where(
        ENTRIES.c.tenant_id == space.tenant_id,
        ENTRIES.c.state.not_in([EntryState.REMOVING.value, EntryState.FORGOTTEN.value]),
        ENTRIES.c.text_hash != "",
        ENTRIES.c.model == space.model,
        ENTRIES.c.dimension == space.dimension,
    )
    return session.scalar(query) or 0


def count_things(session: Session, tenant_id: int) -> int:
    """How many distinct things are sold on the documents that the memory has."""
    query = select(func.count(LINES.c.text_hash.distinct())).where(LINES.c.tenant_id == tenant_id)
    return session.scalar(query) or 0


def _meant(tenant_id: int) -> tuple[Any, ...]:
    return (
        ENTRIES.c.tenant_id == tenant_id,
        ENTRIES.c.id == bindparam("entry"),
        ENTRIES.c.version == bindparam("begun_with"),
    )


def _of(entry: Row[Any]) -> dict[str, Any]:
    return {"entry": entry.id, "begun_with": entry.version}


def _order(entry: Row[Any]) -> tuple[str, int]:
    """As billing writes them (`memory_marks.want`): in one order, nobody waits in a circle."""
    return str(entry.kind), int(entry.record_id)


def _write(session: Session, tenant_id: int, values: Mapping[str, Any], bound: Sequence[Mapping[str, Any]]) -> None:
    if bound:
        session.connection().execute(update(ENTRIES).where(*_meant(tenant_id)).values(dict(values)), bound)
