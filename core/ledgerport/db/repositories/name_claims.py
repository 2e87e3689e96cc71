"""The names that records have at a provider, taken before they are sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from sqlalchemy import Table, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from ledgerport.contract import Kind, name_key
from ledgerport.db.among import among
from ledgerport.db.models import Link, NameClaim


class Wish(NamedTuple):
    """A record and the names it could have, best first.

    `source` is the local name they were made from.
    """

    record_id: int
    source: str
    names: Callable[[], Iterable[str]]


class Taken(NamedTuple):
    """A name that a record has over there already. `source` as in a wish."""

    record_id: int
    source: str
    name: str


CLAIMS = cast("Table", NameClaim.__table__)
LINKS = cast("Table", Link.__table__)
# Items may have a short code beside their name, taken in the same way.
ITEM_CODE = "item_code"
_OF_KIND = (CLAIMS.c.connection_id == bindparam("connection"), CLAIMS.c.kind == bindparam("of_kind"))
_HELD = select(CLAIMS.c.record_id, CLAIMS.c.name, CLAIMS.c.source).where(
    *_OF_KIND, among(CLAIMS.c.record_id, "records")
)
_OWNERS = select(CLAIMS.c.name_key, CLAIMS.c.record_id).where(*_OF_KIND, among(CLAIMS.c.name_key, "keys"))
_RENAME = (
    update(CLAIMS)
    .where(*_OF_KIND, CLAIMS.c.record_id == bindparam("record"))
    .values(name=bindparam("new_name"), name_key=bindparam("new_key"), source=bindparam("new_source"))
)


def claim(session: Session, tenant_id: int, connection_id: int, of: str, wishes: Sequence[Wish]) -> dict[int, str]:
    """A name for every record, none given twice on this connection.

    `of` is a kind, or ITEM_CODE. A record whose local name is the same keeps the name it has.
    """
    connection = session.connection()
    of_kind = {"connection": connection_id, "of_kind": str(of)}
    held = {
        row.record_id: row
        for row in connection.execute(_HELD, {**of_kind, "records": [wish.record_id for wish in wishes]})
    }
    names: dict[int, str] = {record_id: row.name for record_id, row in held.items()}
    open_wishes = [wish for wish in wishes if wish.record_id not in held or held[wish.record_id].source != wish.source]
    if not open_wishes:
        return names
    first = [next(iter(wish.names())) for wish in open_wishes]
    taken = _owners(session, of_kind, {name_key(name) for name in first})
    fresh: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    for wish, wanted in zip(open_wishes, first, strict=True):
        name = wanted
        if taken.get(name_key(name), wish.record_id) != wish.record_id:
            name = _free(session, of_kind, wish, taken)
        key = name_key(name)
        taken[key] = wish.record_id
        names[wish.record_id] = name
        if wish.record_id in held:
            changed.append(
                {**of_kind, "record": wish.record_id, "new_name": name, "new_key": key, "new_source": wish.source}
            )
        else:
            fresh.append(
                {
                    "tenant_id": tenant_id,
                    "connection_id": connection_id,
                    "kind": str(of),
                    "record_id": wish.record_id,
                    "name": name,
                    "name_key": key,
                    "source": wish.source,
                }
            )
    if fresh:
        connection.execute(CLAIMS.insert(), fresh)
    for row in changed:
        connection.execute(_RENAME, row)
    return names


def held(session: Session, connection_id: int, of: str, record_ids: Collection[int]) -> dict[int, str]:
    """The names that these records have, by record."""
    rows = session.connection().execute(
        _HELD, {"connection": connection_id, "of_kind": str(of), "records": list(record_ids)}
    )
    return {row.record_id: row.name for row in rows}


def chosen(session: Session, connection_id: int, of: str, record_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The names that these records have and the local names they were given for, by record."""
    rows = session.connection().execute(
        _HELD, {"connection": connection_id, "of_kind": str(of), "records": list(record_ids)}
    )
    return {row.record_id: (row.name, row.source) for row in rows}


def owner(session: Session, connection_id: int, of: str, name: str) -> int | None:
    """Which record has this name."""
    key = name_key(name)
    return _owners(session, {"connection": connection_id, "of_kind": str(of)}, [key]).get(key)


def put(session: Session, tenant_id: int, connection_id: int, of: str, record_id: int, name: str, source: str) -> None:
    """Give a record the name that a person chose, which nobody else has. It holds while the local name is `source`."""
    connection, key = session.connection(), name_key(name)
    of_kind = {"connection": connection_id, "of_kind": str(of)}
    renamed = connection.execute(
        _RENAME, {**of_kind, "record": record_id, "new_name": name, "new_key": key, "new_source": source}
    )
    if not renamed.rowcount:
        row = {"connection_id": connection_id, "kind": str(of), "record_id": record_id}
        connection.execute(
            CLAIMS.insert(), {**row, "tenant_id": tenant_id, "name": name, "name_key": key, "source": source}
        )


def adopt(session: Session, tenant_id: int, connection_id: int, of: str, taken: Sequence[Taken]) -> None:
    """Note names that records have over there already.

    A record of ours that had taken such a name and is not there yet gives it up: it gets another when it is sent.
    """
    if not taken:
        return
    connection = session.connection()
    owned = {name_key(one.name): one for one in taken}
    records = [one.record_id for one in owned.values()]
    linked = select(LINKS.c.record_id).where(
        LINKS.c.connection_id == connection_id, LINKS.c.kind == (Kind.ITEM if of == ITEM_CODE else of)
    )
    rivals = delete(CLAIMS).where(
        *_OF_KIND,
        or_(
            among(CLAIMS.c.record_id, "records"),
            and_(among(CLAIMS.c.name_key, "keys"), CLAIMS.c.record_id.not_in(linked)),
        ),
    )
    of_kind = {"connection": connection_id, "of_kind": str(of)}
    connection.execute(rivals, {**of_kind, "records": records, "keys": sorted(owned)})
    held_by = _owners(session, of_kind, owned)
    fresh = [
        {
            "tenant_id": tenant_id,
            "connection_id": connection_id,
            "kind": str(of),
            "record_id": one.record_id,
            "name": one.name,
            "name_key": key,
            "source": one.source,
        }
        for key, one in owned.items()
        if key not in held_by
    ]
    if fresh:
        connection.execute(CLAIMS.insert(), fresh)


def _free(session: Session, of_kind: Mapping[str, object], wish: Wish, taken: dict[str, int]) -> str:
    for name in wish.names():
        key = name_key(name)
        if key not in taken:
            taken.update(_owners(session, of_kind, {key}))
        if taken.get(key, wish.record_id) == wish.record_id:
            return name
    raise AssertionError("A wish's names never end: the last ones carry a number.")


def _owners(session: Session, of_kind: Mapping[str, object], keys: Iterable[str]) -> dict[str, int]:
    rows = session.connection().execute(_OWNERS, {**of_kind, "keys": sorted(keys)})
    return {row.name_key: row.record_id for row in rows}
