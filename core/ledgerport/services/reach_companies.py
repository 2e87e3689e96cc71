"""Ask which companies a sign-in reaches, before any of them is connected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ledgerport.contract import Callback, Company
from ledgerport.engine.pacing import charge, route_for
from ledgerport.engine.transport import TokenSource
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.provider_account import open_books
from ledgerport.services.provider_apps import checked_app

_NOTHING: Mapping[str, str] = MappingProxyType({})


def reach_companies(
    hub: Hub,
    plugin: Provider,
    token: TokenSource,
    *,
    query: Mapping[str, str] = _NOTHING,
    facts: Mapping[str, str] = _NOTHING,
) -> list[Company]:
    """The companies, each with `facts` among its own. `query`: of the callback's address; `facts`: what a person typed
    beside an API key. Raises the contract's errors, AppNotSetUp."""
    with open_books(hub, plugin, Company(id="", name="", facts=facts), token) as call:
        found: list[Company] = plugin.ask("open_companies", account=call.account, callback=Callback(query=query))
    companies = [replace(company, facts={**company.facts, **facts}) for company in found] if facts else list(found)
    # The provider counted these calls to the company; we could not yet.
    client_id = checked_app(hub, plugin.terms.slug).client_id
    for company in companies:
        route = route_for(plugin.terms, client_id=client_id, company_id=company.id, meters=())
        charge(hub.limiter, route, call.calls)
    return companies
