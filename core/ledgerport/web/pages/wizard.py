"""After connecting, step by step: what is there already, where things are booked, what to sync. Every step can be
skipped and opened again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from ledgerport.contract import Kind
from ledgerport.services.context import Hub
from ledgerport.services.imports.show_imports import latest_import
from ledgerport.services.provider_labels import label_of
from ledgerport.services.show_connections import show_connection
from ledgerport.services.show_unsynced import count_unsynced
from ledgerport.web.access import Looking, Place, TheHub
from ledgerport.web.pages.integration import needs_accounts, settings_of, unsynced_words
from ledgerport.web.pages.integrations import ProviderPath
from ledgerport.web.pages.progress import running
from ledgerport.web.render import page

router = APIRouter(prefix="/t/{tenant}/integrations/{provider}/wizard")
# The last part of a step's address, and its name.
STEPS = (
    ("customers", "Customers"),
    ("items", "Items"),
    ("accounts", "Accounts"),
    ("settings", "Settings"),
    ("done", "Done"),
)


@dataclass(frozen=True, kw_only=True)
class WizardSteps:
    """What `wizard.html` draws around a step.

    `steps`: (address, name) in order; `here`: the name of this one; `done`: names of those with nothing left to do.
    `previous` and `next` are addresses, empty at either end; `home` is the integration's page.
    """

    steps: tuple[tuple[str, str], ...]
    here: str
    done: frozenset[str]
    previous: str
    next: str
    home: str


def wizard_steps(place: Place, provider: str, here: str, done: Collection[str] = ()) -> WizardSteps:
    """The frame of one step; `here` and `done` by the last part of the address (`customers`, `items`, ...)."""
    addresses = [place.at(f"integrations/{provider}/wizard/{step}") for step, _ in STEPS]
    number = [step for step, _ in STEPS].index(here)
    return WizardSteps(
        steps=tuple(zip(addresses, (name for _, name in STEPS), strict=True)),
        here=STEPS[number][1],
        done=frozenset(name for step, name in STEPS if step in done),
        previous=addresses[number - 1] if number else "",
        next=addresses[number + 1] if number + 1 < len(STEPS) else "",
        home=place.at(f"integrations/{provider}"),
    )


@router.get("")
def start(place: Looking, provider: ProviderPath) -> Response:
    return RedirectResponse(place.at(f"integrations/{provider}/wizard/{STEPS[0][0]}"), status_code=303)


@router.get("/settings")
def settings(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    connection = show_connection(hub, tenant_id=place.tenant_id, provider=provider)
    return page(
        request,
        "wizard_settings.html",
        title="What is synced",
        place=place,
        label=connection.label,
        at=place.at(f"integrations/{provider}"),
        wizard=wizard_steps(place, provider, "settings"),
        settings=settings_of(hub, connection),
    )


@router.get("/done")
def done(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    """What happens next."""
    connection = show_connection(hub, tenant_id=place.tenant_id, provider=provider)
    label = label_of(hub, provider)
    return page(
        request,
        "wizard_done.html",
        title=f"{label} is {'ready' if connection.first_sync_waits else 'set up'}",
        place=place,
        label=label,
        at=place.at(f"integrations/{provider}"),
        wizard=wizard_steps(place, provider, "done"),
        connection=connection,
        unsynced=unsynced_words(count_unsynced(hub, tenant_id=place.tenant_id, provider=provider)),
        unmapped=connection.unmapped_items if needs_accounts(hub, provider) else 0,
        running=running(hub, place, provider),
        open_imports=_open_imports(hub, place, provider),
    )


def _open_imports(hub: Hub, place: Place, provider: str) -> list[tuple[str, str]]:
    """(address, what) of the steps whose list was read and not brought over."""
    found = []
    for kind, step in ((Kind.CUSTOMER, "customers"), (Kind.ITEM, "items")):
        shown = latest_import(hub, tenant_id=place.tenant_id, provider=provider, kind=kind)
        if shown is not None and shown.state != "done" and (shown.works or shown.to_bring or shown.to_ask):
            found.append((place.at(f"integrations/{provider}/wizard/{step}"), step))
    return found
