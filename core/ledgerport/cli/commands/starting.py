"""What commands that start a long-running process share: a start that fails says why, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ledgerport.wiring import CannotStart, set_up_logs

# As of a command line that cannot be used.
_EXIT = 2


@contextmanager
def starting() -> Iterator[None]:
    """Logs as JSON on stderr; a wrong setting or a taken port ends the command with a sentence, no traceback."""
    set_up_logs()
    try:
        yield
    except CannotStart as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_EXIT) from error
    except OSError as error:
        typer.echo(f"Ledgerport cannot start. {error.strerror or error}.", err=True)
        raise typer.Exit(_EXIT) from error
