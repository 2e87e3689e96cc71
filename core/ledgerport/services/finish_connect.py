"""The browser is back from the consent page: check that it is the one we sent, take the grant, connect the company."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from ledgerport.contract import Company, ContractError, Grant
from ledgerport.db.repositories import connect_attempts, grants
from ledgerport.engine.transport import AccessToken
from ledgerport.host import Provider
from ledgerport.services.begin_connect import digest, require_switched_on
from ledgerport.services.connect_refused import ConnectRefused, WrongCompany
from ledgerport.services.context import Hub
from ledgerport.services.exchange_code import exchange_code
from ledgerport.services.give_back_grant import give_back_grant
from ledgerport.services.provider_apps import plugin_for
from ledgerport.services.reach_companies import reach_companies
from ledgerport.services.read_books import read_books
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.settle_connection import Settled, expected_company, keep_grant, pick_company, settle


@dataclass(frozen=True, kw_only=True)
class Connected:
    """It worked. `new`: the company was not connected before. `problem`: why its accounts could not be read yet, else
    empty."""

    tenant_id: int
    connection_id: int
    provider: str
    label: str
    company_name: str
    new: bool
    problem: str
    return_to: str


@dataclass(frozen=True, kw_only=True)
class CompanyChoice:
    """The grant reaches several companies: it is kept, and a person must choose (`choose_company`). `connection_id`:
    the one that is being connected again."""

    tenant_id: int
    grant_id: int
    connection_id: int | None
    provider: str
    label: str
    companies: tuple[Company, ...]
    return_to: str
    first_sync_waits: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """For whom somebody signed in, and what becomes of it. `connection_id`: the one that is being connected again;
    `may_choose`: a person is there to choose where several companies are reached; `facts`: of each of them."""

    tenant_id: int
    connection_id: int | None
    return_to: str
    first_sync_waits: bool
    may_choose: bool = True
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Attempt(SignIn):
    redirect_uri: str
    verifier: str


def finish(hub: Hub, *, provider: str, browser: str, query: Mapping[str, str]) -> Connected | CompanyChoice:
    """Complete a consent. `browser`: the secret in the browser's cookie; `query`: of the callback's address.

    Raises ConnectRefused (nothing was changed) and NotFound.
    """
    plugin = plugin_for(hub, provider)
    attempt = _take_attempt(hub, plugin, browser, query.get("state", ""))
    try:
        return _complete(hub, plugin, attempt, query)
    except ConnectRefused as refused:
        refused.return_to = attempt.return_to
        raise


def choose_company(
    hub: Hub,
    *,
    tenant_id: int,
    grant_id: int,
    company_id: str,
    connection_id: int | None = None,
    return_to: str = "",
    first_sync_waits: bool = False,
    facts: Mapping[str, str] | None = None,
) -> Connected:
    """Connect one of several companies of a kept grant; `facts` as the choice had them.

    Raises ConnectRefused, NotFound, and the contract's errors.
    """
    with hub.database.tenant(tenant_id, read=True) as session:
        row = grants.find(session, grant_id)
    if row is None:
        raise NotFound("This sign-in is not there any more.")
    plugin = plugin_for(hub, row.provider)
    require_switched_on(hub, tenant_id, plugin.terms)

    def token(refused: int | None) -> AccessToken:
        return access_token(hub, tenant_id=tenant_id, grant_id=grant_id, refused_generation=refused)

    companies = reach_companies(hub, plugin, token, query=facts or {}, facts=facts or {})
    chosen = [company for company in companies if company.id == company_id]
    if not chosen:
        raise ConnectRefused("This sign-in does not reach that company.")
    sign_in = SignIn(
        tenant_id=tenant_id, connection_id=connection_id, return_to=return_to, first_sync_waits=first_sync_waits
    )
    with hub.database.tenant(tenant_id) as session:
        expected = expected_company(session, tenant_id=tenant_id, terms=plugin.terms, connection_id=connection_id)
        company = pick_company(chosen, expected)
        held = grants.find(session, grant_id, lock=True)
        if company is None or held is None:
            raise NotFound("This sign-in is not there any more.")
        settled = settle(
            session,
            hub,
            tenant_id=tenant_id,
            provider=row.provider,
            company=company,
            expected=expected,
            grant_row=held,
            first_sync_waits=first_sync_waits,
        )
    return _announce(hub, plugin, sign_in, settled)


def _take_attempt(hub: Hub, plugin: Provider, browser: str, state: str) -> _Attempt:
    """Use up the attempt that `state` names. Another browser's visit is refused and uses nothing up."""
    now = hub.clock.now()
    refusal = ""
    with hub.database.everything() as session:
        row = connect_attempts.by_state(session, digest(state)) if state else None
        if row is None or row.provider != plugin.terms.slug:
            raise ConnectRefused("This sign-in was not started here.")
        if not hmac.compare_digest(row.browser_digest, digest(browser)):
            raise ConnectRefused(
                "This sign-in was started in another browser, or this one does not keep cookies of this site."
            )
        if row.used_at is not None:
            raise ConnectRefused("This sign-in was already used.")
        row.used_at = now
        if row.expires_at <= now:
            refusal = "This sign-in was started more than ten minutes ago."
        cipher = row.verifier_cipher
        verifier = (
            hub.vault.open(
                cipher, tenant_id=row.tenant_id, row=f"connect:{row.id}", kind="verifier", generation=0
            ).get_secret_value()
            if cipher is not None
            else ""
        )
        row.verifier_cipher = None
    if refusal:
        raise ConnectRefused(refusal, return_to=row.return_to)
    return _Attempt(
        tenant_id=row.tenant_id,
        connection_id=row.connection_id,
        redirect_uri=row.redirect_uri,
        verifier=verifier,
        return_to=row.return_to,
        first_sync_waits=row.first_sync_waits,
    )


def _complete(hub: Hub, plugin: Provider, attempt: _Attempt, query: Mapping[str, str]) -> Connected | CompanyChoice:
    terms = plugin.terms
    if query.get("error") == "access_denied":
        raise ConnectRefused(f"You did not allow access at {terms.label}. Nothing was connected.")
    if query.get("error") or not query.get("code"):
        words = (query.get("error_description") or query.get("error") or "no code was given")[:200]
        raise ConnectRefused(f'{terms.label} ended the sign-in: "{words}".')
    require_switched_on(hub, attempt.tenant_id, terms)
    grant = exchange_code(hub, plugin, code=query["code"], redirect_uri=attempt.redirect_uri, verifier=attempt.verifier)
    callback = {name: value for name, value in query.items() if name not in ("code", "state")}
    companies = _companies(hub, plugin, grant, callback)
    try:
        return connect_or_ask(hub, plugin, attempt, grant, companies)
    except WrongCompany:
        # The person meant another company: what was just allowed is given back, unless somebody works with it.
        give_back_grant(hub, plugin, grant, companies, used=False)
        raise


def _companies(hub: Hub, plugin: Provider, grant: Grant, callback: Mapping[str, str]) -> Sequence[Company]:
    label = plugin.terms.label

    def token(_refused: int | None) -> AccessToken:
        # Not stored yet, and a minute old: there is nothing to refresh.
        return AccessToken(value=grant.access_token, generation=0)

    try:
        companies = reach_companies(hub, plugin, token, query=callback)
    except ContractError as error:
        raise ConnectRefused(
            f"{label} let us in, but did not tell which company this is: {error.reason} Nothing was connected.",
            "Try again in a minute.",
        ) from error
    if not companies:
        raise ConnectRefused(f"This sign-in at {label} reaches no company.", "Sign in as a user of the company.")
    return companies


def connect_or_ask(
    hub: Hub, plugin: Provider, sign_in: SignIn, grant: Grant, companies: Sequence[Company]
) -> Connected | CompanyChoice:
    """Keep a new grant and connect the company it is for; a person must choose where it could be several.

    Raises ConnectRefused; BadChoice where nobody is there to choose, and then nothing is kept.
    """
    terms, tenant_id = plugin.terms, sign_in.tenant_id
    try:
        with hub.database.tenant(tenant_id) as session:
            expected = expected_company(session, tenant_id=tenant_id, terms=terms, connection_id=sign_in.connection_id)
            company = pick_company(companies, expected)
            if company is None and not sign_in.may_choose:
                raise _which(companies)
            row = keep_grant(session, hub, tenant_id=tenant_id, provider=terms.slug, grant=grant)
            if company is None:
                return CompanyChoice(
                    tenant_id=tenant_id,
                    grant_id=row.id,
                    connection_id=sign_in.connection_id,
                    provider=terms.slug,
                    label=terms.label,
                    companies=tuple(companies),
                    return_to=sign_in.return_to,
                    first_sync_waits=sign_in.first_sync_waits,
                    facts=sign_in.facts,
                )
            settled = settle(
                session,
                hub,
                tenant_id=tenant_id,
                provider=terms.slug,
                company=company,
                expected=expected,
                grant_row=row,
                first_sync_waits=sign_in.first_sync_waits,
            )
    except IntegrityError as error:
        # Two sign-ins ended in the same moment; the other one was first.
        raise ConnectRefused(f"{terms.label} was just connected from another window.") from error
    return _announce(hub, plugin, sign_in, settled)


def _which(companies: Sequence[Company]) -> BadChoice:
    names = ", ".join(f'"{company.name}" ({company.id})' for company in companies)
    return BadChoice("company_id", f"This sign-in reaches several companies: {names}.", "Say which one, by its id.")


def _announce(hub: Hub, plugin: Provider, sign_in: SignIn, settled: Settled) -> Connected:
    """After the commit: read what the mapping pages need, then let the sync begin."""
    problem = ""
    try:
        read_books(hub, settled.connection_id)
    except ContractError as error:
        problem = f"The chart of accounts could not be read yet: {error.reason}"
    hub.queue.add("sync.drain", settled.connection_id)
    return Connected(
        tenant_id=sign_in.tenant_id,
        connection_id=settled.connection_id,
        provider=plugin.terms.slug,
        label=plugin.terms.label,
        company_name=settled.company_name,
        new=settled.new,
        problem=problem,
        return_to=sign_in.return_to,
    )
