"""`column IN (...)` for hundreds of values, as one bound array.

A bind for every value costs more than the look-up itself: SQLAlchemy writes the statement anew for each number of
values, and PostgreSQL compares a plain IN value by value where it joins with an array.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Boolean, Column, Text, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Array(TypeDecorator[Collection[Any]]):
    """Many values as one: an array on PostgreSQL, JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        values = list(value or ())
        return values if dialect.name == "postgresql" else json.dumps(values)


class among(FunctionElement[bool]):  # noqa: N801 - reads as SQL where it is used
    """True where `column` is one of the values bound as `name` when the statement is run."""

    type = Boolean()
    inherit_cache = True
    # Else SQLAlchemy adds `= 1` on SQLite, which has no booleans, and SQLite then scans the whole table instead of
    # looking the values up in an index.
    _is_implicitly_boolean = True

    def __init__(self, column: Column[Any] | Any, name: str) -> None:
        values: BindParameter[Any] = bindparam(name, type_=_Array(column.type))
        super().__init__(column, values)


@compiles(among, "sqlite")
def _on_sqlite(element: among, compiler: Any, **more: Any) -> str:
    column, values = list(element.clauses)
    return " ".join(
        (compiler.process(column, **more), "IN (SELECT value FROM json_each(", compiler.process(values, **more), "))")
    )


@compiles(among, "postgresql")
def _on_postgresql(element: among, compiler: Any, **more: Any) -> str:
    column, values = list(element.clauses)
    return " ".join((compiler.process(column, **more), "IN (SELECT unnest(", compiler.process(values, **more), "))"))
