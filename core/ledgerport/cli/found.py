"""Finds a command by its name and loads that one alone.

All of them together take a second or two to load (the demo, the server and the browser's pages among them), which a
`ledgerport sync` should not pay.
"""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

# A command, its module in `cli/commands` and the function there (or `app`, where it has commands of its own) share
# their name. In the order of `ledgerport --help`.
RUNNING = ("demo", "serve", "worker", "scheduler", "sandbox")
OPERATING = ("tenants", "keys", "providers", "plugin", "connections", "tokens", "users")
WORKING = (
    "connect",
    "load",
    "sync",
    "runs",
    "report",
    "notices",
    "webhook",
    "record",
    "stuck",
    "accounts",
    "imports",
    "choices",
    "memory",
)
COMMANDS = (*RUNNING, *OPERATING, *WORKING)


class Commands(TyperGroup):
    """All commands, each loaded when it is called or its help is shown."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load(cmd_name) if cmd_name in COMMANDS else None


def load(name: str) -> Any:
    """A command, or a group of them, ready to run. Raises ModuleNotFoundError for a name that is none."""
    module = importlib.import_module(f"ledgerport.cli.commands.{name}")
    group: typer.Typer | None = getattr(module, "app", None)
    if group is not None:
        made = get_group(group)
        made.name = name
        return made
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, name))
    return get_command(alone)
