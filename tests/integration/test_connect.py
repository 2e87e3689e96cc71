"""Connecting a company through the real consent page of the sandbox, and what is refused on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from tests.connecting import ACME, BLUE, REVOKE_ROUTE, TOKEN_ROUTE, Stage, make_tenant, stage

import ledgerport_quickbooks.hooks
from ledgerport.db import models
from ledgerport.db.models import ConnectionState
from ledgerport.engine.transport import AccessToken
from ledgerport.host import Host, Provider
from ledgerport.services.begin_connect import digest
from ledgerport.services.connect_refused import ConnectRefused, WrongCompany
from ledgerport.services.context import ProviderApp
from ledgerport.services.disconnect import disconnect
from ledgerport.services.grant_secrets import open_grant
from ledgerport.services.provider_apps import AppNotSetUp, check_apps
from ledgerport.services.refresh_token import access_token
from ledgerport.services.rejections import Conflict, NotFound


@pytest.fixture(params=["sqlite", "postgres"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgres" else ""
    with stage(tmp_path, url) as made:
        yield made


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Stage]:
    """The same on SQLite only, for what does not depend on the database."""
    with stage(tmp_path) as made:
        yield made


def count(here: Stage, model: type[models.Base]) -> int:
    with here.hub.database.everything(read=True) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def token_of(here: Stage, connection_id: int) -> AccessToken:
    grant_id = here.connection(connection_id).grant_id
    assert grant_id is not None
    return access_token(here.hub, tenant_id=here.tenant_id, grant_id=grant_id)


# -- connecting -------------------------------------------------------------------------------------------------------


def test_connecting_stores_the_company_and_starts_its_first_sync(here: Stage) -> None:
    done = here.connect()
    connection = here.connection(done.connection_id)
    assert (connection.state, connection.company_id, connection.company_name) == ("active", BLUE, "Blue Plumbing LLC")
    assert (connection.currency, connection.country) == ("USD", "US")
    assert connection.facts["custom_numbers"] in ("true", "false")
    assert connection.due_at == here.hub.clock.now()
    assert here.messages() == [("sync.drain", done.connection_id)]
    assert (done.new, done.problem) == (True, "")


def test_connecting_reads_the_chart_of_accounts_and_the_tax_codes(here: Stage) -> None:
    here.connect()
    with here.hub.database.tenant(here.tenant_id, read=True) as session:
        uses = set(session.scalars(select(models.LedgerAccount.use)))
        codes = set(session.scalars(select(models.RemoteTaxCode.remote_id)))
    assert {"income", "expense", "deposit"} <= uses
    assert {"TAX", "NON"} <= codes


def test_the_company_is_connected_even_when_its_accounts_cannot_be_read_yet(lite: Stage) -> None:
    query = lite.consent(lite.begin())
    lite.control("faults", {"name": "status", "status": 503, "count": None, "skip": 1, "match": {"path": "/query"}})
    done = lite.finish(query)
    assert "could not be read yet" in getattr(done, "problem", "")
    assert lite.messages() != []


def test_the_consent_address_names_our_callback_letter_for_letter_and_keeps_no_state(lite: Stage) -> None:
    query = parse_qs(urlsplit(lite.begin()).query)
    assert query["redirect_uri"] == ["http://127.0.0.1:8080/oauth/quickbooks/callback"]
    assert query["scope"] == ["com.intuit.quickbooks.accounting"]
    (state,) = query["state"]
    with lite.hub.database.everything(read=True) as session:
        attempt = session.scalars(select(models.ConnectAttempt)).one()
    assert attempt.state_digest == digest(state) != state
    assert attempt.browser_digest == digest("browser-1")


def test_where_the_provider_offers_pkce_the_challenge_is_sent_and_the_verifier_proven(lite: Stage) -> None:
    terms = lite.hub.host.for_provider("quickbooks").terms
    with_pkce = dataclasses.replace(terms, oauth=dataclasses.replace(terms.oauth, pkce=True))
    provider = Provider(with_pkce, ledgerport_quickbooks.hooks, "test", 30.0)
    lite.hub = dataclasses.replace(lite.hub, host=Host([provider]))
    address = lite.begin()
    query = parse_qs(urlsplit(address).query)
    assert query["code_challenge_method"] == ["S256"]
    with lite.hub.database.everything(read=True) as session:
        sealed = session.scalars(select(models.ConnectAttempt)).one().verifier_cipher
    assert sealed is not None
    # The sandbox refuses a code whose verifier does not fit its challenge.
    assert getattr(lite.finish(lite.consent(address)), "company_name", "") == "Blue Plumbing LLC"


# -- who may finish ---------------------------------------------------------------------------------------------------


def test_a_state_from_another_browser_is_refused_and_the_right_browser_can_still_finish(here: Stage) -> None:
    query = here.consent(here.begin(browser="ann"))
    with pytest.raises(ConnectRefused, match="another browser"):
        here.finish(query, browser="mallory")
    assert here.calls(TOKEN_ROUTE) == {}
    assert here.finish(query, browser="ann").label == "QuickBooks Online"


def test_a_callback_used_twice_is_refused_and_its_code_is_sent_once(here: Stage) -> None:
    query = here.consent(here.begin())
    here.finish(query)
    with pytest.raises(ConnectRefused, match="already used"):
        here.finish(query)
    assert here.calls(TOKEN_ROUTE) == {"200": 1}


@pytest.mark.parametrize("state", ["", "made-up"])
def test_a_state_we_did_not_make_is_refused(lite: Stage, state: str) -> None:
    with pytest.raises(ConnectRefused, match="not started here"):
        lite.finish({"code": "XAB1", "state": state, "realmId": BLUE})
    assert lite.calls(TOKEN_ROUTE) == {}


def test_a_sign_in_that_took_more_than_ten_minutes_is_refused(lite: Stage) -> None:
    query = lite.consent(lite.begin())
    lite.pass_time(timedelta(minutes=10))
    with pytest.raises(ConnectRefused, match="more than ten minutes ago"):
        lite.finish(query)
    assert lite.calls(TOKEN_ROUTE) == {}


def test_saying_no_at_the_provider_is_told_in_plain_words(lite: Stage) -> None:
    query = lite.consent(lite.begin(), decision="deny")
    with pytest.raises(
        ConnectRefused, match=r"You did not allow access at QuickBooks Online\. Nothing was connected\."
    ):
        lite.finish(query)


def test_a_code_that_has_grown_too_old_says_to_start_again(lite: Stage) -> None:
    query = lite.consent(lite.begin())
    lite.pass_time(timedelta(minutes=6))
    with pytest.raises(ConnectRefused, match="it took too long") as refused:
        lite.finish(query)
    assert refused.value.next_step == "Start again from the Integrations page."
    assert count(lite, models.Grant) == 0


def test_a_gateways_page_at_the_token_endpoint_connects_nothing(lite: Stage) -> None:
    query = lite.consent(lite.begin())
    lite.control("faults", {"name": "html_page", "status": 200, "match": {"path": TOKEN_ROUTE}})
    with pytest.raises(ConnectRefused, match="cannot be read"):
        lite.finish(query)
    assert count(lite, models.Connection) == 0


# -- switches and set-up ----------------------------------------------------------------------------------------------


def turn_off(here: Stage) -> None:
    with here.hub.database.tenant(here.tenant_id) as session:
        session.add(
            models.ProviderSwitch(
                provider="quickbooks", enabled=False, changed_at=here.hub.clock.now(), changed_by="operator"
            )
        )


def test_a_provider_that_is_turned_off_sends_nobody_to_its_consent_page(lite: Stage) -> None:
    turn_off(lite)
    with pytest.raises(ConnectRefused, match="Your operator has turned QuickBooks Online off for this account"):
        lite.begin()


def test_a_provider_turned_off_while_the_person_was_away_is_not_called(lite: Stage) -> None:
    query = lite.consent(lite.begin())
    turn_off(lite)
    with pytest.raises(ConnectRefused, match="turned QuickBooks Online off"):
        lite.finish(query)
    assert lite.calls(TOKEN_ROUTE) == {}


@pytest.mark.parametrize(
    ("client_id", "secret", "words"),
    [
        ("", "s3cr3t-9f", "client id of our app there is not set"),
        ("ABx7", "changeme", "client secret of our app there is still a placeholder"),
        ("your-client-id", "s3cr3t-9f", "client id of our app there is still a placeholder"),
        ("<client id>", "s3cr3t-9f", "is still a placeholder"),
        ("xxxx", "s3cr3t-9f", "is still a placeholder"),
        ("${QBO_CLIENT_ID}", "s3cr3t-9f", "a variable that was not filled in"),
        ("ABx7", "s3cr3t-9f\n", "has a blank or a line end around it"),
    ],
)
def test_an_app_that_is_not_set_up_is_told_before_any_redirect(
    lite: Stage, client_id: str, secret: str, words: str
) -> None:
    app = ProviderApp(client_id=client_id, client_secret=SecretStr(secret))
    lite.hub = dataclasses.replace(lite.hub, apps={"quickbooks": app})
    with pytest.raises(AppNotSetUp, match=words) as refused:
        lite.begin()
    assert "LEDGERPORT_PROVIDERS__QUICKBOOKS__CLIENT_" in refused.value.next_step
    assert "s3cr3t-9f" not in f"{refused.value} {refused.value.next_step}"
    assert words.split(" ", 3)[-1] in problems(lite)["quickbooks"]


def test_an_app_that_is_set_up_has_no_problem(lite: Stage) -> None:
    assert problems(lite)["quickbooks"] == ""


def test_an_app_that_nobody_set_up_is_told_for_every_installed_provider(lite: Stage) -> None:
    lite.hub = dataclasses.replace(lite.hub, apps={})
    assert problems(lite).keys() >= {"freshbooks", "quickbooks", "wave", "xero"}
    assert all("is not set" in problem for problem in problems(lite).values())


def problems(here: Stage) -> dict[str, str]:
    return {check.provider: check.problem for check in check_apps(here.hub)}


def test_an_unknown_provider_and_a_foreign_connection_are_not_found(lite: Stage) -> None:
    with pytest.raises(NotFound, match="no provider named 'sage'"):
        lite.begin(provider="sage")
    mine = lite.connect().connection_id
    with pytest.raises(NotFound, match="no connection"):
        lite.begin(tenant_id=make_tenant(lite.hub, "Other"), connection_id=mine)


# -- reconnecting -----------------------------------------------------------------------------------------------------


def lose_grant(here: Stage, connection_id: int) -> None:
    """The person ends our access in the provider's own pages, and we notice."""
    grant_id = here.connection(connection_id).grant_id
    assert grant_id is not None
    here.control("revoke", {})
    with pytest.raises(Exception, match="Reconnect required"):
        access_token(here.hub, tenant_id=here.tenant_id, grant_id=grant_id, refused_generation=1)


def test_signing_in_to_another_company_is_refused_with_both_names_and_changes_nothing(here: Stage) -> None:
    first = here.connect()
    before = here.connection(first.connection_id)
    query = here.consent(here.begin(connection_id=first.connection_id), company=ACME)
    with pytest.raises(WrongCompany) as refused:
        here.finish(query)
    assert str(refused.value) == ('You signed in to "Acme Inc", but this connection belongs to "Blue Plumbing LLC".')
    assert refused.value.next_step == "Sign in to that company, or disconnect first."
    after = here.connection(first.connection_id)
    assert (after.company_id, after.grant_id, after.state) == (BLUE, before.grant_id, ConnectionState.ACTIVE)
    assert count(here, models.Grant) == 1
    assert here.calls(REVOKE_ROUTE) == {"200": 1}
    # The good grant still works at the provider.
    assert token_of(here, first.connection_id).generation == 1


def test_the_wrong_company_keeps_its_access_when_another_tenant_works_with_it(lite: Stage) -> None:
    first = lite.connect()
    other = make_tenant(lite.hub, "Acme")
    lite.connect(tenant_id=other, company=ACME)
    with pytest.raises(WrongCompany):
        lite.finish(lite.consent(lite.begin(connection_id=first.connection_id), company=ACME))
    assert lite.calls(REVOKE_ROUTE) == {}


def test_reconnecting_heals_the_connection_and_releases_what_waited_for_it(here: Stage) -> None:
    first = here.connect()
    lose_grant(here, first.connection_id)
    now = here.hub.clock.now()
    with here.hub.database.tenant(here.tenant_id) as session:
        for number, cause in enumerate(("grant", "item:17")):
            session.add(
                models.Task(
                    connection_id=first.connection_id,
                    kind="customer",
                    record_id=number,
                    op=models.Op.PUSH,
                    state=models.TaskState.BLOCKED,
                    rank=1,
                    priority=50,
                    due_at=now,
                    blocked_on=cause,
                    reason="waits",
                    created_at=now,
                    updated_at=now,
                )
            )
    here.messages()
    again = here.connect(connection_id=first.connection_id)
    assert (again.connection_id, again.new) == (first.connection_id, False)
    connection = here.connection(first.connection_id)
    assert (connection.state, connection.reason) == (ConnectionState.ACTIVE, "")
    assert here.notices() == []
    assert len(here.notices(still_open=False)) == 1
    with here.hub.database.tenant(here.tenant_id, read=True) as session:
        states = [
            (task.state, task.blocked_on) for task in session.scalars(select(models.Task).order_by(models.Task.id))
        ]
    assert states == [("waiting", ""), ("blocked", "item:17")]
    assert here.messages() == [("sync.drain", first.connection_id)]
    assert count(here, models.Grant) == 1


def test_connecting_while_connected_is_a_reconnection_of_the_same_row(lite: Stage) -> None:
    first, again = lite.connect(), lite.connect()
    assert again.connection_id == first.connection_id
    assert count(lite, models.Connection) == 1


# -- disconnecting ----------------------------------------------------------------------------------------------------


def test_disconnecting_ends_the_access_over_there_and_forgets_every_token(here: Stage) -> None:
    done = here.connect()
    before = here.connection(done.connection_id)
    secret = open_grant(here.hub.vault, here.grant())
    ended = disconnect(here.hub, tenant_id=here.tenant_id, connection_id=done.connection_id, by="Ann")
    after = here.connection(done.connection_id)
    assert ended.problem == ""
    assert (after.state, after.reason, after.grant_id) == ("disconnected", "Disconnected by Ann.", None)
    assert after.fence == before.fence + 1
    assert count(here, models.Grant) == 0
    assert here.calls(REVOKE_ROUTE) == {"200": 1}
    assert secret.refresh_token is not None


def test_a_provider_that_is_down_does_not_keep_us_connected(lite: Stage) -> None:
    done = lite.connect()
    lite.control("faults", {"name": "status", "status": 503, "match": {"path": REVOKE_ROUTE}})
    ended = disconnect(lite.hub, tenant_id=lite.tenant_id, connection_id=done.connection_id, by="Ann")
    assert "did not end our access" in ended.problem
    assert lite.connection(done.connection_id).state == ConnectionState.DISCONNECTED
    assert count(lite, models.Grant) == 0


def test_disconnecting_twice_and_a_foreign_connection_are_refused(lite: Stage) -> None:
    done = lite.connect()
    with pytest.raises(NotFound):
        disconnect(lite.hub, tenant_id=make_tenant(lite.hub, "Other"), connection_id=done.connection_id, by="Mallory")
    disconnect(lite.hub, tenant_id=lite.tenant_id, connection_id=done.connection_id, by="Ann")
    with pytest.raises(Conflict, match="already disconnected"):
        disconnect(lite.hub, tenant_id=lite.tenant_id, connection_id=done.connection_id, by="Ann")


def test_connecting_the_same_company_later_gives_its_row_back(here: Stage) -> None:
    first = here.connect()
    disconnect(here.hub, tenant_id=here.tenant_id, connection_id=first.connection_id, by="Ann")
    elsewhere = here.connect(company=ACME)
    assert elsewhere.connection_id != first.connection_id
    disconnect(here.hub, tenant_id=here.tenant_id, connection_id=elsewhere.connection_id, by="Ann")
    again = here.connect()
    assert (again.connection_id, again.new) == (first.connection_id, True)
    assert token_of(here, again.connection_id).generation == 1
