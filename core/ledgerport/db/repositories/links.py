"""Record and remote object, one to one in both directions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import Link

LINKS = cast("Table", Link.__table__)
_WRITTEN = ("remote_id", "remote_version", "fingerprint", "remote_total", "variance", "gone", "synced_at")


class Linked(NamedTuple):
    """What we know of a record's remote object."""

    record_id: int
    remote_id: str
    remote_version: str
    fingerprint: str
    gone: bool


_OF_KIND = (LINKS.c.connection_id == bindparam("connection"), LINKS.c.kind == bindparam("of_kind"))
_RECORDS = among(LINKS.c.record_id, "records")
_BY_RECORD = select(*(LINKS.c[name] for name in Linked._fields)).where(*_OF_KIND, _RECORDS)
_OWNERS = select(LINKS.c.remote_id, LINKS.c.record_id).where(*_OF_KIND, among(LINKS.c.remote_id, "remotes"))


def _upsert(dialect: Any) -> Any:
    statement = dialect.insert(LINKS)
    return statement.on_conflict_do_update(
        index_elements=["connection_id", "kind", "record_id"],
        set_={name: statement.excluded[name] for name in _WRITTEN},
    )


_SAVE = {"sqlite": _upsert(sqlite), "postgresql": _upsert(postgresql)}


def by_record(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> dict[int, Linked]:
    """The links of these records, by record."""
    if not record_ids:
        return {}
    rows = session.connection().execute(
        _BY_RECORD, {"connection": connection_id, "of_kind": kind.value, "records": list(record_ids)}
    )
    return {row[0]: Linked(*row) for row in rows}


def count(session: Session, connection_id: int, kind: Kind) -> int:
    """How many records of a kind are linked on a connection."""
    query = select(func.count()).select_from(LINKS).where(*_OF_KIND)
    return session.connection().execute(query, {"connection": connection_id, "of_kind": kind.value}).scalar_one()


def owners(session: Session, connection_id: int, kind: Kind, remote_ids: Collection[str]) -> dict[str, int]:
    """Which record of ours each of these remote objects belongs to."""
    if not remote_ids:
        return {}
    rows = session.connection().execute(
        _OWNERS, {"connection": connection_id, "of_kind": kind.value, "remotes": list(remote_ids)}
    )
    return {row[0]: row[1] for row in rows}


def save(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert links, or renew those that the records have already (their origin stays)."""
    if rows:
        connection = session.connection()
        connection.execute(_SAVE[connection.dialect.name], list(rows))


def distrust(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> None:
    """Nobody knows what these records look like over there: whatever is sent next is no repetition of the last."""
    if record_ids:
        session.connection().execute(
            update(LINKS).where(*_OF_KIND, _RECORDS).values(fingerprint=""),
            {"connection": connection_id, "of_kind": kind.value, "records": list(record_ids)},
        )


def mark_gone(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> None:
    """The remote objects of these records were deleted over there."""
    if record_ids:
        session.connection().execute(
            update(LINKS).where(*_OF_KIND, _RECORDS).values(gone=True),
            {"connection": connection_id, "of_kind": kind.value, "records": list(record_ids)},
        )


def forget(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> None:
    """The remote objects were removed as we wanted: the records have no counterpart any more."""
    if record_ids:
        session.connection().execute(
            delete(LINKS).where(*_OF_KIND, _RECORDS),
            {"connection": connection_id, "of_kind": kind.value, "records": list(record_ids)},
        )
