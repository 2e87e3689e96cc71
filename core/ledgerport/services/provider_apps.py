"""Our app at each provider: is it set up, and under which addresses is the provider reached."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pydantic import SecretStr

from ledgerport.contract import Endpoint, ProviderTerms
from ledgerport.engine.transport import open_endpoint, rebase
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
    """Our app at a provider, its id and secret checked. Raises NotFound, AppNotSetUp."""
    label = plugin_for(hub, slug).terms.label
    app = hub.apps.get(slug) or ProviderApp(client_id="", client_secret=SecretStr(""))
    for name, value in (("client_id", app.client_id), ("client_secret", app.client_secret.get_secret_value())):
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


def oauth_addresses(terms: ProviderTerms, app: ProviderApp) -> OAuthAddresses:
    """The provider's addresses; their origin replaced by the app's where one is set, path and query kept."""

    def at(url: str, origin: str = app.address) -> str:
        return rebase(url, origin) if url and origin else url

    return OAuthAddresses(
        authorize_url=at(terms.oauth.authorize_url),
        token_url=at(terms.oauth.token_url),
        revoke_url=at(terms.oauth.revoke_url),
        api_url=at(terms.api_url, app.api_address or app.address),
    )


def open_token_endpoint(hub: Hub, provider: Provider) -> AbstractContextManager[Endpoint]:
    """The provider's token endpoint, our app identified. Raises AppNotSetUp."""
    app = checked_app(hub, provider.terms.slug)
    addresses = oauth_addresses(provider.terms, app)
    return open_endpoint(
        wire=hub.wire,
        terms=provider.terms,
        token_url=addresses.token_url,
        revoke_url=addresses.revoke_url,
        client_id=app.client_id,
        client_secret=app.client_secret,
        clock=hub.clock,
        seconds=TOKEN_SECONDS,
    )


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
