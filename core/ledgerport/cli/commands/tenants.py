"""`ledgerport tenants`: the companies that use this hub."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, running_hub, say, show, show_json
from ledgerport.services.tenants import create_tenant, list_tenants

app = typer.Typer(help="The companies that use this hub.", no_args_is_help=True)


@app.command("create")
def create(
    slug: Annotated[str, typer.Argument(help="Small letters, digits and dashes.")],
    name: Annotated[str, typer.Option(help="The company's name; the slug when left out.")] = "",
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "USD",
    keep_drafts: Annotated[
        bool, typer.Option("--keep-drafts", help="Saved DRAFT invoices stay drafts and do not reach the books.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add a tenant."""
    with running_hub() as hub:
        tenant = create_tenant(hub, slug=slug, name=name or slug, currency=currency, promote_drafts=not keep_drafts)
    if as_json:
        show_json(tenant)
    else:
        say(f'Tenant "{tenant.slug}" is there. Next: ledgerport keys create --tenant {tenant.slug} --name "host app"')


@app.command("list")
def index(as_json: JsonFlag = False) -> None:
    """List tenants."""
    with running_hub() as hub:
        tenants = list_tenants(hub)
    columns = ("slug", "name", "currency", "promote_drafts", "created_at")
    show(tenants, columns, as_json=as_json, empty="No tenants yet. Next: ledgerport tenants create SLUG")
