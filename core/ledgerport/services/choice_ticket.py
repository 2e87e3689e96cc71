"""The ticket with which a browser says which company to connect, after a consent that reaches several.

It names the kept grant, is signed, lasts as long as a connect ticket, and works in the browser that gave the consent
only.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from ledgerport.services.begin_connect import digest
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_ticket import LIFE
from ledgerport.services.context import Hub
from ledgerport.services.finish_connect import CompanyChoice, Connected, choose_company


@dataclass(frozen=True, kw_only=True)
class _Held:
    provider: str
    tenant_id: int
    grant_id: int
    connection_id: int | None
    return_to: str
    browser_digest: str
    first_sync_waits: bool
    facts: dict[str, str]


def choice_ticket(hub: Hub, choice: CompanyChoice, browser: str) -> str:
    """Leave for this browser to choose one of the companies; good for ten minutes."""
    held = _Held(
        provider=choice.provider,
        tenant_id=choice.tenant_id,
        grant_id=choice.grant_id,
        connection_id=choice.connection_id,
        return_to=choice.return_to,
        browser_digest=digest(browser),
        first_sync_waits=choice.first_sync_waits,
        facts=dict(choice.facts),
    )
    return _serializer(hub).dumps({**asdict(held), "ends": (hub.clock.now() + LIFE).isoformat()})


def choose(hub: Hub, *, provider: str, browser: str, ticket: str, company_id: str) -> Connected:
    """Connect the chosen company. Raises ConnectRefused, NotFound, and the contract's errors."""
    try:
        told = _serializer(hub).loads(ticket)
        ends = datetime.fromisoformat(told.pop("ends"))
        held = _Held(**told)
    except (BadData, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConnectRefused("This choice was not offered here.") from error
    if held.provider != provider or not hmac.compare_digest(held.browser_digest, digest(browser)):
        raise ConnectRefused("This choice was offered in another browser.")
    if hub.clock.now() >= ends:
        raise ConnectRefused("This choice was offered more than ten minutes ago.", return_to=held.return_to)
    if not company_id:
        raise ConnectRefused("No company was chosen.", "Go back and choose one.", return_to=held.return_to)
    return choose_company(
        hub,
        tenant_id=held.tenant_id,
        grant_id=held.grant_id,
        company_id=company_id,
        connection_id=held.connection_id,
        return_to=held.return_to,
        first_sync_waits=held.first_sync_waits,
        facts=held.facts,
    )


def _serializer(hub: Hub) -> URLSafeSerializer:
    return URLSafeSerializer(hub.session_secret.get_secret_value(), salt="ledgerport.choice")
