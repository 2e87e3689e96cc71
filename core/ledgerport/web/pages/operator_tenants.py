"""Tenants, for operators: the list, a new one, and one with its people, keys, connections and provider switches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import Response

from ledgerport.services.api_keys import NewKey, create_key, list_keys, revoke_key
from ledgerport.services.context import Hub
from ledgerport.services.pause_connection import who
from ledgerport.services.provider_labels import label_of
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
from ledgerport.services.show_connections import list_connections
from ledgerport.services.switch_provider import list_providers, switch_provider
from ledgerport.services.tenants import change_tenant, create_tenant, find_tenant
from ledgerport.services.tenants_overview import tenants_overview
from ledgerport.services.users import list_users
from ledgerport.web.access import SLUG, Operating, OperatingForm, TheHub
from ledgerport.web.pages.integrations import ProviderPath, health
from ledgerport.web.render import go, page, query

router = APIRouter(prefix="/operator/tenants")
SlugPath = Annotated[str, Path(pattern=SLUG)]
_Text = Annotated[str, Form(max_length=200)]


@router.get("")
def index(
    request: Request,
    _visitor: Operating,
    hub: TheHub,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    search = q.strip()
    found = tenants_overview(hub, search=search, cursor=cursor)
    here = "/operator/tenants"
    return page(
        request,
        "operator_tenants.html",
        title="Tenants",
        found=found,
        search=search,
        first=f"{here}{query(q=search)}" if cursor else "",
        next=f"{here}{query(q=search, cursor=found.next)}" if found.next else "",
    )


@router.get("/new")
def new(request: Request, _visitor: Operating) -> Response:
    return _new(request)


@router.post("")
def create(
    request: Request,
    _visitor: OperatingForm,
    hub: TheHub,
    slug: _Text = "",
    name: _Text = "",
    currency: _Text = "",
) -> Response:
    kept = {"slug": slug.strip(), "name": name.strip(), "currency": currency.strip().upper()}
    try:
        if not kept["name"]:
            raise BadChoice("name", "The name is missing.", "Give the company's name.")
        made = create_tenant(hub, slug=kept["slug"], name=kept["name"], currency=kept["currency"])
    except BadChoice as wrong:
        return _new(request, kept, {wrong.field: f"{wrong.reason} {wrong.next_step}"})
    except Conflict as wrong:
        return _new(request, kept, {"slug": f"{wrong.reason} {wrong.next_step}"})
    return go(request, f"/operator/tenants/{made.slug}", f"{made.name} is a tenant now. Let somebody in next.")


@router.get("/{slug}")
def show(request: Request, _visitor: Operating, hub: TheHub, slug: SlugPath) -> Response:
    return _show(request, hub, slug)


@router.post("/{slug}")
def change(
    request: Request,
    _visitor: OperatingForm,
    hub: TheHub,
    slug: SlugPath,
    name: _Text = "",
    promote_drafts: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    if not name.strip():
        return _show(request, hub, slug, errors={"name": "The name is missing. Give the company's name."})
    change_tenant(hub, slug=slug, name=name.strip(), promote_drafts=bool(promote_drafts))
    return go(request, f"/operator/tenants/{slug}", "Saved.")


@router.post("/{slug}/keys")
def make_key(
    request: Request, _visitor: OperatingForm, hub: TheHub, slug: SlugPath, name: _Text = "", scope: _Text = ""
) -> Response:
    """The key is shown on the answer of this very form, and never again."""
    if not name.strip():
        return _show(request, hub, slug, errors={"key": "The name is missing. Say who will use the key."})
    scopes = ["read"] if scope == "read" else ["read", "write"]
    return _show(request, hub, slug, made=create_key(hub, tenant=slug, name=name.strip(), scopes=scopes))


@router.post("/{slug}/keys/{prefix}/revoke")
def revoke(
    request: Request,
    _visitor: OperatingForm,
    hub: TheHub,
    slug: SlugPath,
    prefix: Annotated[str, Path(pattern="^[0-9a-f]{12}$")],
) -> Response:
    if prefix not in {key.prefix for key in list_keys(hub, tenant=slug)}:
        raise NotFound(f"There is no key with the prefix {prefix}.")
    revoke_key(hub, prefix=prefix)
    return go(request, f"/operator/tenants/{slug}", f"The key {prefix} is revoked. It opens nothing any more.")


@router.get("/{slug}/providers/{provider}/off")
def ask_to_turn_off(
    request: Request, _visitor: Operating, hub: TheHub, slug: SlugPath, provider: ProviderPath
) -> Response:
    tenant, label = find_tenant(hub, slug), label_of(hub, provider)
    connections = list_connections(hub, tenant_id=tenant.id)
    its = next((each for each in connections if each.provider == provider), None)
    title = f"Turn {label} off for {tenant.name}"
    return page(
        request,
        "operator_turn_off.html",
        title=title,
        tenant=tenant,
        provider=provider,
        label=label,
        connection=its,
        back=f"/operator/tenants/{slug}",
    )


@router.post("/{slug}/providers/{provider}")
def switch(
    request: Request,
    visitor: OperatingForm,
    hub: TheHub,
    slug: SlugPath,
    provider: ProviderPath,
    to: Annotated[str, Form(pattern="^(on|off)$")],
) -> Response:
    tenant = find_tenant(hub, slug)
    by = f"user:{visitor.email}"
    view = switch_provider(hub, tenant_id=tenant.id, provider=provider, enabled=to == "on", by=by)
    told = "What waited is being sent." if to == "on" else "Nothing is sent from now on; changes wait."
    return go(request, f"/operator/tenants/{slug}", f"{view.label} is turned {to} for {tenant.name}. {told}")


def _new(request: Request, kept: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> Response:
    return page(
        request,
        "operator_tenant_new.html",
        title="Add a tenant",
        status=422 if errors else 200,
        kept=kept or {"slug": "", "name": "", "currency": "USD"},
        errors=errors or {},
    )


def _show(
    request: Request, hub: Hub, slug: str, *, made: NewKey | None = None, errors: dict[str, str] | None = None
) -> Response:
    tenant = find_tenant(hub, slug)
    connections = {each.provider: each for each in list_connections(hub, tenant_id=tenant.id)}
    return page(
        request,
        "operator_tenant.html",
        title=tenant.name,
        status=422 if errors else 200,
        tenant=tenant,
        people=list_users(hub, tenant=slug),
        keys=list_keys(hub, tenant=slug),
        connections=connections,
        health=health,
        providers=list_providers(hub, tenant_id=tenant.id),
        who=who,
        made=made,
        errors=errors or {},
    )
