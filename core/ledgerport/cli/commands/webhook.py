"""`ledgerport webhook`: where a tenant's host app is told of notices and runs."""

from __future__ import annotations

from typing import Annotated

import typer

from ledgerport.cli.running import (
    NOT_DONE,
    JsonFlag,
    TenantOption,
    running_tenant,
    say,
    show,
    show_json,
)
from ledgerport.services.notices_webhook import remove_webhook, set_webhook, show_webhook, try_webhook
from ledgerport.services.show_notices import list_deliveries

app = typer.Typer(help="Where a tenant's host app is told of notices and runs.", no_args_is_help=True)
_BY = "command line"


@app.command("set")
def set_(
    url: Annotated[str, typer.Argument(metavar="URL", help="An https address of the host app.")],
    tenant: TenantOption,
    secret: Annotated[
        str, typer.Option(envvar="LEDGERPORT_WEBHOOK_SECRET", help="What signs events; one is made when left out.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Send events there from now on; prints the secret when one was made."""
    with running_tenant(tenant) as (hub, tenant_id):
        webhook = set_webhook(hub, tenant_id=tenant_id, url=url, secret=secret, by=_BY)
    if as_json:
        show_json(webhook)
        return
    say(f"Events go to {webhook.url}.")
    if webhook.secret:
        say(f"They are signed with this secret, which is shown once:\n{webhook.secret}")


@app.command("show")
def show_(tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Show where events go, and what went out last."""
    with running_tenant(tenant) as (hub, tenant_id):
        webhook = show_webhook(hub, tenant_id=tenant_id)
        went = list_deliveries(hub, tenant_id=tenant_id)
    if as_json:
        show_json({"webhook": webhook, "deliveries": went})
        return
    say(f"Events go to {webhook.url}: {', '.join(webhook.events)}.")
    columns = ("created_at", "event", "to", "state", "tries", "last_error")
    show(went, columns, as_json=False, empty="Nothing went out yet.")


@app.command("test")
def test(tenant: TenantOption) -> None:
    """Send a test event now."""
    with running_tenant(tenant) as (hub, tenant_id):
        tried = try_webhook(hub, tenant_id=tenant_id)
    say(tried.words)
    if not tried.delivered:
        raise typer.Exit(NOT_DONE)


@app.command("remove")
def remove(tenant: TenantOption) -> None:
    """Send events nowhere any more."""
    with running_tenant(tenant) as (hub, tenant_id):
        remove_webhook(hub, tenant_id=tenant_id)
    say("Events go nowhere any more.")
