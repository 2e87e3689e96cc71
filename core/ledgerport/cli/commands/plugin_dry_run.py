"""`ledgerport plugin dry-run`: the requests that a plugin would make for one record, with nothing sent."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show_json
from ledgerport.contract import Kind
from ledgerport.services.dry_run import DryPart, DryRequest, DryRun
from ledgerport.services.dry_run import dry_run as run_dry


def dry_run(
    provider: ProviderArgument,
    ref: Annotated[str, typer.Argument(help="The record's ref.")],
    tenant: TenantOption,
    kind: Annotated[Kind, typer.Option(help="What the record is.")],
    with_reads: Annotated[
        bool, typer.Option("--with-reads", help="Send what only reads, signed in as usual; writes never leave.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Print the requests that the plugin would make for a record; nothing is sent.

    Headers that sign in are left out, the record's own data is not. Keys against doubles are those of an operation id
    of zeros. JSON bodies are indented here; --json has them as they are.
    """
    with running_tenant(tenant) as (hub, tenant_id):
        run = run_dry(hub, tenant_id=tenant_id, provider=provider, kind=kind, ref=ref, with_reads=with_reads)
    if as_json:
        show_json(run)
        return
    sent = "Only reads were sent." if with_reads else "Nothing was sent."
    say(f"{kind.capitalize()} {ref} for {run.company_name} in {run.label}. {sent}")
    for part in run.parts:
        _show(run, part)
    for note in run.notes:
        say(f"\n{note}")


def _show(run: DryRun, part: DryPart) -> None:
    if len(run.parts) > 1:
        say(f"\n{part.name}")
    if part.remote_id:
        say(f"\nIt is in {run.label} as {part.remote_id}.")
    for step in part.steps:
        say(f"\n{step.does}")
        for request in step.requests:
            say(_wire_form(request))
        say(step.end)


def _wire_form(request: DryRequest) -> str:
    lines = [
        f"  {request.method} {request.address}",
        *(f"  {name}: {value}" for name, value in request.headers.items()),
    ]
    if request.body:
        lines += ["", *(f"  {line}" for line in _indented(request.body).splitlines())]
    lines.append("" if request.status is None else f"  answered {request.status}")
    return "\n".join(lines)


def _indented(body: str) -> str:
    """JSON on several lines; anything else as it is."""
    try:
        # Numbers keep their digits: 105.10 is not shown as 105.1.
        read = json.loads(body, parse_float=lambda digits: f"\0{digits}\0")
    except ValueError:
        return body
    return re.sub(r'"\\u0000(.*?)\\u0000"', r"\1", json.dumps(read, indent=2, ensure_ascii=False))
