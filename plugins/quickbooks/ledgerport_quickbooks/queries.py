"""Statements of QuickBooks' query language. Pure.

Values stand in single quotes with `\\'` for a quote. How a backslash is read is not documented, so none is ever sent:
a value that holds one is searched with LIKE and `%` in its place, and whoever asks compares the rows with what was
asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledgerport_quickbooks.terms import MAX_ROWS

WITH_INACTIVE = "Active IN (true,false)"  # a query shows active entries only unless it says this
_LONGEST_LIST = 3_000  # characters; together with the rest a statement stays well inside what a server takes
_MOST_VALUES = 100  # fewer values than rows in an answer, so that a list of unique values is answered at once


def quoted(value: str) -> str:
    """A value as the language takes it. For values without a backslash."""
    return "'" + value.replace("'", "\\'") + "'"


def equals(name: str, value: str) -> str:
    """`name` is `value`; wider than that when the value holds a backslash."""
    if "\\" in value:
        return f"{name} LIKE {quoted(value.replace(chr(92), '%'))}"
    return f"{name} = {quoted(value)}"


def among(name: str, values: Iterable[str]) -> Iterator[str]:
    """Conditions that together find every row whose `name` is one of `values`: lists cut to a good length.

    The language has no OR, so each condition is a statement of its own.
    """
    chosen: list[str] = []
    length = 0
    for value in dict.fromkeys(values):
        if "\\" in value:
            yield equals(name, value)
            continue
        word = quoted(value)
        if chosen and (length + len(word) > _LONGEST_LIST or len(chosen) >= _MOST_VALUES):
            yield f"{name} IN ({','.join(chosen)})"
            chosen, length = [], 0
        chosen.append(word)
        length += len(word) + 1
    if len(chosen) == 1:
        yield f"{name} = {chosen[0]}"
    elif chosen:
        yield f"{name} IN ({','.join(chosen)})"


def select(entity: str, *conditions: str, order: str = "Id", start: int = 1, rows: int = MAX_ROWS) -> str:
    """A page of an entity's rows, ordered so that pages do not overlap. `start` counts from 1."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {entity}{where} ORDERBY {order} STARTPOSITION {start} MAXRESULTS {rows}"  # noqa: S608
