"""`ledgerport sandbox`: a provider's stand-in on a port of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledgerport.demo.sandboxes import installed, serve_one, services


def sandbox(
    provider: Annotated[str, typer.Argument(help="The provider's slug, such as quickbooks; or voyage.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    store: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Keep the books there; else they end with it.")
    ] = None,
) -> None:
    """Serve a sandbox of a provider, or of Voyage's embeddings, on 127.0.0.1 until Ctrl-C."""
    known = [*installed(), *services()]
    if provider not in known:
        raise typer.BadParameter(
            f"There is no sandbox for {provider}; installed are {', '.join(known) or 'none'}.", param_hint="PROVIDER"
        )

    def tell(address: str, notice: str) -> None:
        typer.echo(f"{provider} sandbox on {address}")
        if notice:
            typer.echo(notice)

    try:
        serve_one(provider, port=port, store=store, told=tell)
    except OSError as error:
        typer.echo(f"Port {port} cannot be used: {error.strerror}.", err=True)
        raise typer.Exit(2) from error
