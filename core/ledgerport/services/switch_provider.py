"""Operators turn providers on and off per tenant. It takes effect at once: tasks wait, no hook is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledgerport.db.models import ProviderSwitch
from ledgerport.db.repositories import connections_read, open_work
from ledgerport.services.context import Hub
from ledgerport.services.open_tasks import wake
from ledgerport.services.provider_apps import plugin_for


@dataclass(frozen=True, kw_only=True)
class ProviderView:
    """A provider for one tenant. `state`: `enabled`, `disabled`, or `quarantined` with a `reason`."""

    provider: str
    label: str
    plugin: str
    state: str
    reason: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""


def switch_provider(hub: Hub, *, tenant_id: int, provider: str, enabled: bool, by: str) -> ProviderView:
    """Turn a provider on or off for a tenant. `by` names the operator. Raises NotFound."""
    plugin_for(hub, provider)
    woken: list[int] = []
    with hub.database.tenant(tenant_id) as session:
        row = session.scalars(select(ProviderSwitch).where(ProviderSwitch.provider == provider)).one_or_none()
        if row is None:
            row = ProviderSwitch(tenant_id=tenant_id, provider=provider, enabled=True, changed_by="")
            session.add(row)
        row.enabled, row.changed_at, row.changed_by = enabled, hub.clock.now(), by[:200]
        session.flush()
        connection = connections_read.of_provider(session, provider)
        if enabled and connection is not None:
            open_work.make_due(session, tenant_id, hub.clock.now(), connection.id)
            woken = [connection.id]
    wake(hub, woken)
    return next(view for view in list_providers(hub, tenant_id=tenant_id) if view.provider == provider)


def list_providers(hub: Hub, *, tenant_id: int) -> list[ProviderView]:
    """Every plugin found, as it stands for a tenant."""
    with hub.database.tenant(tenant_id, read=True) as session:
        switches = _switches(session)
    views = []
    for provider in hub.host.providers:
        switch = switches.get(provider.terms.slug)
        views.append(
            ProviderView(
                provider=provider.terms.slug,
                label=provider.terms.label,
                plugin=provider.distribution,
                state="disabled" if switch is not None and not switch.enabled else "enabled",
                changed_at=switch.changed_at if switch is not None else None,
                changed_by=switch.changed_by if switch is not None else "",
            )
        )
    return [*views, *_quarantined(hub)]


def _quarantined(hub: Hub) -> list[ProviderView]:
    return [
        ProviderView(
            provider=plugin.name,
            label=plugin.name,
            plugin=plugin.distribution,
            state="quarantined",
            reason=plugin.reason,
        )
        for plugin in hub.host.quarantined
    ]


def _switches(session: Session) -> dict[str, ProviderSwitch]:
    return {row.provider: row for row in session.scalars(select(ProviderSwitch))}
