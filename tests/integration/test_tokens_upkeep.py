"""Tokens are renewed ahead of need, idle grants kept alive, and the hard end announced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.connecting import TOKEN_ROUTE, Stage, stage

from ledgerport.db import models
from ledgerport.db.models import ConnectionState
from ledgerport.services.disconnect import disconnect
from ledgerport.services.keep_grants_fresh import due_grants, refresh_due

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgres"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A connected tenant, once on each database."""
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgres" else ""
    with stage(tmp_path, url) as made:
        made.connect()
        made.forget_calls()
        yield made


def set_state(here: Stage, state: ConnectionState) -> None:
    with here.hub.database.tenant(here.tenant_id) as session:
        session.scalars(select(models.Connection)).one().state = state


def upkeep(here: Stage) -> list[tuple[int, int]]:
    """One round of what the scheduler and the actor do."""
    due = due_grants(here.hub)
    for _tenant_id, grant_id in due:
        refresh_due(here.hub, grant_id)
    return due


def test_a_token_with_half_its_life_left_needs_nothing(here: Stage) -> None:
    here.pass_time(30 * MINUTE)
    assert upkeep(here) == []


def test_a_token_is_renewed_when_little_is_left_though_nobody_asked(here: Stage) -> None:
    here.pass_time(54 * MINUTE)
    assert upkeep(here) == [(here.tenant_id, here.grant().id)]
    assert here.grant().generation == 2
    assert here.calls(TOKEN_ROUTE) == {"200": 1}
    assert upkeep(here) == []


def test_grants_made_in_the_same_moment_are_not_renewed_in_the_same_moment(here: Stage) -> None:
    row = here.grant()
    with here.hub.database.tenant(here.tenant_id) as session:
        for number in range(40):
            grant = models.Grant(
                provider="quickbooks",
                generation=1,
                refresh_cipher=b"-",
                access_expires_at=row.access_expires_at,
                refreshed_at=row.refreshed_at,
                created_at=row.created_at,
                scopes=[],
            )
            session.add(grant)
            session.flush()
            session.add(
                models.Connection(
                    uid=f"u{number}",
                    provider=f"provider-{number}",
                    grant_id=grant.id,
                    state=ConnectionState.ACTIVE,
                    state_since=row.created_at,
                    created_at=row.created_at,
                )
            )
    here.pass_time(50 * MINUTE)
    seen: set[int] = set()
    rounds = []
    for _ in range(5):
        new = {grant_id for _tenant, grant_id in due_grants(here.hub)} - seen
        seen |= new
        rounds.append(len(new))
        here.pass_time(MINUTE)
    assert sum(rounds) == 41
    assert max(rounds) < 25
    assert sum(1 for found in rounds if found) >= 3


def test_a_grant_is_handed_out_once_a_minute_whatever_becomes_of_the_message(here: Stage) -> None:
    here.pass_time(54 * MINUTE)
    assert len(due_grants(here.hub)) == 1
    assert due_grants(here.hub) == []
    here.pass_time(MINUTE)
    assert len(due_grants(here.hub)) == 1


def test_a_provider_that_is_down_is_named_and_asked_again_a_minute_later(here: Stage) -> None:
    here.control("faults", {"name": "status", "status": 503, "match": {"path": TOKEN_ROUTE}})
    here.pass_time(54 * MINUTE)
    (_tenant, grant_id) = due_grants(here.hub)[0]
    assert "token endpoint" in refresh_due(here.hub, grant_id)
    here.pass_time(MINUTE)
    upkeep(here)
    assert here.grant().generation == 2


def test_a_paused_connection_is_left_alone_until_its_refresh_token_grows_old(here: Stage) -> None:
    set_state(here, ConnectionState.PAUSED)
    here.pass_time(40 * DAY)
    assert upkeep(here) == []
    # 101 days after the consent it would be dead.
    here.pass_time(50 * DAY)
    assert len(upkeep(here)) == 1
    assert here.grant().generation == 2


def test_a_lost_grant_and_a_disconnected_one_need_nothing(here: Stage) -> None:
    here.control("revoke", {})
    here.pass_time(54 * MINUTE)
    upkeep(here)
    assert here.grant().lost_reason
    here.pass_time(DAY)
    assert due_grants(here.hub) == []


def test_the_hard_end_is_announced_once_thirty_days_before(here: Stage) -> None:
    set_state(here, ConnectionState.PAUSED)
    here.change_grant(hard_expires_at=here.hub.clock.now() + 31 * DAY)
    upkeep(here)
    assert here.notices() == []
    here.pass_time(2 * DAY)
    upkeep(here)
    here.pass_time(DAY)
    assert upkeep(here) == []
    (notice,) = here.notices()
    assert notice.text.startswith('QuickBooks Online ends our access to "Blue Plumbing LLC" on ')
    assert notice.action == "reconnect"


def test_signing_in_anew_closes_the_announcement(here: Stage) -> None:
    here.change_grant(hard_expires_at=here.hub.clock.now() + DAY)
    upkeep(here)
    assert len(here.notices()) == 1
    here.connect()
    assert here.notices() == []


def test_the_previous_refresh_token_is_forgotten_after_a_day(here: Stage) -> None:
    here.pass_time(54 * MINUTE)
    upkeep(here)
    assert here.grant().previous_cipher is not None
    set_state(here, ConnectionState.PAUSED)
    here.pass_time(DAY + MINUTE)
    upkeep(here)
    assert (here.grant().previous_cipher, here.grant().previous_until) == (None, None)


def test_disconnecting_leaves_no_mark_behind(here: Stage) -> None:
    here.pass_time(54 * MINUTE)
    upkeep(here)
    connection_id = here.messages()[0][1]
    disconnect(here.hub, tenant_id=here.tenant_id, connection_id=connection_id, by="Ann")
    with here.hub.database.everything(read=True) as session:
        assert session.scalar(select(func.count()).select_from(models.Schedule)) == 0
