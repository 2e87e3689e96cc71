"""Begin a consent: remember who asked from which browser, and say where to send that browser."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped]
from pydantic import SecretStr

from ledgerport.contract import ProviderTerms
from ledgerport.db.models import ConnectAttempt, Tenant
from ledgerport.db.repositories import connect_attempts, connections
from ledgerport.services.connect_refused import ConnectRefused
from ledgerport.services.connect_ticket import check_return
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.provider_apps import callback_address, checked_app, oauth_addresses, plugin_for
from ledgerport.services.rejections import NotFound

ATTEMPT_LIFE = timedelta(minutes=10)
_KEEP = timedelta(days=1)


def begin(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    browser: str,
    requested_by: str,
    return_to: str = "",
    connection_id: int | None = None,
    first_sync_waits: bool = False,
) -> str:
    """The provider's consent address for this browser (`browser`: the secret in its cookie).

    Raises ConnectRefused (switched off, bad `return_to`), AppNotSetUp, NotFound (no such provider, tenant or
    connection).
    """
    terms = plugin_for(hub, provider).terms
    check_return(hub, return_to)
    require_switched_on(hub, tenant_id, terms)
    if terms.api_key is not None:
        raise ConnectRefused(f"{terms.label} has no sign-in page: it is connected with its {terms.api_key.label}.")
    app = checked_app(hub, provider)
    now = hub.clock.now()
    state = secrets.token_urlsafe(32)
    verifier = secrets.token_urlsafe(64) if terms.oauth.pkce else ""
    redirect_uri = callback_address(hub, provider)
    with hub.database.tenant(tenant_id) as session:
        if session.get(Tenant, tenant_id) is None:
            raise NotFound("There is no such tenant.")
        connection = connections.find(session, connection_id) if connection_id is not None else None
        if connection_id is not None and (connection is None or connection.provider != provider):
            raise NotFound(f"There is no connection {connection_id} to {terms.label}.")
        connect_attempts.forget_old(session, tenant_id, now - _KEEP)
        attempt = ConnectAttempt(
            tenant_id=tenant_id,
            provider=provider,
            connection_id=connection_id,
            state_digest=digest(state),
            browser_digest=digest(browser),
            redirect_uri=redirect_uri,
            return_to=return_to,
            requested_by=requested_by,
            first_sync_waits=first_sync_waits,
            created_at=now,
            expires_at=now + ATTEMPT_LIFE,
        )
        session.add(attempt)
        session.flush()
        if verifier:
            attempt.verifier_cipher = hub.vault.seal(
                SecretStr(verifier), tenant_id=tenant_id, row=f"connect:{attempt.id}", kind="verifier", generation=0
            )
    return _consent_address(terms, app, state, verifier, redirect_uri)


def require_switched_on(hub: Hub, tenant_id: int, terms: ProviderTerms) -> None:
    """Raises ConnectRefused when an operator has turned the provider off for the tenant."""
    with hub.database.tenant(tenant_id, read=True) as session:
        if not connections.provider_is_on(session, tenant_id, terms.slug):
            raise ConnectRefused(f"Your operator has turned {terms.label} off for this account.", "Ask your operator.")


def digest(secret: str) -> str:
    """What is kept of a random secret: its SHA-256, so that a copy of the database opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _consent_address(terms: ProviderTerms, app: ProviderApp, state: str, verifier: str, redirect_uri: str) -> str:
    # Authlib's client without a session: it writes the address and the PKCE challenge, and makes no call.
    client = OAuth2Client(
        session=None,
        client_id=app.client_id,
        scope=" ".join(terms.oauth.scopes),
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )
    address, _state = client.create_authorization_url(
        oauth_addresses(terms, app).authorize_url,
        state=state,
        code_verifier=verifier or None,
        **terms.oauth.authorize_params,
    )
    return str(address)
