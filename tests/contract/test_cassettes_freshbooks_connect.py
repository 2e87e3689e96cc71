"""Signing in at FreshBooks and staying signed in, as recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.contract.freshbooks_tape import PROVIDER, consent_code, opened, plugin
from tests.contract.taping import CALLBACK, Tape
from tests.stage import companies_of, hub_for, settings_for

from ledgerport.contract import LoginNeeded, Refused
from ledgerport.services.exchange_code import exchange_code

pytestmark = pytest.mark.vcr


@pytest.mark.sandbox_only
def test_a_code_is_traded_for_a_grant_that_ends_twelve_hours_after_it_was_made(tape: Tape, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, tape.source.address, provider=PROVIDER)
    with hub_for(settings, tape.clock) as hub:
        grant = exchange_code(hub, plugin(), code=consent_code(tape.source), redirect_uri=CALLBACK, verifier="")

    assert grant.access_expires_at == tape.source.at + timedelta(hours=12)
    assert (grant.refresh_expires_at, grant.hard_expires_at) == (None, None)
    assert grant.refresh_token is not None
    assert set(plugin().terms.oauth.scopes) <= set(grant.scopes)


def test_both_businesses_of_the_person_are_offered_with_their_three_ids(tape: Tape) -> None:
    companies = opened(tape)

    assert [company.id for company in companies] == list(companies_of(PROVIDER))
    assert {company.currency for company in companies} == {"USD"}
    assert all(company.facts["business_id"].isdigit() for company in companies)
    assert all(company.facts["business_uuid"] for company in companies)


@pytest.mark.parametrize("told", ["null", "roles_only"])
@pytest.mark.sandbox_only
def test_an_account_id_that_the_membership_does_not_tell_is_found_elsewhere(tape: Tape, told: str) -> None:
    if tape.source.sandbox is not None:
        tape.source.sandbox.control("switches", {"account_id_in_membership": told})

    companies = opened(tape)

    assert [company.id for company in companies] == list(companies_of(PROVIDER))
    assert [company.facts["business_id"] for company in companies] == ["439000", "439001"]


def test_a_refresh_gives_a_new_pair(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        grant = plugin().ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert grant.access_expires_at == tape.source.at + timedelta(hours=12)
    assert grant.refresh_token is not None


def test_a_refresh_token_that_is_spent_asks_for_a_new_login(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        plugin().ask("refresh_token", grant=tape.grant, endpoint=endpoint)
        with pytest.raises(LoginNeeded) as lost:
            plugin().ask(
                "refresh_token", grant=replace(tape.grant, refresh_token=SecretStr("0" * 64)), endpoint=endpoint
            )

    assert lost.value.code == "invalid_grant"


def test_a_wrong_client_secret_costs_nobody_the_grant(tape: Tape) -> None:
    with tape.endpoint(client_secret="not-our-secret") as endpoint, pytest.raises(Refused) as refused:
        plugin().ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert refused.value.code == "invalid_client"


@pytest.mark.sandbox_only
def test_a_disconnected_grant_is_ended_and_ending_it_twice_is_as_good(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        ended = [
            plugin().ask("revoke_token", grant=tape.grant, endpoint=endpoint, company=tape.source.company)
            for _ in range(2)
        ]
        with pytest.raises(LoginNeeded):
            plugin().ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert ended == [True, True]


@pytest.mark.sandbox_only
def test_an_access_token_that_is_refused_is_refreshed_once_and_the_call_repeated(tape: Tape) -> None:
    tape.fault("expired_token")

    accounts = tape.ask("pull_accounts")

    assert accounts
    assert [token.generation for token in tape.tokens] == [1, 2]


@pytest.mark.sandbox_only
def test_a_withdrawn_grant_asks_for_a_new_login(tape: Tape) -> None:
    tape.fault("revoked_grant")

    with pytest.raises(LoginNeeded):
        tape.ask("pull_accounts")

    assert [token.generation for token in tape.tokens] == [1]
