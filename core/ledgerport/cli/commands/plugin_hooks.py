"""`ledgerport plugin hooks`: what the hub may ask a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledgerport.cli.running import say
from ledgerport.scaffold.hook_reference import hook_reference


def hooks(
    write: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the page there instead of printing it.")
    ] = None,
) -> None:
    """Print every hook of the contract: its arguments, when it is asked, what it returns, what it may raise."""
    if write is None:
        typer.echo(hook_reference(), nl=False)
        return
    write.write_text(hook_reference(), encoding="utf-8")
    say(f"The hook reference is in {write}.")
