"""One integration: how it stands, what a person can do about it, what is synced, and its last runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ledgerport.contract import Kind
from ledgerport.services.change_choice import change_choice
from ledgerport.services.context import Hub
from ledgerport.services.on_the_way import on_the_way
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.run_progress import time_needed, why_held
from ledgerport.services.show_connections import TOGGLES, ConnectionView, change_toggles, show_connection
from ledgerport.services.show_runs import list_runs
from ledgerport.services.show_unsynced import count_unsynced
from ledgerport.services.sync_connection import sync_connection
from ledgerport.services.sync_estimate import started_words
from ledgerport.web.access import Acting, Looking, TheHub
from ledgerport.web.forms import FormFields
from ledgerport.web.pages.integrations import ProviderPath, health
from ledgerport.web.pages.progress import running
from ledgerport.web.render import go, page, plural

router = APIRouter(prefix="/t/{tenant}/integrations/{provider}")
# A button pressed twice starts one sync.
_SAME_CLICK = timedelta(seconds=10)
_RUNS = 5


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A switch of the sync settings, with what it does."""

    name: str
    label: str
    on: bool
    help: str = ""


@router.get("")
def show(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    # Before the figures: what arrives between the two is counted as arrived, and the page loads once more for nothing.
    run = running(hub, place, provider)
    moving = on_the_way(hub, tenant_id=place.tenant_id, provider=provider)
    connection = show_connection(hub, tenant_id=place.tenant_id, provider=provider)
    usable = connection.enabled and connection.state == "active"
    held = usable and connection.held_until is not None and connection.held_until > hub.clock.now()
    terms = terms_of(hub, provider)
    pulls = terms is not None and Kind.CUSTOMER in terms.kinds and terms.kinds[Kind.CUSTOMER].pull
    return page(
        request,
        "integration.html",
        title=connection.label,
        place=place,
        connection=connection,
        health=health(connection),
        color=terms.color if terms is not None else "",
        at=place.at(f"integrations/{provider}"),
        usable=usable,
        held=why_held(hub, tenant_id=place.tenant_id, provider=provider) if held else None,
        unsynced=unsynced_words(count_unsynced(hub, tenant_id=place.tenant_id, provider=provider)),
        running=run,
        moving=moving,
        runs=list_runs(hub, tenant_id=place.tenant_id, provider=provider, limit=_RUNS).rows,
        settings=settings_of(hub, connection),
        pulls_customers=pulls,
        needs_accounts=needs_accounts(hub, provider),
    )


@router.post("/sync")
def sync(request: Request, place: Acting, hub: TheHub, provider: ProviderPath) -> Response:
    started = sync_connection(
        hub, tenant_id=place.tenant_id, provider=provider, requested_by=place.by, same_within=_SAME_CLICK
    )
    back, label = place.at(f"integrations/{provider}"), label_of(hub, provider)
    if not started.total:
        return go(request, back, f"Everything is in {label} already, nothing to send.", kind="info")
    span = time_needed(hub, tenant_id=place.tenant_id, run_id=started.run_id)
    return go(request, back, started_words(started.total, span, label), kind="info")


@router.post("/settings")
def change(request: Request, place: Acting, hub: TheHub, provider: ProviderPath, form: FormFields) -> Response:
    """Only what the form showed is changed: `shown` lists it, since an empty box is not sent."""
    shown = form.text("shown").split(",")
    toggles = {name: name in form for name in TOGGLES if name in shown}
    connection = change_toggles(hub, tenant_id=place.tenant_id, provider=provider, toggles=toggles)
    for choice in connection.choices:
        name = f"choice_{choice.name}"
        if name in shown and choice.on != (name in form):
            change_choice(hub, tenant_id=place.tenant_id, provider=provider, name=choice.name, on=name in form)
    back = place.at(f"integrations/{provider}{'/wizard/done' if form.text('back') == 'wizard' else ''}")
    return go(request, back, "Sync settings are saved.")


def settings_of(hub: Hub, connection: ConnectionView) -> list[Setting]:
    """The switches that make sense for a provider: kinds it takes, and its own choices."""
    terms, label = terms_of(hub, connection.provider), connection.label
    settings = [
        Setting(
            name="auto_sync",
            label="Sync by itself",
            on=connection.auto_sync,
            help=f"What is saved here goes to {label} within a minute. Turned off, it goes when you press Sync now.",
        )
    ]
    for kind in Kind:
        if terms is None or (kind in terms.kinds and terms.kinds[kind].push):
            name = f"sync_{kind}s"
            settings.append(Setting(name=name, label=f"{kind.capitalize()}s", on=getattr(connection, name)))
    choices = [Setting(name=f"choice_{choice.name}", label=choice.label, on=choice.on) for choice in connection.choices]
    return settings + choices


def needs_accounts(hub: Hub, provider: str) -> bool:
    """Whether items must be mapped to accounts for this provider."""
    terms = terms_of(hub, provider)
    return terms is not None and any(its.needs_income_account for its in terms.kinds.values())


def unsynced_words(counts: Mapping[Kind, int]) -> str:
    """`214 items and 3 invoices`; empty when everything is in the books."""
    parts = [plural(count, str(kind)) for kind, count in counts.items()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
