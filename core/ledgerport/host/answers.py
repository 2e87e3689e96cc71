"""What a hook may answer: checked against the return annotation of its specification before the engine sees it.

A check answers with what is wrong, and with nothing when all is well. It names fields and types, never a value: a value
may be somebody's name.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ledgerport.contract import ContractError, Page, Remote, TryLater, hookspecs

Check = Callable[[Any], str]

# As long as an id or version can be kept.
_LONGEST_ID = 200
# Waits beyond this are no decision, and would overflow a date.
_LONGEST_WAIT = timedelta(days=366)
_REMOTE_HINTS = get_type_hints(Remote)


def problem_of(hook: str, answer: Any, arguments: Mapping[str, Any]) -> str:
    """What is wrong with a hook's answer; empty when nothing is."""
    wrong = _ANSWERS[hook](answer)
    if wrong:
        return f"returned {wrong}"
    asked = arguments.get("pushes")
    if asked is not None and len(answer) != len(asked):
        return f"returned {len(answer)} answers for {len(asked)} records"
    emails = arguments.get("emails")
    if emails is not None:
        missing = sum(email not in answer for email in emails)
        if missing:
            return f"returned nothing for {missing} of {len(emails)} e-mails"
    return ""


def problem_of_error(error: ContractError) -> str:
    """What is wrong with a decision that a plugin raised or returned; empty when nothing is."""
    for name in ("reason", "detail", "code", "trace_id"):
        if not isinstance(getattr(error, name, None), str):
            return _a_wrong(error, name)
    if isinstance(error, TryLater):
        if error.after is not None and not (isinstance(error.after, timedelta) and abs(error.after) <= _LONGEST_WAIT):
            return f"{_a_wrong(error, 'after')}; it must be a timedelta of a year at most"
        if error.at is not None and getattr(error.at, "tzinfo", None) is None:
            return f"{_a_wrong(error, 'at')}; it must be a datetime with a time zone"
    return ""


def _a_wrong(value: object, name: str) -> str:
    return f"a {type(value).__name__} whose {name} is {_kind(getattr(value, name, None))}"


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


def _check_for(hint: Any) -> Check:
    """The check of one annotation."""
    origin = get_origin(hint)
    if hint is Any or isinstance(hint, TypeVar):
        return _anything
    if hint is None or hint is type(None):
        return _none
    if origin in (Union, types.UnionType):
        return _either([_check_for(each) for each in get_args(hint)], _words(hint))
    if origin is Page:
        return _page(_rows(get_args(hint)[0]))
    if origin in (list, Sequence):
        return _list(_rows(get_args(hint)[0]), strict=origin is list)
    if origin is Mapping:
        return _mapping(*(_check_for(each) for each in get_args(hint)))
    if origin is tuple:
        return _instance(tuple)
    kind = hint if isinstance(hint, type) else origin
    if is_dataclass(kind):
        return _Shape(kind)
    if issubclass(kind, ContractError):
        return _decision
    return _number if kind is Decimal else _instance(kind)


def _words(hint: Any) -> str:
    return " or ".join(getattr(each, "__name__", str(each)) for each in get_args(hint))


def _anything(_value: Any) -> str:
    return ""


def _none(value: Any) -> str:
    return "" if value is None else _kind(value)


def _number(value: Any) -> str:
    if not isinstance(value, Decimal):
        return f"{_word(value)}, not Decimal"
    return "" if value.is_finite() else "a Decimal that is no finite number"


def _word(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _instance(kind: type) -> Check:
    # Bool is an int to Python and a mistake to us.
    name = kind.__name__

    def check(value: Any) -> str:
        if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
            return "text with a NUL character" if type(value) is str and "\0" in value else ""
        return f"{_word(value)}, not {name}"

    return check


def _decision(value: Any) -> str:
    if not isinstance(value, ContractError):
        return f"{_word(value)}, not an error of the contract"
    return problem_of_error(value)


def _either(checks: Sequence[Check], words: str) -> Check:
    def check(value: Any) -> str:
        wrongs = [each(value) for each in checks]
        if "" in wrongs:
            return ""
        # The one that took it for its own kind and looked further says more.
        closer = [wrong for wrong in wrongs if wrong.startswith("a ")]
        return closer[0] if closer else f"{_word(value)}, not {words}"

    return check


Rows = Callable[[Sequence[Any]], str]


def _rows(hint: Any) -> Rows:
    check = _check_for(hint)
    quick = hint is Remote or Remote in get_args(hint)

    def rows(found: Sequence[Any]) -> str:
        remotes = [row for row in found if type(row) is Remote] if quick else []
        if remotes and _are_plain(remotes):
            if len(remotes) == len(found):
                return ""
        else:
            remotes = []
        for place, row in enumerate(found):
            if remotes and type(row) is Remote:
                continue
            wrong = check(row)
            if wrong:
                return f"at place {place + 1} of {len(found)} {wrong}"
        return ""

    return rows


def _list(rows: Rows, *, strict: bool) -> Check:
    kinds = list if strict else (list, tuple)

    def check(value: Any) -> str:
        return rows(value) if isinstance(value, kinds) else f"{_word(value)}, not a list"

    return check


def _page(rows: Rows) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, Page):
            return f"{_word(value)}, not Page"
        found: Any = value.rows
        cursor: Any = value.next
        if not isinstance(found, list | tuple):
            return _a_wrong(value, "rows")
        if cursor is not None and not isinstance(cursor, str):
            return _a_wrong(value, "next")
        return rows(found)

    return check


def _mapping(key: Check, inner: Check) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, Mapping):
            return f"{_word(value)}, not a mapping"
        return next((wrong for pair in value.items() for wrong in (key(pair[0]), inner(pair[1])) if wrong), "")

    return check


# The kinds that the fields of a Remote hold, in their order.
_REMOTE = tuple(
    {Decimal, type(None)} if each.name == "total" else {_REMOTE_HINTS[each.name]} for each in fields(Remote)
)
_AT = {each.name: place for place, each in enumerate(fields(Remote))}


def _are_plain(remotes: Sequence[Remote]) -> bool:
    """Whether all of these are beyond doubt, looked at field by field instead of one by one: a tenth of the time, and
    every batch passes here."""
    columns = list(zip(*[vars(remote).values() for remote in remotes], strict=True))
    if not all(kinds.issuperset(map(type, column)) for kinds, column in zip(_REMOTE, columns, strict=True)):
        return False
    ids, versions = columns[_AT["id"]], columns[_AT["version"]]
    return (
        all(ids)
        and max(map(len, ids)) <= _LONGEST_ID
        and max(map(len, versions)) <= _LONGEST_ID
        and "\0" not in "".join(ids + versions)
        and all(map(Decimal.is_finite, filter(None, columns[_AT["total"]])))
    )


class _Shape:
    """A dataclass of the contract, field by field.

    Which kinds its fields hold is remembered: what held the same kinds before needs no second look at each of them.
    Only fields whose kind says nothing yet about their content (numbers, lists, values within) are looked into again.
    """

    def __init__(self, kind: type) -> None:
        self._kind = kind
        hints = get_type_hints(kind)
        names = [each.name for each in fields(kind)]
        self._read = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
        self._checks = [(name, _check_for(hints[name])) for name in names]
        self._deep = [
            (attrgetter(name), name, check) for name, check in self._checks if _is_deep(hints[name]) or name == "id"
        ]
        if kind is Remote:
            self._deep = [
                (attrgetter("id"), "id", _id),
                (attrgetter("version"), "version", _version),
                (attrgetter("total"), "total", _total),
            ]
        self._known: set[tuple[type, ...]] = set()

    def __call__(self, value: Any) -> str:
        if not isinstance(value, self._kind):
            return f"{_word(value)}, not {self._kind.__name__}"
        kinds = tuple(map(type, self._read(value)))
        if kinds not in self._known:
            for name, check in self._checks:
                wrong = check(getattr(value, name))
                if wrong:
                    return f"a {self._kind.__name__} whose {name} is {wrong}"
            self._known.add(kinds)
        for read, name, check in self._deep:
            wrong = check(read(value))
            if wrong:
                return f"a {self._kind.__name__} whose {name} is {wrong}"
        return ""


def _id(value: Any) -> str:
    if 0 < len(value) <= _LONGEST_ID and "\0" not in value:
        return ""
    return "empty" if not value else f"no id: it has a NUL character or over {_LONGEST_ID} characters"


def _version(value: Any) -> str:
    if len(value) <= _LONGEST_ID and "\0" not in value:
        return ""
    return f"no version: it has a NUL character or over {_LONGEST_ID} characters"


def _total(value: Any) -> str:
    return "" if value is None else _number(value)


def _is_deep(hint: Any) -> bool:
    """Whether two values of one kind may differ in being right."""
    if get_origin(hint) in (Union, types.UnionType):
        return any(_is_deep(each) for each in get_args(hint))
    if hint is str or hint is bool or hint is type(None):
        return False
    return not (isinstance(hint, type) and issubclass(hint, Enum))


_ANSWERS: dict[str, Check] = {
    name: _check_for(get_type_hints(spec)["return"])
    for name, spec in vars(hookspecs).items()
    if hasattr(spec, f"{hookspecs.PROJECT}_spec")
}
