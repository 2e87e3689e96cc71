"""How the contract says beforehand that something of it will go.

A hook says it in its specification (`warn_on_impl=Deprecated(...)`), a class or function by `@deprecated(...)`, a field
of a dataclass by `retiring(...)` under `@warns_of_fields`. The snapshots of the contract keep all of them, and nothing
may leave it that its last release did not announce (core/docs/contract-policy.md).
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import field, fields
from datetime import date
from typing import Any, TypeVar

import typing_extensions

_KEY = "deprecated"
Thing = TypeVar("Thing", bound=Callable[..., Any])


class Deprecated(DeprecationWarning):
    """`name` still works, and goes with contract version `removed_in`, which is not released before `not_before`.

    `instead` is what to write from now on. It is a warning: pytest shows it to the author, the hub's log to operators.
    """

    def __init__(self, name: str, *, instead: str, removed_in: int, not_before: date) -> None:
        self.name = name
        self.instead = instead
        self.removed_in = removed_in
        self.not_before = not_before
        super().__init__(
            f"{name} is deprecated: use {instead}. It goes with contract {removed_in}, not before {not_before}."
        )


def deprecated(warning: Deprecated) -> Callable[[Thing], Thing]:
    """A class that warns when an object is made, or a function that warns when it is called."""

    def mark(thing: Thing) -> Thing:
        # The category is this house's, so that a text is enough; type checkers know PEP 702 by its name.
        marked = typing_extensions.deprecated(str(warning), category=DeprecationWarning)(thing)
        marked.__deprecation__ = warning  # type: ignore[attr-defined]
        return marked

    return mark


def retiring(default: Any, warning: Deprecated) -> Any:
    """A field on its way out: it needs a default, so that those who stopped giving it lose nothing."""
    return field(default=default, metadata={_KEY: warning})


def warns_of_fields(thing: type[Any]) -> type[Any]:
    """A dataclass that warns when somebody still gives one of its `retiring` fields."""
    leaving = {its.name: its.metadata[_KEY] for its in fields(thing) if _KEY in its.metadata}
    make = thing.__init__

    @functools.wraps(make)
    def warn_and_make(self: Any, *arguments: Any, **named: Any) -> None:
        for name in leaving.keys() & named.keys():
            warnings.warn(leaving[name], stacklevel=2)
        make(self, *arguments, **named)

    thing.__init__ = warn_and_make
    return thing


def announced(thing: object) -> dict[str, Deprecated]:
    """What a public name of the contract announces: itself under "", its fields under their names."""
    told: dict[str, Deprecated] = {}
    own = getattr(thing, "__deprecation__", None)
    if isinstance(own, Deprecated):
        told[""] = own
    for its in getattr(thing, "__dataclass_fields__", {}).values():
        if _KEY in its.metadata:
            told[its.name] = its.metadata[_KEY]
    return told
