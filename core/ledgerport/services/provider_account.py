"""Opening a company's books for one hook call outside a drain: at connect, and to read the chart of accounts."""

from __future__ import annotations

from ledgerport.contract import Choices, Company
from ledgerport.engine.transport import AccountCall, TokenSource, open_account
from ledgerport.host import Provider
from ledgerport.services.context import Hub
from ledgerport.services.provider_apps import checked_app, oauth_addresses


def open_books(
    hub: Hub, provider: Provider, company: Company, token: TokenSource, choices: Choices | None = None
) -> AccountCall:
    """`company.id` is empty before a company is chosen. Raises AppNotSetUp."""
    app = checked_app(hub, provider.terms.slug)
    return open_account(
        wire=hub.wire,
        terms=provider.terms,
        api_url=oauth_addresses(provider.terms, app, company.facts).api_url,
        token=token,
        limiter=hub.limiter,
        client_id=app.client_id,
        company=company,
        choices=choices or Choices(),
        clock=hub.clock,
        request_seconds=hub.request_seconds,
    )
