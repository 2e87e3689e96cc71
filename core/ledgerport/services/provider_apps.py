"""Our app at each provider: is it set up, and under which addresses is the provider reached."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import SecretStr

from ledgerport.contract import Endpoint, ProviderTerms
from ledgerport.engine.endpoint import open_endpoint
from ledgerport.engine.exchange import rebase
from ledgerport.engine.signing import api_address
from ledgerport.host import Provider, UnknownProvider
from ledgerport.services.context import Hub, ProviderApp
from ledgerport.services.rejections import Conflict, NotFound

# How long a token endpoint may take to answer, in real seconds: less than the refresh lease.
TOKEN_SECONDS = 20.0

_PLACEHOLDERS = frozenset(
    [
        "changeme",
        "change",
        "replaceme",
        "replace",
        "placeholder",
        "todo",
        "tbd",
        "fixme",
        "example",
        "dummy",
        "none",
        "null",
        "undefined",
        "secret",
        "password",
        "clientid",
        "clientsecret",
        "id",
        "yourid",
        "yoursecret",
        "yourclientid",
        "yourclientsecret",
        "yourappid",
        "yourappsecret",
        "yourkey",
        "insertclientid",
        "insertclientsecret",
        "enterclientid",
        "enterclientsecret",
        "myclientid",
        "myclientsecret",
    ]
)
_UNSET = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|\{\{.*\}\}")
_CROSSED = re.compile(r"[xX*.#?-]+")


class AppNotSetUp(Conflict):
    """The id or secret of our app at a provider is missing or was never filled in. The message names the setting to
    set."""


@dataclass(frozen=True, kw_only=True)
class OAuthAddresses:
    """Where a provider is reached: the terms' own addresses, or the same paths at the origin set for our app."""

    authorize_url: str
    token_url: str
    revoke_url: str
    api_url: str


@dataclass(frozen=True, kw_only=True)
class AppCheck:
    """One provider's app as an operator sees it; `problem` is empty when it is set up."""

    provider: str
    label: str
    problem: str


def checked_app(hub: Hub, slug: str) -> ProviderApp:
    """Our app at a provider, its id and secret checked; one that signs in by API key knows no app, so nothing need be
    set. Raises NotFound, AppNotSetUp."""
    terms = plugin_for(hub, slug).terms
    label = terms.label
    app = hub.apps.get(slug) or ProviderApp(client_id="", client_secret=SecretStr(""))
    if terms.api_key is not None:
        return app
    for name, value in (("client_id", app.client_id), ("client_secret", app.client_secret.get_secret_value())):
        if name == "client_secret" and not value and terms.oauth.public_apps:
            continue
        fault = _fault(value)
        if fault:
            raise AppNotSetUp(
                f"{label} cannot be connected: the {name.replace('_', ' ')} of our app there {fault}.",
                f"Set {setting_name(slug, name)} in the environment or the .env file of the hub to the value that "
                f"the developer portal of {label} shows, then start the hub again.",
            )
    return app


def plugin_for(hub: Hub, slug: str) -> Provider:
    """The plugin of a provider. Raises NotFound, for doors that show what people ask for."""
    try:
        return hub.host.for_provider(slug)
    except UnknownProvider as error:
        raise NotFound(str(error)) from error


def check_apps(hub: Hub) -> list[AppCheck]:
    """Every installed provider with what its app still needs; for operators."""
    checks = []
    for provider in hub.host.providers:
        problem = ""
        try:
            checked_app(hub, provider.terms.slug)
        except AppNotSetUp as error:
            problem = f"{error.reason} {error.next_step}"
        checks.append(AppCheck(provider=provider.terms.slug, label=provider.terms.label, problem=problem))
    return checks


def setting_name(slug: str, field: str) -> str:
    """The environment variable of a field of a provider's app."""
    return f"LEDGERPORT_PROVIDERS__{slug.upper()}__{field.upper()}"


def oauth_addresses(
    terms: ProviderTerms, app: ProviderApp, facts: Mapping[str, str] = MappingProxyType({})
) -> OAuthAddresses:
    """The provider's addresses; their origin replaced by the app's where one is set, path and query kept. `facts`: of
    the company, whose part of the API's address may be its own."""

    def at(url: str, origin: str = app.address) -> str:
        return rebase(url, origin) if url and origin else url

    return OAuthAddresses(
        authorize_url=at(terms.oauth.authorize_url),
        token_url=at(terms.oauth.token_url),
        revoke_url=at(terms.oauth.revoke_url),
        api_url=at(api_address(terms, facts), app.api_address or app.address),
    )


def open_token_endpoint(
    hub: Hub, provider: Provider, facts: Mapping[str, str] = MappingProxyType({})
) -> AbstractContextManager[Endpoint]:
    """The provider's token endpoint, our app identified. `facts`: of the company. Raises AppNotSetUp."""
    app = checked_app(hub, provider.terms.slug)
    addresses = oauth_addresses(provider.terms, app, facts)
    return open_endpoint(
        wire=hub.wire,
        terms=provider.terms,
        token_url=addresses.token_url,
        revoke_url=addresses.revoke_url,
        client_id=app.client_id,
        client_secret=app.client_secret,
        clock=hub.clock,
        redirect_uri=callback_address(hub, provider.terms.slug),
        api_url=addresses.api_url,
        seconds=TOKEN_SECONDS,
        hide=provider.hide,
    )


def callback_address(hub: Hub, provider: str) -> str:
    """Where the provider sends the browser back to; it must be registered there letter for letter."""
    return f"{hub.public_url.rstrip('/')}/oauth/{provider}/callback"


def _fault(value: str) -> str:
    """What is wrong with an id or secret, in words that follow "the client id ..."; empty when nothing is. Never shows
    the value."""
    bare = value.strip()
    if not bare:
        return "is not set"
    if bare != value:
        return "has a blank or a line end around it"
    if _UNSET.fullmatch(bare) or "${" in bare:
        return "is the name of a variable that was not filled in"
    if bare.startswith("<") and bare.endswith(">"):
        return "is still a placeholder"
    if _CROSSED.fullmatch(bare) or re.sub(r"[\s_.-]", "", bare).lower() in _PLACEHOLDERS:
        return "is still a placeholder"
    return ""
