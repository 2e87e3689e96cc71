"""Writing many rows at once of which some may be there already, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

Changes = Callable[[Any], Mapping[str, Any]]
Condition = Callable[[], Any]


def put_many(
    session: Session,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: tuple[str, ...],
    changes: Changes | None = None,
    unless: Condition | None = None,
) -> None:
    """Insert rows that all name the same columns, in their order.

    One whose `key` is there already is left as it is, or is given `changes(new)`, unless `unless()` is true of it;
    `new` has the columns of the row that was to be inserted. Both are functions of a module: the statement is made
    once for each of them, since making it costs as much as running it.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    if session.get_bind().dialect.name == "postgresql":
        arrays = {f"all_{name}": [row[name] for row in rows] for name in columns}
        session.execute(_on_server(table, columns, key, changes, unless), arrays)
    else:
        session.connection().execute(_in_file(table, key, changes, unless), list(rows))


@lru_cache
def _on_server(
    table: Table, columns: tuple[str, ...], key: tuple[str, ...], changes: Changes | None, unless: Condition | None
) -> Any:
    """One array a column: a bind for every value costs several times as much as the insert itself."""
    arrays = [bindparam(f"all_{name}", type_=ARRAY(table.c[name].type)) for name in columns]
    given = func.unnest(*arrays).table_valued(*columns).render_derived(name="given")
    return _resolved(postgresql.insert(table).from_select(list(columns), select(given)), table, key, changes, unless)


@lru_cache
def _in_file(table: Table, key: tuple[str, ...], changes: Changes | None, unless: Condition | None) -> Any:
    return _resolved(sqlite.insert(table), table, key, changes, unless)


def _resolved(
    statement: Any, table: Table, key: tuple[str, ...], changes: Changes | None, unless: Condition | None
) -> Any:
    columns = [table.c[name] for name in key]
    if changes is None:
        return statement.on_conflict_do_nothing(index_elements=columns)
    return statement.on_conflict_do_update(
        index_elements=columns,
        set_=dict(changes(statement.excluded)),
        where=None if unless is None else ~unless(),
    )
