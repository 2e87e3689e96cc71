"""Signing in at Wave and staying signed in, as recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.contract.taping import CALLBACK, Tape
from tests.contract.wave_tape import BUSINESS, consent_code
from tests.stage import hub_for, settings_for

from ledgerport.contract import Broken, Callback, Company, LoginNeeded
from ledgerport.services.exchange_code import exchange_code

PROVIDER = "wave"
pytestmark = [pytest.mark.vcr, pytest.mark.sandbox_only]


def test_a_code_is_traded_for_a_grant_of_two_hours(tape: Tape, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, tape.source.address, provider=PROVIDER)
    with hub_for(settings, tape.clock) as hub:
        grant = exchange_code(hub, tape.plugin, code=consent_code(tape.source), redirect_uri=CALLBACK, verifier="")

    assert grant.access_expires_at == tape.source.at + timedelta(hours=2)
    assert grant.refresh_token is not None
    assert "invoice:write" in grant.scopes


def test_the_businesses_of_a_grant_are_read_with_their_currency(tape: Tape) -> None:
    with tape.open(Company(id="", name="")) as call:
        companies = tape.plugin.ask("open_companies", account=call.account, callback=Callback(query={}))

    assert tape.source.company.id in [company.id for company in companies]
    assert all(company.name and company.currency == "USD" for company in companies)


def test_a_refresh_gives_a_new_pair(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        grant = tape.plugin.ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert grant.access_expires_at == tape.source.at + timedelta(hours=2)
    assert grant.refresh_token is not None


def test_a_refresh_token_that_wave_does_not_know_asks_for_a_new_login(tape: Tape) -> None:
    unknown = replace(tape.grant, refresh_token=SecretStr("nobody-was-given-this-one"))

    with tape.endpoint() as endpoint, pytest.raises(LoginNeeded) as lost:
        tape.plugin.ask("refresh_token", grant=unknown, endpoint=endpoint)

    assert lost.value.code == "invalid_grant"


def test_a_wrong_client_secret_costs_nobody_the_grant(tape: Tape) -> None:
    with tape.endpoint(client_secret="not-our-secret") as endpoint, pytest.raises(Broken) as broken:
        tape.plugin.ask("refresh_token", grant=tape.grant, endpoint=endpoint)

    assert broken.value.code == "invalid_client"


def test_a_revoked_grant_is_ended(tape: Tape) -> None:
    with tape.endpoint() as endpoint:
        assert tape.plugin.ask("revoke_token", grant=tape.grant, endpoint=endpoint, company=tape.source.company)


def test_an_access_token_that_a_200_refuses_is_refreshed_once_and_the_call_repeated(tape: Tape) -> None:
    tape.fault("expired_token")

    accounts = tape.ask("pull_accounts")

    assert accounts
    assert [token.generation for token in tape.tokens] == [1, 2]


def test_a_withdrawn_grant_asks_for_a_new_login(tape: Tape) -> None:
    tape.fault("revoked_grant")

    with pytest.raises(LoginNeeded):
        tape.ask("pull_accounts")

    assert tape.source.company.id == BUSINESS
