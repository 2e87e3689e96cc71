"""`ledgerport serve`: the hub itself."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport import serving
from ledgerport.cli.commands.starting import starting


def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen; 127.0.0.1 unless told otherwise.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The public address's port unless told otherwise.")
    ] = None,
) -> None:
    """Serve the REST API; without a Redis and a database of their own also run jobs and the scheduler."""
    with starting():
        serving.serve(
            host=host, port=port, told=lambda address: typer.echo(f"Ledgerport serves on {address}", err=True)
        )
