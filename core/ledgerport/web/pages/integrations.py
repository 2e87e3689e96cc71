"""Settings, Integrations: one card per provider that the operator allows; connect, reconnect, disconnect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from ledgerport.services.connect_with_key import takes_key
from ledgerport.services.context import Hub
from ledgerport.services.disconnect import disconnect
from ledgerport.services.offer_connect import offer_connect
from ledgerport.services.provider_apps import check_apps
from ledgerport.services.provider_labels import label_of, terms_of
from ledgerport.services.show_connections import ConnectionView, find_connection, list_connections, show_connection
from ledgerport.services.switch_provider import ProviderView, list_providers
from ledgerport.web.access import Acting, Looking, Place, TheHub
from ledgerport.web.render import go, page, plural

router = APIRouter(prefix="/t/{tenant}/integrations")
ProviderPath = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9_-]{0,60}$")]
_GREY = "#6b7280"


@dataclass(frozen=True, kw_only=True)
class Card:
    """A provider as its card shows it. `problem`: why it cannot be connected, or why its plugin does not work."""

    provider: str
    label: str
    color: str
    at: str
    connection: ConnectionView | None
    health: tuple[str, str]
    problem: str = ""


@router.get("")
def index(request: Request, place: Looking, hub: TheHub) -> Response:
    cards = _cards(hub, place)
    return page(request, "integrations.html", title="Integrations", place=place, cards=cards)


@router.post("/{provider}/connect")
def connect(request: Request, place: Acting, hub: TheHub, provider: ProviderPath) -> Response:
    """To the provider's consent, or to our own page that asks for its key. Before the consent goes a page of its own: a
    form may not be redirected to another site."""
    known = find_connection(hub, tenant_id=place.tenant_id, provider=provider) is not None
    back = place.at(f"integrations/{provider}/{'reconnected' if known else 'welcome'}")
    address = offer_connect(
        hub,
        tenant_id=place.tenant_id,
        provider=provider,
        requested_by=place.by[:200],
        return_to=back,
        first_sync_waits=True,
    )
    if takes_key(hub, provider):
        there = urlsplit(address)
        return go(request, f"{there.path}?{there.query}")
    label = label_of(hub, provider)
    answer = page(
        request, "integrations_leave.html", title=f"To {label}", place=place, label=label, address=address, back=place
    )
    answer.headers["Refresh"] = f"0; url={address}"
    return answer


@router.get("/{provider}/welcome")
def welcome(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    """Back from a consent: on to the wizard when it worked."""
    label = label_of(hub, provider)
    if find_connection(hub, tenant_id=place.tenant_id, provider=provider) is None:
        return go(request, place.at("integrations"), f"{label} is not connected.", kind="info")
    company = show_connection(hub, tenant_id=place.tenant_id, provider=provider).company_name
    on = place.at(f"integrations/{provider}/wizard/customers")
    return go(request, on, f'{label} is connected to "{company}".')


@router.get("/{provider}/reconnected")
def reconnected(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    """Back from a consent for a connection that was there: mappings, links and history are as before."""
    connection = show_connection(hub, tenant_id=place.tenant_id, provider=provider)
    told = f'{connection.label} is connected to "{connection.company_name}" again. What waited goes on.'
    return go(request, place.at(f"integrations/{provider}"), told if connection.state == "active" else "")


@router.get("/{provider}/disconnect")
def ask_to_disconnect(request: Request, place: Looking, hub: TheHub, provider: ProviderPath) -> Response:
    connection = show_connection(hub, tenant_id=place.tenant_id, provider=provider)
    title = f"Disconnect {connection.label}"
    return page(request, "integrations_disconnect.html", title=title, place=place, connection=connection)


@router.post("/{provider}/disconnect")
def end(request: Request, place: Acting, hub: TheHub, provider: ProviderPath) -> Response:
    label, back = label_of(hub, provider), place.at("integrations")
    connection_id = find_connection(hub, tenant_id=place.tenant_id, provider=provider)
    if connection_id is None:
        return go(request, back, f"{label} is not connected.", kind="info")
    done = disconnect(hub, tenant_id=place.tenant_id, connection_id=connection_id, by=place.by)
    told = f'{label} is disconnected from "{done.company_name}". Links and history are kept.'
    return go(request, back, f"{told} {done.problem}".strip(), kind="warn" if done.problem else "good")


def _cards(hub: Hub, place: Place) -> list[Card]:
    connections = {each.provider: each for each in list_connections(hub, tenant_id=place.tenant_id)}
    apps = {check.provider: check.problem for check in check_apps(hub)}
    cards = []
    for view in list_providers(hub, tenant_id=place.tenant_id):
        connection = connections.get(view.provider)
        if view.state == "disabled" or (view.state == "quarantined" and connection is None):
            continue
        terms = terms_of(hub, view.provider)
        cards.append(
            Card(
                provider=view.provider,
                label=view.label,
                color=terms.color if terms is not None else _GREY,
                at=place.at(f"integrations/{view.provider}"),
                connection=connection,
                health=health(connection) if connection is not None else ("wait", "Not connected"),
                problem=_problem(view, apps.get(view.provider, ""), operator=place.visitor.is_operator),
            )
        )
    return cards


def health(connection: ConnectionView) -> tuple[str, str]:
    """A connection's badge: what is worst about it, in a word or two."""
    told = {
        "needs_reconnection": ("warn", "Reconnect required"),
        "paused": ("warn", "Paused"),
        "pending": ("wait", "Not finished"),
    }.get(connection.state)
    if told is not None:
        return told
    if connection.first_sync_waits:
        return "warn", "Set-up not finished"
    failed, blocked = connection.tasks.get("failed", 0), connection.tasks.get("blocked", 0)
    waiting = connection.tasks.get("waiting", 0) + connection.tasks.get("sending", 0)
    if failed:
        return "bad", f"{failed:,} failed"
    if blocked:
        return "warn", plural(blocked, "record needs you", "records need you")
    if waiting:
        return "wait", f"{waiting:,} on the way"
    return "good", "Up to date"


def _problem(view: ProviderView, app: str, *, operator: bool) -> str:
    if view.state == "quarantined":
        return f"The plugin {view.plugin} did not load: {view.reason}. The connection waits."
    if not app:
        return ""
    return app if operator else f"Your operator has not finished setting up {view.label}, so it cannot be connected."
