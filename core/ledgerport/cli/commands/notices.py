"""`ledgerport notices`: what a person should see to."""

from __future__ import annotations

from ledgerport.cli.running import JsonFlag, TenantOption, running_tenant, show
from ledgerport.services.show_notices import list_notices


def notices(tenant: TenantOption, as_json: JsonFlag = False) -> None:
    """List what a person should see to."""
    with running_tenant(tenant) as (hub, tenant_id):
        found = list_notices(hub, tenant_id=tenant_id)
    show(found, ("opened_at", "label", "text"), as_json=as_json, empty="Nothing needs you.")
