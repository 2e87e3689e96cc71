"""`ledgerport stuck`: what waits for a person, and what to do about it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Annotated, Any

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show, show_json
from ledgerport.services.let_go_record import let_go_record
from ledgerport.services.link_record import link_record
from ledgerport.services.list_stuck import list_alike, list_stuck, show_stuck
from ledgerport.services.recreate_record import recreate_record
from ledgerport.services.rename_record import rename_record
from ledgerport.services.retry_tasks import retry_all_alike, retry_task
from ledgerport.services.send_anyway import send_anyway
from ledgerport.services.skip_record import skip_record

app = typer.Typer(help="What waits for a person or failed, and what to do about it.", no_args_is_help=True)
TaskArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="The number that `stuck alike` shows.")]
ReasonArgument = Annotated[str, typer.Argument(help="The reason code that `stuck list` shows.")]


@app.command("list")
def index(
    tenant: TenantOption,
    provider: Annotated[str, typer.Option(help="Only this provider.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List what is stuck by provider and reason."""
    with running_tenant(tenant) as (hub, tenant_id):
        found = list_stuck(hub, tenant_id=tenant_id, provider=provider)
    show(found, ("provider", "reason_code", "title", "tasks"), as_json=as_json, empty="Nothing waits for you.")


@app.command("alike")
def alike(
    provider: ProviderArgument,
    reason_code: ReasonArgument,
    tenant: TenantOption,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List the records that are stuck for one reason."""
    with running_tenant(tenant) as (hub, tenant_id):
        page = list_alike(hub, tenant_id=tenant_id, provider=provider, reason_code=reason_code, limit=limit)
    show(page.rows, ("id", "kind", "ref", "reason", "acts"), as_json=as_json, empty="Nothing waits for this reason.")


@app.command("show")
def one(task_id: TaskArgument, tenant: TenantOption) -> None:
    """One stuck record and the candidates to choose from, as JSON."""
    with running_tenant(tenant) as (hub, tenant_id):
        show_json(show_stuck(hub, tenant_id=tenant_id, task_id=task_id))


@app.command("retry")
def retry(task_id: TaskArgument, tenant: TenantOption) -> None:
    """Try one record again now."""
    _act(tenant, retry_task, task_id=task_id)


@app.command("retry-alike")
def retry_alike(provider: ProviderArgument, reason_code: ReasonArgument, tenant: TenantOption) -> None:
    """Try all records again that are stuck for one reason."""
    _act(tenant, retry_all_alike, provider=provider, reason_code=reason_code)


@app.command("skip")
def skip(task_id: TaskArgument, tenant: TenantOption) -> None:
    """Leave the record until it is changed or resynced."""
    _act(tenant, skip_record, task_id=task_id)


@app.command("link")
def link(
    task_id: TaskArgument,
    remote_id: Annotated[str, typer.Argument(help="The id of one of the candidates.")],
    tenant: TenantOption,
) -> None:
    """Say which object over there the record is."""
    _act(tenant, link_record, task_id=task_id, remote_id=remote_id)


@app.command("send-anyway")
def anyway(task_id: TaskArgument, tenant: TenantOption) -> None:
    """None of the candidates is it: create the record."""
    _act(tenant, send_anyway, task_id=task_id)


@app.command("rename")
def rename(
    task_id: TaskArgument,
    name: Annotated[str, typer.Argument(help="What it is called over there from now on.")],
    tenant: TenantOption,
) -> None:
    """Give a customer or an item another name over there."""
    _act(tenant, rename_record, task_id=task_id, name=name)


@app.command("recreate")
def recreate(task_id: TaskArgument, tenant: TenantOption) -> None:
    """Create a record again that was deleted over there."""
    _act(tenant, recreate_record, task_id=task_id)


@app.command("let-go")
def let_go(task_id: TaskArgument, tenant: TenantOption) -> None:
    """Stop syncing a record with these books."""
    _act(tenant, let_go_record, task_id=task_id)


def _act(tenant: str, act: Callable[..., Any], **asked: Any) -> None:
    with running_tenant(tenant) as (hub, tenant_id):
        done = act(hub, tenant_id=tenant_id, by=f"cli:{getpass.getuser()}", **asked)
    say(done.words)
