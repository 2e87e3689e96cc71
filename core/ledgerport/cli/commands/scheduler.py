"""`ledgerport scheduler`: the only timer."""

from __future__ import annotations

import typer

from ledgerport import serving
from ledgerport.cli.commands.starting import starting


def scheduler() -> None:
    """Send what becomes due until SIGTERM or Ctrl-C; of several schedulers one works, the others stand by."""
    with starting():
        serving.run_scheduler(lambda: typer.echo("The scheduler is running; Ctrl-C ends it.", err=True))
