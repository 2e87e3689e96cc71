"""The rows of an import: kept page by page, looked through by a person, taken in batches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ledgerport.db.among import among
from ledgerport.db.models import ImportRow, RowChoice, RowState

ROWS = cast("Table", ImportRow.__table__)
_MAKERS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# What a page that is read a second time brings anew, unless a person has decided already.
_READ_AGAIN = ("remote_version", "name", "email", "data")


def keep(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Keep rows of a page; one that is there already is renewed. How many are new."""
    if not rows:
        return 0
    connection = session.connection()
    import_id = rows[0]["import_id"]
    before = _count(session, import_id)
    statement = _MAKERS[connection.dialect.name](ROWS)
    renewed = {name: statement.excluded[name] for name in _READ_AGAIN}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["import_id", "remote_id"], set_=renewed), list(rows)
    )
    return _count(session, import_id) - before


def page(
    session: Session, import_id: int, *, show: str, search: str, after: int | None, limit: int
) -> Sequence[ImportRow]:
    """Rows in the order in which they were read."""
    query = select(ImportRow).where(*wanted(import_id, show, search)).order_by(ImportRow.id).limit(limit)
    return session.scalars(query if after is None else query.where(ImportRow.id > after)).all()


def by_ids(session: Session, import_id: int, ids: Collection[int]) -> dict[int, ImportRow]:
    """Rows of an import by id, locked."""
    if not ids:
        return {}
    query = select(ImportRow).where(ImportRow.import_id == import_id, among(ImportRow.id, "ids")).with_for_update()
    return {row.id: row for row in session.scalars(query, {"ids": list(ids)})}


def next_to_bring(session: Session, import_id: int, limit: int) -> Sequence[ImportRow]:
    """Rows that a person wants here and that are not yet."""
    query = (
        select(ImportRow)
        .where(
            ImportRow.import_id == import_id,
            ImportRow.state == RowState.OPEN,
            ImportRow.choice.in_((RowChoice.CREATE, RowChoice.LINK)),
        )
        .order_by(ImportRow.id)
        .limit(limit)
        .with_for_update()
    )
    return session.scalars(query).all()


def change_all(session: Session, import_id: int, show: str, search: str, values: Mapping[str, Any]) -> int:
    """Write values to every row that a filter shows and that is not here yet; how many."""
    told = session.execute(
        update(ImportRow)
        .where(*wanted(import_id, show, search), ImportRow.state.in_((RowState.OPEN, RowState.FAILED)))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(told.rowcount)  # type: ignore[attr-defined]


def ask_about_rivals(session: Session, import_id: int) -> None:
    """Two over there that would be linked to one of ours: a person says which."""
    rivals = (
        select(ImportRow.match_id)
        .where(ImportRow.import_id == import_id, ImportRow.choice == RowChoice.LINK, ImportRow.state == RowState.OPEN)
        .group_by(ImportRow.match_id)
        .having(func.count() > 1)
    )
    session.execute(
        update(ImportRow)
        .where(
            ImportRow.import_id == import_id,
            ImportRow.choice == RowChoice.LINK,
            ImportRow.chosen.is_(False),
            ImportRow.state == RowState.OPEN,
            ImportRow.match_id.in_(rivals),
        )
        .values(choice=RowChoice.ASK)
        .execution_options(synchronize_session=False)
    )


def wanted(import_id: int, show: str, search: str) -> list[ColumnElement[bool]]:
    """`show`: a choice of rows not brought over yet, `failed`, `here` (brought over), or empty for all."""
    clauses: list[ColumnElement[bool]] = [ImportRow.import_id == import_id]
    if show == "failed":
        clauses.append(ImportRow.state == RowState.FAILED)
    elif show == "here":
        clauses.append(ImportRow.state.in_((RowState.CREATED, RowState.LINKED)))
    elif show:
        clauses += [ImportRow.state == RowState.OPEN, ImportRow.choice == show]
    if search.strip():
        part = search.strip()
        clauses.append(
            or_(ImportRow.name.icontains(part, autoescape=True), ImportRow.email.icontains(part, autoescape=True))
        )
    return clauses


def _count(session: Session, import_id: int) -> int:
    return session.scalar(select(func.count()).select_from(ImportRow).where(ImportRow.import_id == import_id)) or 0
