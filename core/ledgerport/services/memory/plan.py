"""What is to be done with the next entries: which texts are wanted, what goes out, what only goes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import EntryReason, EntryState
from ledgerport.db.repositories import memory_vectors
from ledgerport.db.repositories.memory_entries import Stored
from ledgerport.db.repositories.memory_vectors import Space
from ledgerport.services.memory.compose import Composed, Composer
from ledgerport.services.memory.request import Wanted
from ledgerport.services.memory.store import Part


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Entries read at one moment. `wanted`: texts without a vector, by hash."""

    read_at: datetime
    composed: Sequence[tuple[Row[Any], Composed]]
    again: Sequence[Row[Any]]
    gone: Sequence[Row[Any]]
    wanted: Mapping[str, Wanted]

    def part(self, fresh: Mapping[str, bytes], refused: Mapping[str, str]) -> Part:
        """What to store, once Voyage has answered."""
        stored, failed = [], []
        for entry, made in self.composed:
            reason = next((refused[hash_] for hash_ in _hashes(made) if hash_ in refused), None)
            if reason is not None:
                failed.append((entry, reason))
                continue
            stored.append(
                Stored(entry=entry, text_hash=made.hash, seen_at=made.seen_at, read_at=self.read_at, lines=made.lines)
            )
        return Part(stored=stored, failed=failed, again=self.again, gone=self.gone, fresh=fresh)


def plan(
    session: Session,
    space: Space,
    composer: Composer,
    entries: Sequence[Row[Any]],
    now: datetime,
    *,
    under_way: Collection[str] = (),
) -> Plan:
    """Make the texts of entries that wait. A document that is no longer SENT goes out.

    `under_way`: hashes that are being asked for just now; they are not wanted a second time.
    """
    again = _with_vectors(session, space, [row for row in entries if _goes_back(row)])
    known_again = {row.id for row in again}
    by_kind: dict[Kind, list[Row[Any]]] = defaultdict(list)
    for row in entries:
        if row.state == EntryState.WAITING and row.id not in known_again:
            by_kind[Kind(row.kind)].append(row)
    composed, gone = [], [row for row in entries if row.state == EntryState.REMOVING]
    for kind, rows in by_kind.items():
        made = composer.compose(session, space.tenant_id, kind, [row.record_id for row in rows])
        for row in rows:
            one = made.get(row.record_id)
            if one is None or not one.sent:
                gone.append(row)
            else:
                composed.append((row, one))
    wanted = wanted_texts(session, space, composer, [one for _, one in composed])
    wanted = {hash_: one for hash_, one in wanted.items() if hash_ not in under_way}
    return Plan(read_at=now, composed=composed, again=again, gone=gone, wanted=wanted)


def wanted_texts(
    session: Session, space: Space, composer: Composer, documents: Sequence[Composed]
) -> dict[str, Wanted]:
    """The distinct texts of documents and their lines that have no vector: lines first, they answer most."""
    known = memory_vectors.known(session, space, {hash_ for one in documents for hash_ in _hashes(one)})
    wanted = {}
    for one in documents:
        for hash_ in one.lines.values():
            if hash_ not in known and hash_ not in wanted:
                wanted[hash_] = Wanted(hash=hash_, what="line", text=composer.line_texts[hash_])
    for one in documents:
        if one.hash not in known:
            wanted[one.hash] = Wanted(hash=one.hash, what="document", text=one.text)
    return wanted


def _hashes(one: Composed) -> Iterator[str]:
    yield one.hash
    yield from one.lines.values()


def _goes_back(row: Row[Any]) -> bool:
    return row.state == EntryState.WAITING and row.reason == EntryReason.REBUILD and bool(row.text_hash)


def _with_vectors(session: Session, space: Space, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    known = memory_vectors.known(session, space, {row.text_hash for row in rows})
    return [row for row in rows if row.text_hash in known]
