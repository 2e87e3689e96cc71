"""Record and remote object, one to one in both directions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.models import Link

_WRITTEN = (
    "remote_id",
    "remote_version",
    "fingerprint",
    "remote_total",
    "variance",
    "gone",
    "synced_at",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """What we know of a record's remote object."""

    record_id: int
    remote_id: str
    remote_version: str
    fingerprint: str
    gone: bool


def by_record(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> dict[int, Linked]:
    """The links of these records, by record."""
    if not record_ids:
        return {}
    rows = session.execute(
        select(Link.record_id, Link.remote_id, Link.remote_version, Link.fingerprint, Link.gone).where(
            Link.connection_id == connection_id, Link.kind == kind, Link.record_id.in_(list(record_ids))
        )
    )
    return {
        row.record_id: Linked(
            record_id=row.record_id,
            remote_id=row.remote_id,
            remote_version=row.remote_version,
            fingerprint=row.fingerprint,
            gone=row.gone,
        )
        for row in rows
    }


def owners(session: Session, connection_id: int, kind: Kind, remote_ids: Collection[str]) -> dict[str, int]:
    """Which record of ours each of these remote objects belongs to."""
    if not remote_ids:
        return {}
    rows = session.execute(
        select(Link.remote_id, Link.record_id).where(
            Link.connection_id == connection_id, Link.kind == kind, Link.remote_id.in_(list(remote_ids))
        )
    )
    return {row.remote_id: row.record_id for row in rows}


def save(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert links, or renew those that the records have already (their origin stays)."""
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(Link)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "kind", "record_id"],
            set_={name: statement.excluded[name] for name in _WRITTEN},
        ),
        list(rows),
    )


def mark_gone(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> None:
    if record_ids:
        session.execute(
            update(Link)
            .where(Link.connection_id == connection_id, Link.kind == kind, Link.record_id.in_(list(record_ids)))
            .values(gone=True)
            .execution_options(synchronize_session=False)
        )


def forget(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int]) -> None:
    """The remote object was removed as we wanted: the record has no counterpart any more."""
    for row in session.scalars(
        select(Link).where(Link.connection_id == connection_id, Link.kind == kind, Link.record_id.in_(list(record_ids)))
    ):
        session.delete(row)
