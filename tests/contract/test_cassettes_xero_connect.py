"""Signing in at Xero and staying signed in, as recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.contract.taping import CALLBACK, Tape
from tests.contract.xero_tape import PROVIDER, consent_code, opened
from tests.stage import companies_of, hub_for, settings_for

from ledgerport.contract import Company, LoginNeeded, Refused
from ledgerport.services.exchange_code import exchange_code

pytestmark = [pytest.mark.vcr]


@pytest.mark.sandbox_only
def test_a_code_is_traded_for_a_grant_of_thirty_minutes_and_sixty_days(tape: Tape, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, tape.source.address, provider=PROVIDER)
    with hub_for(settings, tape.clock) as hub:
        grant = exchange_code(hub, tape.plugin, code=consent_code(tape.source), redirect_uri=CALLBACK, verifier="")

    assert grant.access_expires_at == tape.source.at + timedelta(minutes=30)
    assert grant.refresh_expires_at == tape.source.at + timedelta(days=60)
    assert set(tape.plugin.terms.oauth.scopes) <= set(grant.scopes)


def test_every_organisation_of_the_consent_is_offered_with_its_currency(tape: Tape) -> None:
    companies = opened(tape)

    assert tape.source.company.id in {company.id for company in companies}
    assert {company.id for company in companies} <= set(companies_of(PROVIDER))
    assert all(company.name and company.currency and company.facts["plan"] for company in companies)


def test_a_refresh_gives_a_new_pair(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        grant = tape.plugin.ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert grant.access_expires_at == tape.source.at + timedelta(minutes=30)
    assert grant.refresh_token is not None


def test_a_refresh_whose_answer_was_lost_may_be_repeated_with_the_old_token(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        tape.plugin.ask("refresh_token", grant=tape.grant, endpoint=endpoint)
        again = tape.plugin.ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert again.refresh_token is not None


def test_a_refresh_token_that_xero_does_not_know_asks_for_a_new_login(tape: Tape) -> None:
    unknown = replace(tape.grant, refresh_token=SecretStr("nobody-was-given-this-one"))

    with tape.endpoint() as endpoint, pytest.raises(LoginNeeded) as lost:
        tape.plugin.ask("refresh_token", grant=unknown, endpoint=endpoint)

    assert lost.value.code == "invalid_grant"
    assert not lost.value.company_only


def test_a_wrong_client_secret_costs_nobody_the_grant(tape: Tape) -> None:
    with tape.endpoint(client_secret="not-our-secret") as endpoint, pytest.raises(Refused) as refused:
        tape.plugin.ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert refused.value.code == "invalid_client"


@pytest.mark.sandbox_only
def test_the_end_of_one_organisation_leaves_the_grant_to_the_others(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        ended = [
            tape.plugin.ask("revoke_token", grant=tape.grant, endpoint=endpoint, company=tape.source.company)
            for _ in range(2)
        ]
    with pytest.raises(LoginNeeded) as lost:
        tape.ask("pull_accounts")

    assert ended == [True, True]
    assert lost.value.company_only
    assert tape.source.company.id not in {company.id for company in opened_or_none(tape)}


def opened_or_none(tape: Tape) -> list[Company]:
    """The organisations that are left, if any."""
    try:
        return opened(tape)
    except Refused:
        return []


@pytest.mark.sandbox_only
def test_an_access_token_that_has_expired_is_renewed_once_and_the_call_repeated(tape: Tape) -> None:
    tape.fault("expired_token")

    accounts = tape.ask("pull_accounts")

    assert accounts
    assert [token.generation for token in tape.tokens] == [1, 2]


@pytest.mark.sandbox_only
def test_a_withdrawn_grant_asks_for_a_new_login(tape: Tape) -> None:
    tape.fault("revoked_grant")

    with pytest.raises(LoginNeeded) as lost:
        tape.ask("pull_accounts")

    assert not lost.value.company_only
