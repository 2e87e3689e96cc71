"""A hook that nobody can look up does not exist for the people who write plugins."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledgerport.contract import hookspecs
from ledgerport.scaffold.hook_reference import hook_reference

ROOT = Path(__file__).resolve().parents[2]


def specs() -> dict[str, Callable[..., Any]]:
    """Every hook specification of the contract, module-level or a method, by name."""
    holders: list[object] = [hookspecs, *(c for _, c in inspect.getmembers(hookspecs, inspect.isclass))]
    return {
        name: member
        for holder in holders
        for name, member in inspect.getmembers(holder, inspect.isfunction)
        if any(attribute.endswith("_spec") for attribute in vars(member))
    }


def test_the_contract_has_the_hooks_that_the_card_names() -> None:
    fixed = {"push_customer", "push_item_batch", "push_payment", "refresh_token", "on_duplicate_name"}

    assert fixed <= specs().keys()


@pytest.mark.parametrize("name", sorted(specs()))
def test_the_hook_has_a_docstring(name: str) -> None:
    assert inspect.getdoc(specs()[name]), f"{name} says nothing about when it is called and what it returns"


def test_every_hook_stands_in_the_readme() -> None:
    words = set(re.findall(r"\w+", (ROOT / "README.md").read_text()))

    assert sorted(specs().keys() - words) == []


@pytest.mark.parametrize("name", sorted(specs()))
def test_the_first_answer_of_the_hook_wins(name: str) -> None:
    options = next(value for key, value in vars(specs()[name]).items() if key.endswith("_spec"))

    assert options["firstresult"], f"{name} would collect the answers of several plugins"


def test_the_hook_reference_is_the_one_that_the_contract_gives() -> None:
    written = (ROOT / "core" / "docs" / "hooks.md").read_text()

    assert written == hook_reference(), "Next: .venv/bin/ledgerport plugin hooks --write core/docs/hooks.md"


@pytest.mark.parametrize("name", sorted(specs()))
def test_the_hook_stands_in_the_reference_with_its_arguments(name: str) -> None:
    page = (ROOT / "core" / "docs" / "hooks.md").read_text()

    arguments = ", ".join(inspect.signature(specs()[name]).parameters)
    shown = re.search(rf"^{name}\((.*)\) ->", page, re.MULTILINE)
    assert shown, f"{name} is not in core/docs/hooks.md"
    assert ", ".join(re.findall(r"(\w+): ", shown.group(1))) == arguments
