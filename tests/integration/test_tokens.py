"""Access tokens: one refresh at a time over all processes, and a good token is never destroyed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.connecting import TOKEN_ROUTE, Stage, make_tenant, stage

from ledgerport.contract import LoginNeeded, TryLater
from ledgerport.db import models
from ledgerport.db.models import ConnectionState
from ledgerport.db.session import database_now
from ledgerport.engine.transport import AccessToken
from ledgerport.services.grant_secrets import open_grant
from ledgerport.services.refresh_token import access_token
from ledgerport.vault import VaultError

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgres"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A connected tenant, once on each database; no call counted yet."""
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgres" else ""
    with stage(tmp_path, url) as made:
        made.connect()
        made.forget_calls()
        yield made


def ask(here: Stage, refused: int | None = None) -> AccessToken:
    return access_token(here.hub, tenant_id=here.tenant_id, grant_id=here.grant().id, refused_generation=refused)


def refresh_token_of(here: Stage) -> str:
    token = open_grant(here.hub.vault, here.grant()).refresh_token
    assert token is not None
    return token.get_secret_value()


# -- when it is refreshed ---------------------------------------------------------------------------------------------


def test_a_fresh_token_is_used_without_a_call(here: Stage) -> None:
    assert ask(here).generation == 1
    assert here.calls(TOKEN_ROUTE) == {}


def test_a_token_that_ends_in_a_minute_is_refreshed_before_it_is_used(here: Stage) -> None:
    before = ask(here)
    here.pass_time(HOUR - timedelta(minutes=1))
    after = ask(here)
    assert (before.generation, after.generation) == (1, 2)
    assert before.value != after.value
    assert here.calls(TOKEN_ROUTE) == {"200": 1}


def test_a_refused_token_is_refreshed_though_it_should_still_live(here: Stage) -> None:
    assert ask(here, refused=1).generation == 2
    assert here.calls(TOKEN_ROUTE) == {"200": 1}


def test_a_refused_token_that_somebody_has_replaced_already_costs_no_call(here: Stage) -> None:
    newer = ask(here, refused=1)
    here.forget_calls()
    assert ask(here, refused=1) == newer
    assert here.calls(TOKEN_ROUTE) == {}


def test_a_token_that_is_refused_right_after_its_refresh_is_not_refreshed_again_at_once(here: Stage) -> None:
    ask(here, refused=1)
    with pytest.raises(TryLater) as told:
        ask(here, refused=2)
    assert told.value.at == here.hub.clock.now() + timedelta(seconds=30)
    assert here.calls(TOKEN_ROUTE) == {"200": 1}
    here.pass_time(timedelta(seconds=31))
    assert ask(here, refused=2).generation == 3


# -- when the provider does not give one ------------------------------------------------------------------------------


def test_invalid_grant_asks_for_a_reconnection_once_and_in_words(here: Stage) -> None:
    connection_id = here.messages()[0][1]
    here.control("revoke", {})
    with pytest.raises(LoginNeeded):
        ask(here, refused=1)
    connection, (notice,) = here.connection(connection_id), here.notices()
    assert connection.state == ConnectionState.NEEDS_RECONNECTION
    assert connection.reason == (
        'Reconnect required. QuickBooks Online no longer accepts our connection to "Blue Plumbing LLC" '
        f"(since {here.hub.clock.now():%H:%M} UTC). Nothing is lost."
    )
    assert (notice.text, notice.action) == (connection.reason, "reconnect")
    assert notice.cause == f"grant:{here.grant().id}"


def test_a_lost_grant_holds_no_token_and_is_never_asked_about_again(here: Stage) -> None:
    here.control("revoke", {})
    for _ in range(3):
        with pytest.raises(LoginNeeded, match="Reconnect required"):
            ask(here, refused=1)
    grant = here.grant()
    assert (grant.access_cipher, grant.refresh_cipher, grant.previous_cipher) == (None, None, None)
    assert here.calls(TOKEN_ROUTE) == {"400": 1}
    assert len(here.notices()) == 1


def test_invalid_grant_is_not_believed_when_somebody_has_refreshed_meanwhile(here: Stage) -> None:
    here.control("switches", {"refresh_reuse": "refuse"})
    # The first call waits at the provider until the second one, by a process that thought the first one dead, is done.
    here.control("faults", {"name": "slow", "seconds": 2, "match": {"path": TOKEN_ROUTE}})
    here.clock.set(rate=1)
    told: list[AccessToken] = []
    late = threading.Thread(target=lambda: told.append(ask(here, refused=1)))
    late.start()
    while here.grant().fence == 0:
        late.join(0.02)
    here.change_grant(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    newer = ask(here, refused=1)
    late.join(20)
    assert here.calls(TOKEN_ROUTE) == {"200": 1, "400": 1}
    assert told == [newer]
    assert here.connection(here.messages()[0][1]).state == ConnectionState.ACTIVE


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "status", "status": 503, "body": "html"},
        {"name": "status", "status": 500, "body": "json"},
        {"name": "html_page", "status": 403},
        {"name": "drop_before"},
        {"name": "throttle", "retry_after": 7},
    ],
    ids=["503", "500", "firewall page", "dropped", "429"],
)
def test_trouble_at_the_token_endpoint_keeps_the_token_and_passes(here: Stage, fault: dict[str, object]) -> None:
    kept = refresh_token_of(here)
    here.control("faults", {**fault, "match": {"path": TOKEN_ROUTE}})
    with pytest.raises(TryLater):
        ask(here, refused=1)
    grant = here.grant()
    assert (grant.generation, grant.lease_until, grant.lost_reason) == (1, None, "")
    assert refresh_token_of(here) == kept
    assert ask(here, refused=1).generation == 2


def test_after_an_answer_that_got_lost_the_stored_token_is_tried_again(here: Stage) -> None:
    # As QuickBooks does it: the value stays the same for a day.
    here.control("switches", {"refresh_rotation": "after_24h"})
    here.control("faults", {"name": "drop_after", "match": {"path": TOKEN_ROUTE}})
    with pytest.raises(TryLater):
        ask(here, refused=1)
    assert here.grant().generation == 1
    assert ask(here, refused=1).generation == 2


def test_a_wrong_client_secret_is_told_once_and_costs_no_token(here: Stage) -> None:
    app = here.hub.apps["quickbooks"]
    object.__setattr__(app, "client_secret", type(app.client_secret)("a-wrong-secret"))
    for _ in range(2):
        with pytest.raises(TryLater, match="client id or secret"):
            ask(here, refused=1)
    assert [notice.cause for notice in here.notices()] == [f"refresh:{here.grant().id}"]
    object.__setattr__(app, "client_secret", type(app.client_secret)("sandbox-secret"))
    assert ask(here, refused=1).generation == 2
    assert here.notices() == []


def test_an_app_that_is_not_set_up_is_named_and_nothing_is_sent(here: Stage) -> None:
    app = here.hub.apps["quickbooks"]
    object.__setattr__(app, "client_secret", type(app.client_secret)("${QBO_SECRET}"))
    with pytest.raises(TryLater, match="client secret of our app"):
        ask(here, refused=1)
    assert here.calls(TOKEN_ROUTE) == {}
    assert here.grant().lease_until is None


# -- the lease --------------------------------------------------------------------------------------------------------


def lease(here: Stage, *, seconds: float, fence: int) -> None:
    """Let another process hold the refresh lease."""
    with here.hub.database.tenant(here.tenant_id) as session:
        row = session.scalars(select(models.Grant)).one()
        row.lease_owner, row.fence = "another", fence
        row.lease_until = database_now(session) + timedelta(seconds=seconds)


def test_the_lease_of_a_killed_process_is_taken_over_when_it_runs_out(here: Stage) -> None:
    lease(here, seconds=0.5, fence=7)
    assert ask(here, refused=1).generation == 2
    assert here.grant().fence == 8
    assert here.calls(TOKEN_ROUTE) == {"200": 1}


def test_whoever_waits_for_a_refresh_that_fails_does_not_try_in_its_place(here: Stage) -> None:
    lease(here, seconds=60, fence=7)
    told: list[BaseException] = []

    def wait() -> None:
        try:
            ask(here, refused=1)
        except TryLater as error:
            told.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    waiter.join(0.4)
    assert waiter.is_alive()
    here.change_grant(lease_until=None, lease_owner="")
    waiter.join(10)
    assert [str(error) for error in told] == ["The token could not be refreshed just now."]
    assert here.calls(TOKEN_ROUTE) == {}


def test_whoever_lost_its_lease_stores_nothing(here: Stage) -> None:
    here.control("faults", {"name": "slow", "seconds": 1, "match": {"path": TOKEN_ROUTE}})
    here.clock.set(rate=1)
    told: list[BaseException] = []

    def trade() -> None:
        try:
            ask(here, refused=1)
        except TryLater as error:
            told.append(error)

    thread = threading.Thread(target=trade)
    thread.start()
    while here.grant().fence == 0:
        thread.join(0.02)
    lease(here, seconds=60, fence=99)
    thread.join(20)
    assert "taken over" in str(told[0])
    assert (here.grant().generation, here.grant().lease_owner) == (1, "another")


# -- what is stored ---------------------------------------------------------------------------------------------------


def test_the_refresh_token_before_is_kept_sealed_for_a_day(here: Stage) -> None:
    before = refresh_token_of(here)
    ask(here, refused=1)
    grant = here.grant()
    assert grant.previous_cipher is not None
    assert grant.previous_generation is not None
    assert grant.previous_until == here.hub.clock.now() + timedelta(hours=24)
    opened = here.hub.vault.open(
        grant.previous_cipher,
        tenant_id=here.tenant_id,
        row=f"grant:{grant.id}",
        kind="previous",
        generation=grant.previous_generation,
    )
    assert opened.get_secret_value() == before != refresh_token_of(here)


def test_no_token_stands_in_the_database_as_it_is(here: Stage) -> None:
    grant = here.grant()
    secrets = open_grant(here.hub.vault, grant)
    assert secrets.refresh_token is not None
    for cipher in (grant.access_cipher, grant.refresh_cipher):
        assert cipher is not None
        assert secrets.access_token.get_secret_value().encode() not in cipher
        assert secrets.refresh_token.get_secret_value().encode() not in cipher


def test_a_ciphertext_copied_to_another_tenants_row_does_not_open(here: Stage) -> None:
    stolen, thief = here.grant(), make_tenant(here.hub, "Thief")
    with here.hub.database.tenant(thief) as session:
        row = models.Grant(
            tenant_id=thief,
            provider="quickbooks",
            generation=stolen.generation,
            access_cipher=stolen.access_cipher,
            refresh_cipher=stolen.refresh_cipher,
            access_expires_at=stolen.access_expires_at,
            scopes=[],
            created_at=here.hub.clock.now(),
        )
        session.add(row)
        session.flush()
        with pytest.raises(VaultError, match="does not open"):
            open_grant(here.hub.vault, row)
        copied = row.id
    with pytest.raises(TryLater, match=f"access of grant:{copied} does not open"):
        access_token(here.hub, tenant_id=thief, grant_id=copied)


def test_a_grant_of_another_tenant_is_not_there(here: Stage) -> None:
    other = make_tenant(here.hub, "Other")
    with pytest.raises(TryLater, match="ended or replaced"):
        access_token(here.hub, tenant_id=other, grant_id=here.grant().id)
