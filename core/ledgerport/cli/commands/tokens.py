"""`ledgerport tokens`: how the sign-ins at the providers stand."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, running_hub, show
from ledgerport.services.show_tokens import token_status

app = typer.Typer(help="How the sign-ins at the providers stand.", no_args_is_help=True)


@app.callback()
def tokens() -> None:
    """Keeps `status` a command of its own: typer folds a lone command into its group."""


@app.command("status")
def status(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Only this tenant's.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List sign-ins: when tokens end and what was lost. No token is shown."""
    with running_hub() as hub:
        found = token_status(hub, tenant=tenant)
    columns = (
        *("tenant", "provider", "company_name", "connection_state", "state"),
        *("access_expires_at", "refresh_expires_at", "hard_expires_at", "reason"),
    )
    show(found, columns, as_json=as_json, empty="Nothing is connected.")
