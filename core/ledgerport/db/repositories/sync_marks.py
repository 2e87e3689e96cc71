"""What people decided about single records on a connection: few rows, looked at by whatever opens or sends work."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, delete, exists, select
from sqlalchemy.orm import Session

from ledgerport.contract import Kind
from ledgerport.db.among import among
from ledgerport.db.models import Mark, SyncMark

MARKS = cast("Table", SyncMark.__table__)
_LEFT_OUT = (Mark.SKIPPED.value, Mark.LET_GO.value)
_OF_KIND = (MARKS.c.connection_id == bindparam("connection"), MARKS.c.kind == bindparam("of_kind"))
_MARKED = select(MARKS.c.record_id).where(
    *_OF_KIND, among(MARKS.c.record_id, "records"), MARKS.c.what == bindparam("mark")
)
_LEFT = select(MARKS.c.what).where(*_OF_KIND, MARKS.c.record_id == bindparam("record"), MARKS.c.what.in_(_LEFT_OUT))


def any_of(session: Session, tenant_id: int) -> bool:
    """Whether the tenant has any: nearly always not, and then nothing more need be asked."""
    return bool(session.scalar(select(exists().where(MARKS.c.tenant_id == tenant_id))))


def put(
    session: Session, tenant_id: int, connection_id: int, kind: Kind, record_id: int, mark: Mark, by: str, now: datetime
) -> None:
    """Mark a record; a mark that is there already is renewed."""
    same = (MARKS.c.connection_id == connection_id, MARKS.c.kind == kind, MARKS.c.record_id == record_id)
    session.execute(delete(MARKS).where(MARKS.c.tenant_id == tenant_id, *same, MARKS.c.what == mark))
    row = {"connection_id": connection_id, "kind": kind, "record_id": record_id, "what": mark}
    session.execute(MARKS.insert().values(**row, tenant_id=tenant_id, requested_by=by[:200], at=now))


def clear(
    session: Session,
    tenant_id: int,
    kind: Kind,
    record_ids: Collection[int],
    marks: Collection[Mark],
    connection_id: int | None = None,
) -> None:
    """Take marks away, on one connection or on all."""
    gone = delete(MARKS).where(
        MARKS.c.tenant_id == tenant_id,
        MARKS.c.kind == kind,
        MARKS.c.what.in_([mark.value for mark in marks]),
        among(MARKS.c.record_id, "records"),
    )
    if connection_id is not None:
        gone = gone.where(MARKS.c.connection_id == connection_id)
    session.connection().execute(gone, {"records": list(record_ids)})


def marked(session: Session, connection_id: int, kind: Kind, record_ids: Collection[int], mark: Mark) -> set[int]:
    """Which of these records are marked so."""
    asked = {"connection": connection_id, "of_kind": kind.value, "records": list(record_ids), "mark": mark.value}
    return set(session.connection().scalars(_MARKED, asked))


def left_out(session: Session, connection_id: int, kind: Kind, record_id: int) -> bool:
    """Whether a person said that this record is not sent for now."""
    asked = {"connection": connection_id, "of_kind": kind.value, "record": record_id}
    return session.connection().execute(_LEFT, asked).first() is not None
