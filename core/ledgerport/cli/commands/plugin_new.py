"""`ledgerport plugin new`: the first version of a provider's plugin, with a sandbox and tests that are green."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledgerport.cli.running import NOT_DONE, say
from ledgerport.contract import Kind
from ledgerport.scaffold import BadWish, FolderTaken, Wish, write_plugin


def new(
    name: Annotated[str, typer.Argument(help="The provider's slug, such as acme: lower-case letters and digits.")],
    kinds: Annotated[str, typer.Option(help="What it takes, separated by commas.")] = ",".join(Kind),
    idempotency: Annotated[
        str, typer.Option(help="`key`: it knows idempotency keys; `none`: after a lost answer one has to look.")
    ] = "none",
    auth: Annotated[str, typer.Option(help="How one signs in: `oauth2` or `api-key`.")] = "oauth2",
    label: Annotated[str, typer.Option(help="What people call it, such as `Acme Books`.")] = "",
    folder: Annotated[
        Path, typer.Option(file_okay=False, help="Where the new folder ledgerport-NAME is made.")
    ] = Path(),
) -> None:
    """Write a plugin that works as it is, against a sandbox of its own, for you to turn into the real thing."""
    try:
        wish = Wish.of(name, kinds=kinds.split(","), label=label, idempotency=idempotency, auth=auth)
        written = write_plugin(wish, folder)
    except (BadWish, FolderTaken, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOT_DONE) from error
    root = folder / f"ledgerport-{wish.slug}"
    say(f"{len(written)} files are in {root}. Next:")
    say(f"  cd {root}")
    say('  pip install -e ".[test]"')
    say("  pytest")
    say(f"  ledgerport demo --provider {wish.slug} --once")
    say("README.md there says where to begin.")
