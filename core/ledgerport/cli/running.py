"""What commands share: a hub for as long as one command runs, errors in one sentence, tables or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledgerport import wiring
from ledgerport.contract import ContractError
from ledgerport.services.context import Hub
from ledgerport.services.memory.unavailable import MemoryUnavailable
from ledgerport.services.rejections import BadChoice, Conflict, NotFound, RecordRejected
from ledgerport.services.tenants import find_tenant

# What the shell is told: 1 for "some of it was refused", 2 for "not done".
SOME_REFUSED, NOT_DONE = 1, 2

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
TenantOption = Annotated[str, typer.Option("--tenant", help="The tenant's slug.")]
ProviderArgument = Annotated[str, typer.Argument(help="The provider's slug, such as quickbooks.")]


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub from the settings, closed afterwards. What a service refuses ends the command with its sentence."""
    with refusals_told():
        hub = wiring.build()
        try:
            yield hub
        finally:
            wiring.close(hub)


@contextmanager
def refusals_told() -> Iterator[None]:
    """What a service refuses ends the command with its sentence."""
    try:
        yield
    except wiring.CannotStart as error:
        raise _ended(str(error)) from error
    except (BadChoice, Conflict, MemoryUnavailable) as error:
        raise _ended(f"{error.reason} {error.next_step}") from error
    except RecordRejected as error:
        raise _ended(f"{error.rejected.reason} {error.rejected.next_step}") from error
    except NotFound as error:
        raise _ended(str(error)) from error
    except ContractError as error:
        raise _ended(" ".join(part for part in (error.reason, error.detail) if part)) from error


@contextmanager
def running_tenant(slug: str) -> Iterator[tuple[Hub, int]]:
    """A hub and one tenant of it, by slug."""
    with running_hub() as hub:
        yield hub, find_tenant(hub, slug).id


def show(rows: Sequence[Any], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print rows (dataclasses) as a table of some columns, or all of them as JSON.

    `empty`: what is said when there is none.
    """
    if as_json:
        show_json(rows)
        return
    if not rows:
        Console().print(Text(empty))
        return
    table = Table(*(column.replace("_", " ") for column in columns))
    for row in rows:
        table.add_row(*(_cell(getattr(row, column)) for column in columns))
    Console().print(table)


def show_json(value: Any) -> None:
    """Print anything as JSON: money as text, moments in ISO."""
    typer.echo(json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False))


def say(sentence: str) -> None:
    """Print a sentence, to people."""
    Console().print(Text(sentence), soft_wrap=True)


def _ended(sentence: str) -> typer.Exit:
    Console(stderr=True).print(Text(sentence.strip()), soft_wrap=True)
    return typer.Exit(NOT_DONE)


def _cell(value: Any) -> Text:
    if value is None:
        return Text("")
    if isinstance(value, datetime):
        return Text(value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"))
    if isinstance(value, (list, tuple)):
        return Text(", ".join(str(part) for part in value))
    if isinstance(value, dict):
        return Text(", ".join(f"{name} {part}" for name, part in value.items() if part))
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    return Text(str(value))
