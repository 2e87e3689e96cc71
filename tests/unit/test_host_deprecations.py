"""Operators hear what of a plugin will stop to work, and when."""

from __future__ import annotations

import dataclasses
import warnings
from datetime import date
from typing import Any

import pluggy
import pytest
from tests.keyed_books import TERMS

from ledgerport.contract import Deprecated, ProviderTerms
from ledgerport.contract.deprecation import retiring
from ledgerport.host.deprecations import deprecations

spec, implement = pluggy.HookspecMarker("x"), pluggy.HookimplMarker("x")


def leaving(name: str) -> Deprecated:
    return Deprecated(name, instead="another", removed_in=2, not_before=date(2027, 6, 1))


HOOK, ARGUMENT, FIELD = leaving("push_thing"), leaving("find_thing.colour"), leaving("ProviderTerms.colour")


class Specs:
    @spec(firstresult=True, warn_on_impl=HOOK)
    def push_thing(self, name: str) -> None: ...

    @spec(firstresult=True, warn_on_impl_args={"colour": ARGUMENT})
    def find_thing(self, name: str, colour: str) -> None: ...


class Old:
    @implement
    def push_thing(self, name: str) -> None: ...

    @implement
    def find_thing(self, name: str, colour: str) -> None: ...


class New:
    @implement
    def find_thing(self, name: str) -> None: ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms(ProviderTerms):
    tint: str = retiring("", FIELD)


def told(plugin: object, terms: ProviderTerms) -> tuple[Deprecated, ...]:
    manager = pluggy.PluginManager("x")
    manager.add_hookspecs(Specs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Deprecated)
        manager.register(plugin)
    return deprecations(manager, plugin, terms)


def terms(**more: Any) -> Terms:
    return Terms(**{its.name: getattr(TERMS, its.name) for its in dataclasses.fields(TERMS)}, **more)


@pytest.mark.parametrize(
    ("plugin", "given", "expected"),
    [
        (New(), {}, set()),
        (New(), {"tint": ""}, set()),
        (New(), {"tint": "blue"}, {FIELD}),
        (Old(), {}, {HOOK, ARGUMENT}),
        (Old(), {"tint": "blue"}, {HOOK, ARGUMENT, FIELD}),
    ],
)
def test_what_it_still_uses_is_named(plugin: object, given: dict[str, str], expected: set[Deprecated]) -> None:
    assert set(told(plugin, terms(**given))) == expected
