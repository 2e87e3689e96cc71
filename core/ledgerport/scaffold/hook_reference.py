"""The hook reference, written from the contract's own specifications: `ledgerport plugin hooks`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ledgerport.contract import errors, hookspecs

_HEAD = """\
# Hooks

Written from `ledgerport.contract.hookspecs` by `ledgerport plugin hooks --write core/docs/hooks.md`; a test fails when
it says anything else. How they are used: [the tutorial](tutorial.md). When an answer is lost:
[uncertainty](uncertainty.md).

A plugin implements hooks as functions of one module, marked with `@hookimpl`, and may leave out arguments that it does
not need. The hub asks exactly one plugin, by keyword; a hook that is left out means "not offered". Every hook may raise
any branch of the error tree at the end of this page, and nothing else: whatever else comes out of a plugin counts as
`Broken`.
"""


def hooks() -> dict[str, Callable[..., Any]]:
    """Every hook specification by name, in the order of the contract."""
    found = {
        name: member
        for name, member in inspect.getmembers(hookspecs, inspect.isfunction)
        if any(attribute.endswith("_spec") for attribute in vars(member))
    }
    return dict(sorted(found.items(), key=lambda one: one[1].__code__.co_firstlineno))


def hook_reference() -> str:
    """The page, as Markdown."""
    parts = [_HEAD, *(_section(name, spec) for name, spec in hooks().items()), _errors()]
    return "\n".join(parts)


def _section(name: str, spec: Callable[..., Any]) -> str:
    signature = inspect.signature(spec)
    arguments = ", ".join(f"{one.name}: {one.annotation}" for one in signature.parameters.values())
    says = inspect.getdoc(spec) or ""
    return f"## {name}\n\n```python\n{name}({arguments}) -> {signature.return_annotation}\n```\n\n{says}\n"


def _errors() -> str:
    branches = sorted(errors.ContractError.__subclasses__(), key=lambda branch: inspect.getsourcelines(branch)[1])
    rows = [f"| `{branch.__name__}` | {' '.join((inspect.getdoc(branch) or '').split())} |" for branch in branches]
    return "\n".join(["## What a hook may raise", "", "| error | what it tells the hub |", "|---|---|", *rows, ""])
