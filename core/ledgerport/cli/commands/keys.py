"""`ledgerport keys`: API keys of tenants and operators."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, running_hub, say, show, show_json
from ledgerport.services.api_keys import OPERATOR, READ, WRITE, create_key, list_keys, revoke_key

app = typer.Typer(help="API keys of tenants and operators.", no_args_is_help=True)
_Tenant = Annotated[str | None, typer.Option("--tenant", help="The tenant's slug.")]
_OperatorFlag = Annotated[bool, typer.Option("--operator", help="An operator's key, of no tenant.")]


@app.command("create")
def create(
    name: Annotated[str, typer.Option(help="What it is for; shown in lists.")],
    tenant: _Tenant = None,
    operator: _OperatorFlag = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may look, not change.")] = False,
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="How long it lives; without: until revoked.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key. It is shown this once."""
    _check(tenant, operator)
    scopes = [OPERATOR] if operator else [READ] if read_only else [READ, WRITE]
    life = timedelta(days=days) if days is not None else None
    with running_hub() as hub:
        key = create_key(hub, tenant=tenant, name=name, scopes=scopes, life=life)
    if as_json:
        show_json(key)
    else:
        say(key.key)
        typer.echo("Keep it now: it is not shown again.", err=True)


@app.command("list")
def index(tenant: _Tenant = None, operator: _OperatorFlag = False, as_json: JsonFlag = False) -> None:
    """List a tenant's keys, or the operators'."""
    _check(tenant, operator)
    with running_hub() as hub:
        keys = list_keys(hub, tenant=tenant)
    columns = ("prefix", "name", "scopes", "created_at", "expires_at", "revoked_at")
    show(keys, columns, as_json=as_json, empty="No keys yet.")


@app.command("revoke")
def revoke(
    prefix: Annotated[str, typer.Argument(help="The part after lp_, as in the list.")], as_json: JsonFlag = False
) -> None:
    """End a key at once."""
    with running_hub() as hub:
        revoke_key(hub, prefix=prefix)
    if as_json:
        show_json({"prefix": prefix, "revoked": True})
    else:
        say(f"Key {prefix} is revoked.")


def _check(tenant: str | None, operator: bool) -> None:
    if (tenant is None) != operator:
        raise typer.BadParameter("Give either --tenant SLUG or --operator.")
