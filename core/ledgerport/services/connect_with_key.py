"""Connect a company, or connect it again, with an API key that a person copied from the provider."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import SecretStr

from ledgerport.contract import ApiKeyTerms, Company, ContractError, Grant, LoginNeeded
from ledgerport.engine.transport import AccessToken
from ledgerport.host import Provider
from ledgerport.services.begin_connect import require_switched_on
from ledgerport.services.connect_refused import ConnectRefused, WrongCompany
from ledgerport.services.connect_ticket import Ticket, check_return
from ledgerport.services.context import Hub
from ledgerport.services.finish_connect import CompanyChoice, Connected, SignIn, connect_or_ask
from ledgerport.services.grant_secrets import NEVER
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.reach_companies import reach_companies
from ledgerport.services.rejections import BadChoice
from ledgerport.services.show_connections import find_connection

# Longer than any key; a pasted file is not one.
_LONGEST = 4000


def connect_with_key(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    key: SecretStr,
    field: str = "",
    company_id: str | None = "",
    connection_id: int | None = None,
    return_to: str = "",
    first_sync_waits: bool = False,
) -> Connected | CompanyChoice:
    """Connect the company that a key is for; `field`: what the provider wants beside it.

    `company_id`: which one, where the key reaches several; None leaves that to a person, who gets a `CompanyChoice`.
    `connection_id`: the connection to be connected again. Raises BadChoice (`key`, `field` or `company_id` cannot be
    used), ConnectRefused (nothing was changed), NotFound.
    """
    plugin = plugin_for(hub, provider)
    its = key_terms(plugin)
    check_return(hub, return_to)
    require_switched_on(hub, tenant_id, plugin.terms)
    clean, facts = _clean_key(its, key), _facts(its, field)
    companies = _companies(hub, plugin, its, clean, facts)
    if company_id:
        companies = [company for company in companies if company.id == company_id]
        if not companies:
            raise BadChoice("company_id", f"This {its.label} does not reach the company {company_id}.", its.where)
    sign_in = SignIn(
        tenant_id=tenant_id,
        connection_id=connection_id,
        return_to=return_to,
        first_sync_waits=first_sync_waits,
        may_choose=company_id is None,
        facts=facts,
    )
    try:
        return connect_or_ask(hub, plugin, sign_in, Grant(access_token=clean, access_expires_at=NEVER), companies)
    except WrongCompany as error:
        # The key stays as it is over there: somebody may work with it, and we made nothing.
        raise ConnectRefused(
            f'This {its.label} is for "{error.signed_in_to}", but this connection belongs to "{error.belongs_to}".',
            f"Use one of {error.belongs_to}, or disconnect first.",
        ) from error


def connect_at_once(
    hub: Hub,
    *,
    tenant_id: int,
    provider: str,
    key: SecretStr,
    field: str = "",
    company_id: str = "",
    first_sync_waits: bool = False,
) -> Connected:
    """The same where nobody is there to choose: the tenant's connection, new or connected again. Raises the same."""
    done = connect_with_key(
        hub,
        tenant_id=tenant_id,
        provider=provider,
        key=key,
        field=field,
        company_id=company_id,
        connection_id=find_connection(hub, tenant_id=tenant_id, provider=provider),
        first_sync_waits=first_sync_waits,
    )
    assert isinstance(done, Connected)
    return done


def key_asked_for(hub: Hub, provider: str) -> ApiKeyTerms | None:
    """What to ask a person for; None where a provider has a sign-in page of its own. Raises NotFound."""
    return plugin_for(hub, provider).terms.api_key


def takes_key(hub: Hub, provider: str) -> bool:
    """Whether a provider is signed in to by an API key. Raises NotFound."""
    return key_asked_for(hub, provider) is not None


def require_allowed(hub: Hub, ticket: Ticket) -> None:
    """Raises ConnectRefused when the holder of a ticket could not connect: nobody is asked for a key in vain."""
    check_return(hub, ticket.return_to)
    require_switched_on(hub, ticket.tenant_id, plugin_for(hub, ticket.provider).terms)


def key_terms(plugin: Provider) -> ApiKeyTerms:
    """How a provider is signed in to by key. Raises ConnectRefused for one that has a sign-in page instead."""
    if plugin.terms.api_key is None:
        label = plugin.terms.label
        raise ConnectRefused(f"{label} takes no API key: you sign in on its own page.", f"Open it by Connect {label}.")
    return plugin.terms.api_key


def _clean_key(its: ApiKeyTerms, key: SecretStr) -> SecretStr:
    # Never a word of what was typed: it may be the key of something else.
    value = key.get_secret_value().strip()
    if not value:
        raise BadChoice("key", f"The {its.label} is missing.", its.where)
    if len(value) > _LONGEST or not value.isascii() or not value.isprintable() or " " in value:
        raise BadChoice("key", f"This is no {its.label}: it holds characters that none has, or is too long.", its.where)
    return SecretStr(value)


def _facts(its: ApiKeyTerms, field: str) -> Mapping[str, str]:
    if its.field is None:
        if field:
            raise BadChoice("field", f"Nothing but the {its.label} is asked for.", "Leave the field out.")
        return {}
    value = field.strip()
    if not re.fullmatch(its.field.pattern, value):
        problem = "does not look like one" if value else "is missing"
        raise BadChoice("field", f"The {its.field.label} {problem}.", its.field.where)
    return {its.field.name: value}


def _companies(hub: Hub, plugin: Provider, its: ApiKeyTerms, key: SecretStr, facts: Mapping[str, str]) -> list[Company]:
    label = plugin.terms.label

    def token(refused: int | None) -> AccessToken:
        if refused is not None:
            raise LoginNeeded(f"{label} does not accept this {its.label}.")
        return AccessToken(value=key, generation=1)

    try:
        companies = reach_companies(hub, plugin, token, query=facts, facts=facts)
    except LoginNeeded as error:
        raise BadChoice("key", error.reason, its.where) from error
    except ContractError as error:
        raise ConnectRefused(
            f"{label} did not tell which company this {its.label} is for: {error.reason} Nothing was connected.",
            "Try again in a minute.",
        ) from error
    if not companies:
        raise BadChoice("key", f"This {its.label} reaches no company in {label}.", its.where)
    return companies
