"""Brings a part of the work into the index, then notes in one transaction that it is there.

Whatever happens in between, it can be done again: the index takes the same passage twice, and the entries stay open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import EntryReason
from ledgerport.db.repositories import memory_entries, memory_vectors, memory_work
from ledgerport.db.repositories.memory_entries import Stored
from ledgerport.db.repositories.memory_vectors import Space
from ledgerport.memory.documents import TEXT_VERSION
from ledgerport.memory.port import Memory
from ledgerport.services.context import Hub


@dataclass(frozen=True, kw_only=True)
class Part:
    """What goes into the index together, and what leaves it.

    `again`: documents whose passages alone are put back; their text was not read. `fresh`: vectors by hash that were
    made just now; all others are in the database.
    """

    stored: Sequence[Stored] = ()
    again: Sequence[Row[Any]] = ()
    failed: Sequence[tuple[Row[Any], str]] = ()
    gone: Sequence[Row[Any]] = ()
    fresh: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many documents."""
        return len(self.stored) + len(self.again) + len(self.failed) + len(self.gone)


def passage_id(kind: str, record_id: int) -> str:
    """What a document's passage is known by in the index: `invoice:12`."""
    return f"{kind}:{record_id}"


def store(hub: Hub, memory: Memory, space: Space, fence: int, part: Part) -> None:
    """Parts of one tenant are stored one after the other: what the index has is looked up here, not before.

    Raises MemoryAway, MemoryRefused, MemoryBusy, and memory_work.Lost when another job has taken over.
    """
    tenant_id = space.tenant_id
    documents = {passage_id(one.entry.kind, one.entry.record_id): one.text_hash for one in part.stored}
    documents |= {passage_id(row.kind, row.record_id): row.text_hash for row in part.again}
    with hub.database.tenant(tenant_id, read=True) as session:
        used = {hash_ for one in part.stored for hash_ in one.lines.values()}
        used |= _lines_of(session, tenant_id, part.again)
        there = memory_vectors.known(session, space, used)
        lines = [hash_ for hash_ in sorted(used) if not there.get(hash_, False)]
        wanted = {*lines, *documents.values()} - part.fresh.keys()
        vectors = {**memory_vectors.read(session, space, wanted), **part.fresh}
    memory.index.put(tenant_id, "line", [(hash_, vectors[hash_]) for hash_ in lines])
    memory.index.put(tenant_id, "document", [(id_, vectors[hash_]) for id_, hash_ in documents.items()])
    memory.index.remove(tenant_id, "document", [passage_id(row.kind, row.record_id) for row in part.gone])
    unused = _note(hub, space, fence, part, lines)
    # After the commit: a passage that no line has any more is found by nobody, even if this is never reached.
    memory.index.remove(tenant_id, "line", sorted(unused))


def _note(hub: Hub, space: Space, fence: int, part: Part, lines: Sequence[str]) -> set[str]:
    """Write what the index has now; the line passages that no document has any more."""
    tenant_id = space.tenant_id
    with hub.database.tenant(tenant_id) as session:
        memory_work.hold(session, tenant_id, fence)
        before = _lines_of(session, tenant_id, [one.entry for one in part.stored if one.entry.stored_at is not None])
        before |= _lines_of(session, tenant_id, part.gone)
        written = {(Kind(one.entry.kind), one.entry.record_id): one.lines for one in part.stored}
        out: dict[tuple[Kind, int], Mapping[int, str]] = {(Kind(row.kind), row.record_id): {} for row in part.gone}
        memory_entries.replace_lines(session, tenant_id, {**written, **out})
        memory_vectors.set_in_index(session, space, lines, there=True)
        memory_entries.mark_stored(
            session,
            tenant_id,
            [*part.stored, *(_as_it_was(row) for row in part.again)],
            model=space.model,
            dimension=space.dimension,
            text_version=TEXT_VERSION,
        )
        memory_entries.mark_failed(session, tenant_id, part.failed)
        memory_entries.mark_gone(session, tenant_id, part.gone)
        unused = memory_entries.unused_lines(session, tenant_id, before)
        memory_vectors.set_in_index(session, space, unused, there=False)
        _drop_vectors(session, tenant_id, part, unused)
    return unused


def _lines_of(session: Session, tenant_id: int, entries: Sequence[Row[Any]]) -> set[str]:
    """The line passages that documents have until now."""
    had: dict[Kind, list[int]] = {}
    for row in entries:
        had.setdefault(Kind(row.kind), []).append(row.record_id)
    return {hash_ for kind, ids in had.items() for hash_ in memory_entries.lines_of(session, tenant_id, kind, ids)}


def _as_it_was(row: Row[Any]) -> Stored:
    return Stored(entry=row, text_hash=row.text_hash, seen_at=row.seen_at, read_at=row.stored_at, lines={})


def _drop_vectors(session: Session, tenant_id: int, part: Part, unused_lines: set[str]) -> None:
    """Vectors that stand for nothing any more. Those of lines stay where a document was only changed: what is changed
    back costs nothing then.
    """
    replaced = {one.entry.text_hash for one in part.stored if one.entry.text_hash not in ("", one.text_hash)}
    taken_out = {row.text_hash for row in part.gone if row.text_hash}
    memory_vectors.drop(session, tenant_id, memory_entries.unused_texts(session, tenant_id, replaced | taken_out))
    if any(row.reason in (EntryReason.FORGOTTEN, EntryReason.VOIDED) for row in part.gone):
        memory_vectors.drop(session, tenant_id, unused_lines)
