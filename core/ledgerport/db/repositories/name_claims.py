"""The names that records have at a provider, taken before they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind, name_key
from ledgerport.db.models import NameClaim


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A record and the names it could have, best first.

    `source` is the local name they were made from.
    """

    record_id: int
    source: str
    names: Callable[[], Iterable[str]]


def claim(session: Session, tenant_id: int, connection_id: int, kind: Kind, wishes: Sequence[Wish]) -> dict[int, str]:
    """A name for every record, none given twice on this connection.

    A record whose local name is the same keeps the name it has.
    """
    of_kind = (NameClaim.connection_id == connection_id, NameClaim.kind == kind)
    held = {
        row.record_id: row
        for row in session.execute(
            select(NameClaim.record_id, NameClaim.name, NameClaim.source).where(
                *of_kind, NameClaim.record_id.in_([wish.record_id for wish in wishes])
            )
        )
    }
    names = {record_id: row.name for record_id, row in held.items()}
    open_wishes = [wish for wish in wishes if wish.record_id not in held or held[wish.record_id].source != wish.source]
    if not open_wishes:
        return names
    first = {name_key(next(iter(wish.names()))) for wish in open_wishes}
    taken = _owners(session, of_kind, first)
    fresh: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    for wish in open_wishes:
        name = _free(session, of_kind, wish, taken)
        taken[name_key(name)] = wish.record_id
        names[wish.record_id] = name
        row = {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "kind": kind,
            "record_id": wish.record_id,
            "name": name,
            "name_key": name_key(name),
            "source": wish.source,
        }
        (changed if wish.record_id in held else fresh).append(row)
    if fresh:
        session.execute(insert(NameClaim), fresh)
    for row in changed:
        session.execute(
            update(NameClaim)
            .where(*of_kind, NameClaim.record_id == row["record_id"])
            .values(name=row["name"], name_key=row["name_key"], source=row["source"])
        )
    return names


def _free(session: Session, of_kind: Sequence[object], wish: Wish, taken: dict[str, int]) -> str:
    for position, name in enumerate(wish.names()):
        key = name_key(name)
        if position and key not in taken:
            taken.update(_owners(session, of_kind, {key}))
        if taken.get(key, wish.record_id) == wish.record_id:
            return name
    raise AssertionError("A wish's names never end: the last ones carry a number.")


def _owners(session: Session, of_kind: Sequence[object], keys: Iterable[str]) -> dict[str, int]:
    rows = session.execute(
        select(NameClaim.name_key, NameClaim.record_id).where(*of_kind, NameClaim.name_key.in_(sorted(keys)))  # type: ignore[arg-type]
    )
    return {row.name_key: row.record_id for row in rows}
