"""`ledgerport connect`: connect a tenant's books."""

from __future__ import annotations

import getpass

from ledgerport.cli.running import JsonFlag, ProviderArgument, TenantOption, running_tenant, say, show_json
from ledgerport.services.offer_connect import offer_connect


def connect(provider: ProviderArgument, tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """Print the address to open in a browser to connect, or reconnect, a provider; the hub must be serving."""
    with running_tenant(tenant) as (hub, tenant_id):
        address = offer_connect(hub, tenant_id=tenant_id, provider=provider, requested_by=f"cli:{getpass.getuser()}")
    if as_json:
        show_json({"connect_url": address})
    else:
        say(address)
