"""`ledgerport worker`: a process that works on jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport import serving
from ledgerport.cli.commands.starting import starting


def worker(
    threads: Annotated[int | None, typer.Option(min=1, max=64, help="How many jobs run at once.")] = None,
) -> None:
    """Work on jobs from Redis until SIGTERM or Ctrl-C; any number of workers may run."""
    with starting():
        serving.run_worker(threads, lambda: typer.echo("The worker is running; Ctrl-C ends it.", err=True))
