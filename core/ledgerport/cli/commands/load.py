"""`ledgerport load`: load records from NDJSON."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, cast

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ledgerport.cli.running import SOME_REFUSED, JsonFlag, TenantOption, running_tenant, say, show, show_json
from ledgerport.services.bulk_load import Loaded, bulk_load, lines_of
from ledgerport.services.context import Hub

_SHOWN = 20


def load(
    file: Annotated[str, typer.Argument(help="NDJSON, also gzipped (.gz); - reads from standard input.")],
    tenant: TenantOption,
    as_json: JsonFlag = False,
) -> None:
    """Load records. Bad rows are named and never stop the rest; the exit code is 1 when there were some."""
    with _opened(file) as stream, running_tenant(tenant) as (hub, tenant_id):
        loaded = _load(hub, tenant_id, stream)
    if as_json:
        show_json(loaded)
    else:
        _tell(loaded)
    if loaded.rejected_count:
        raise typer.Exit(SOME_REFUSED)


def _load(hub: Hub, tenant_id: int, stream: IO[bytes]) -> Loaded:
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} lines"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("load", total=None)
        return bulk_load(
            hub,
            tenant_id=tenant_id,
            lines=lines_of(stream),
            progress=lambda done: progress.update(task, completed=done),
        )


def _tell(loaded: Loaded) -> None:
    say(
        f"{loaded.accepted:,} records taken: {loaded.created:,} created, {loaded.updated:,} updated, "
        f"{loaded.unchanged:,} unchanged. {loaded.rejected_count:,} rejected."
    )
    if loaded.rejected:
        columns = ("line", "kind", "ref", "field", "reason", "next_step")
        show(loaded.rejected[:_SHOWN], columns, as_json=False, empty="")
    if loaded.rejected_count > _SHOWN:
        say(f"{loaded.rejected_count - _SHOWN:,} more; --json names the first 1,000.")


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    path = Path(file)
    if not path.is_file():
        raise typer.BadParameter(f"There is no file {file}.")
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        yield cast("IO[bytes]", stream)
