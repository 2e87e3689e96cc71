"""`ledgerport connect`: connect a tenant's books."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Annotated

import typer
from pydantic import SecretStr

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show_json
from ledgerport.contract import ApiKeyTerms
from ledgerport.services.connect_with_key import connect_at_once, key_asked_for
from ledgerport.services.offer_connect import offer_connect

# Where a script leaves a key; never an argument, which every user of the machine can read in the list of processes.
KEY_VARIABLE = "LEDGERPORT_CONNECT_KEY"


def connect(
    provider: ProviderArgument,
    tenant: TenantOption,
    field: Annotated[
        str, typer.Option("--field", help="What the provider asks for beside its API key, such as a subdomain.")
    ] = "",
    company: Annotated[str, typer.Option("--company", help="The company's id, where an API key reaches several.")] = "",
    on_page: Annotated[
        bool, typer.Option("--page", help="Print the address of a page that asks for the API key, do not ask here.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Connect, or reconnect, a provider: prints the address to open in a browser (the hub must be serving).

    A provider with API keys is connected here: its key is asked for without echo, or read from LEDGERPORT_CONNECT_KEY
    or the standard input.
    """
    by = f"cli:{getpass.getuser()}"
    with running_tenant(tenant) as (hub, tenant_id):
        asked = None if on_page else key_asked_for(hub, provider)
        if asked is None:
            address = offer_connect(hub, tenant_id=tenant_id, provider=provider, requested_by=by)
            if as_json:
                show_json({"connect_url": address})
            else:
                say(address)
            return
        beside = field or _beside(asked)
        done = connect_at_once(
            hub, tenant_id=tenant_id, provider=provider, key=_key(asked), field=beside, company_id=company
        )
    if as_json:
        show_json(
            {
                "connection_id": done.connection_id,
                "company_name": done.company_name,
                "new": done.new,
                "problem": done.problem,
            }
        )
    else:
        say(f'{done.label} is connected to "{done.company_name}". {done.problem}'.strip())


def _beside(asked: ApiKeyTerms) -> str:
    if asked.field is None or not sys.stdin.isatty():
        return ""
    return str(typer.prompt(asked.field.label, err=True))


def _key(asked: ApiKeyTerms) -> SecretStr:
    given = os.environ.get(KEY_VARIABLE, "")
    if given:
        return SecretStr(given)
    if sys.stdin.isatty():
        typer.echo(asked.where, err=True)
        return SecretStr(getpass.getpass(f"{asked.label}: "))
    return SecretStr(sys.stdin.readline())
