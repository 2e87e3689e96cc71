"""Signing in at QuickBooks and staying signed in, as recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.contract.quickbooks_tape import CALLBACK, Tape, consent_code, plugin
from tests.stage import REALM, hub_for, settings_for

from ledgerport.contract import Broken, Callback, Company, LoginNeeded
from ledgerport.services.exchange_code import exchange_code

PROVIDER = "quickbooks"
pytestmark = pytest.mark.vcr


@pytest.mark.sandbox_only
def test_a_code_is_traded_for_a_grant_with_all_its_lives(tape: Tape, tmp_path: Path) -> None:
    with hub_for(settings_for(tmp_path, tape.source.address), tape.clock) as hub:
        grant = exchange_code(hub, plugin(), code=consent_code(tape.source), redirect_uri=CALLBACK, verifier="")

    assert grant.access_expires_at == tape.source.at + timedelta(hours=1)
    assert grant.refresh_expires_at == tape.source.at + timedelta(days=101)
    assert grant.hard_expires_at == tape.source.at + timedelta(days=5 * 365)
    assert grant.refresh_token is not None


def test_the_chosen_company_is_read_with_currency_tax_and_numbering(tape: Tape) -> None:
    with tape.open(Company(id="", name="")) as call:
        callback = Callback(query={"realmId": tape.source.company.id})
        companies = plugin().ask("open_companies", account=call.account, callback=callback)

    assert [company.id for company in companies] == [tape.source.company.id]
    assert companies[0].name
    assert companies[0].currency == "USD"
    assert companies[0].facts["tax"] in ("ast", "us", "off")
    assert companies[0].facts["custom_numbers"] in ("true", "false")


def test_a_refresh_gives_a_new_access_token_and_keeps_a_refresh_token(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        grant = plugin().ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert grant.access_expires_at == tape.source.at + timedelta(hours=1)
    assert grant.refresh_token is not None
    assert grant.hard_expires_at is not None


def test_a_refresh_token_that_intuit_does_not_know_asks_for_a_new_login(tape: Tape) -> None:
    unknown = replace(tape.grant, refresh_token=SecretStr("RT1-000-H0-nobody-was-given-this-one"))

    with tape.endpoint() as endpoint, pytest.raises(LoginNeeded) as lost:
        plugin().ask("refresh_token", grant=unknown, endpoint=endpoint)

    assert lost.value.code == "invalid_grant"


def test_a_wrong_client_secret_costs_nobody_the_grant(tape: Tape) -> None:
    with tape.endpoint(client_secret="not-our-secret") as endpoint, pytest.raises(Broken) as broken:
        plugin().ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert broken.value.code == "invalid_client"


@pytest.mark.sandbox_only
def test_a_disconnected_grant_is_ended_and_ending_it_twice_says_that_it_was_not_ended_now(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        ended = [plugin().ask("revoke_token", grant=tape.grant, endpoint=endpoint, company=None) for _ in range(2)]

    assert ended == [True, False]


@pytest.mark.sandbox_only
def test_an_access_token_that_the_gateway_refuses_is_refreshed_once_and_the_call_repeated(tape: Tape) -> None:
    tape.fault("expired_token")

    accounts = tape.ask("pull_accounts")

    assert accounts
    assert [token.generation for token in tape.tokens] == [1, 2]


@pytest.mark.sandbox_only
def test_a_withdrawn_grant_asks_for_a_new_login(tape: Tape) -> None:
    tape.fault("revoked_grant")

    with pytest.raises(LoginNeeded):
        tape.ask("pull_accounts")

    assert tape.source.company.id == REALM
