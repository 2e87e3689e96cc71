"""`ledgerport`: every command there is."""

from __future__ import annotations

import typer

from ledgerport.cli.found import Commands

app = typer.Typer(
    name="ledgerport",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def ledgerport() -> None:
    """Keeps a field-service app's books in QuickBooks Online, Xero, FreshBooks or Wave."""
