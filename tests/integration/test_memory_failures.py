"""Voyage or Chroma in trouble: billing does not notice, the work waits, and is done later. Nothing is paid twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import select
from tests.factories import HandClock, save
from tests.memory_stage import (
    VoyageDesk,
    embed,
    entries,
    passages,
    remembering,
    remembering_settings,
    shop,
    voyage,
)

from ledgerport.db.models import Notice
from ledgerport.memory.prices import Limits
from ledgerport.services.batch import Change
from ledgerport.services.context import Hub
from ledgerport.services.memory.due import due_memories
from ledgerport.services.memory.embed_waiting import embed_waiting
from ledgerport.services.memory.mark_for_memory import GATHERED
from ledgerport.services.memory.memory_status import memory_status


@pytest.fixture
def desk() -> Iterator[VoyageDesk]:
    with voyage() as desk:
        yield desk


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hub(tmp_path: Path, desk: VoyageDesk, clock: HandClock) -> Iterator[Hub]:
    with remembering(remembering_settings(tmp_path, desk.url), clock) as hub:
        yield hub


def try_once(hub: Hub, tenant: int, clock: HandClock) -> None:
    clock.pass_time(GATHERED)
    assert not embed_waiting(hub, tenant)


def states(hub: Hub, tenant: int) -> set[str]:
    return {state for _, state, _ in entries(hub, tenant)}


def held_for(hub: Hub, tenant: int) -> timedelta:
    held = memory_status(hub, tenant_id=tenant).held_until
    assert held is not None
    return held - hub.clock.now()


def open_notices(hub: Hub, tenant: int) -> list[str]:
    with hub.database.tenant(tenant, read=True) as session:
        return list(session.scalars(select(Notice.text).where(Notice.closed_at.is_(None))))


def assert_billing_goes_on(hub: Hub, tenant: int) -> None:
    saved = save(hub, tenant, "invoice", "LATE", number="9", status="SENT")
    assert saved.change is Change.CREATED


def test_voyage_dead_the_work_waits_longer_every_time_and_is_done_when_it_is_back(
    tmp_path: Path, clock: HandClock, desk: VoyageDesk
) -> None:
    nowhere = remembering_settings(tmp_path, "http://127.0.0.1:9")
    with remembering(nowhere, clock) as hub:
        tenant = shop(hub)
        pauses = []
        for _ in range(4):
            try_once(hub, tenant, clock)
            pauses.append(held_for(hub, tenant).total_seconds())
            assert list(due_memories(hub)) == []
            clock.pass_time(held_for(hub, tenant))
        assert pauses == [5, 10, 20, 40]
        assert memory_status(hub, tenant_id=tenant).reason == "Voyage cannot be reached."
        assert open_notices(hub, tenant) == []
        assert_billing_goes_on(hub, tenant)
    with remembering(remembering_settings(tmp_path, desk.url), clock) as hub:
        embed(hub, tenant)
        assert states(hub, tenant) == {"stored"}
        assert memory_status(hub, tenant_id=tenant).reason == ""


@pytest.mark.parametrize(
    "fault", [{"name": "status", "status": 503}, {"name": "drop_before"}, {"name": "cut_after", "bytes": 40}]
)
def test_trouble_on_the_way_is_tried_again(hub: Hub, desk: VoyageDesk, clock: HandClock, fault: dict[str, Any]) -> None:
    tenant = shop(hub)
    desk.fault(**fault)
    try_once(hub, tenant, clock)
    assert states(hub, tenant) == {"waiting"}
    clock.pass_time(held_for(hub, tenant))
    embed(hub, tenant)
    assert states(hub, tenant) == {"stored"}


def test_a_429_holds_every_request_for_as_long_as_retry_after_says(
    hub: Hub, desk: VoyageDesk, clock: HandClock
) -> None:
    one, other = shop(hub), shop(hub)
    desk.fault("throttle", retry_after=90)
    try_once(hub, one, clock)
    assert held_for(hub, one) == timedelta(seconds=90)
    # The key is everybody's: the other tenant's job asks nothing either.
    assert not embed_waiting(hub, other)
    assert desk.calls() == 1
    assert held_for(hub, other) > timedelta(seconds=89)
    clock.pass_time(timedelta(seconds=91))
    for tenant in (one, other):
        embed(hub, tenant)
        assert states(hub, tenant) == {"stored"}


def test_our_own_pace_keeps_requests_within_a_minutes_tokens(hub: Hub, desk: VoyageDesk, clock: HandClock) -> None:
    assert hub.memory is not None
    tight = dataclasses.replace(hub.memory, limits=Limits(tokens=2_000, tokens_per_minute=1_000, requests_per_minute=3))
    slow = dataclasses.replace(hub, memory=tight)
    tenant = shop(slow, invoices=60)
    started = clock.now()
    embed(slow, tenant, rounds=500)
    assert states(slow, tenant) == {"stored"}
    paid = desk.paid()
    minutes = (clock.now() - started) / timedelta(minutes=1)
    assert paid.again == 0
    assert minutes >= paid.tokens / 1_000 - 1


def test_a_wrong_key_opens_one_notice_that_closes_when_it_is_put_right(
    tmp_path: Path, desk: VoyageDesk, clock: HandClock
) -> None:
    settings = remembering_settings(tmp_path, desk.url, api_key=SecretStr("wrong"))
    with remembering(settings, clock) as hub:
        tenant = shop(hub)
        for _ in range(3):
            try_once(hub, tenant, clock)
            clock.pass_time(held_for(hub, tenant))
        (notice,) = open_notices(hub, tenant)
        assert "Voyage does not accept the API key (HTTP 401)" in notice
        assert memory_status(hub, tenant_id=tenant).needs_person
        assert_billing_goes_on(hub, tenant)
    with remembering(remembering_settings(tmp_path, desk.url), clock) as hub:
        embed(hub, tenant)
        assert (open_notices(hub, tenant), states(hub, tenant)) == ([], {"stored"})


def test_chroma_dead_what_voyage_answered_is_kept_and_not_paid_again(
    tmp_path: Path, desk: VoyageDesk, clock: HandClock
) -> None:
    settings = remembering_settings(tmp_path, desk.url, chroma_url=AnyHttpUrl("http://127.0.0.1:9"))
    with remembering(settings, clock) as hub:
        tenant = shop(hub)
        for _ in range(2):
            try_once(hub, tenant, clock)
            clock.pass_time(held_for(hub, tenant))
        assert "Chroma server" in memory_status(hub, tenant_id=tenant).reason
        assert_billing_goes_on(hub, tenant)
    with remembering(remembering_settings(tmp_path, desk.url), clock) as hub:
        embed(hub, tenant)
        assert states(hub, tenant) == {"stored"}
        assert passages(hub, tenant) == (4, 5)
    assert desk.paid().again == 0


def test_a_folder_that_another_process_has_open_is_waited_for(
    tmp_path: Path, desk: VoyageDesk, clock: HandClock
) -> None:
    settings = remembering_settings(tmp_path, desk.url)
    with remembering(settings, clock) as first:
        tenant = shop(first)
        embed(first, tenant)
        save(first, tenant, "invoice", "I-9", number="9", status="SENT")
        with remembering(settings, clock) as second:
            try_once(second, tenant, clock)
            assert "is open in another process" in memory_status(second, tenant_id=tenant).reason
        clock.pass_time(timedelta(minutes=1))
        embed(first, tenant)
        assert states(first, tenant) == {"stored"}
    assert desk.paid().again == 0


def test_one_text_that_voyage_refuses_fails_alone(hub: Hub, desk: VoyageDesk, clock: HandClock) -> None:
    tenant = shop(hub, invoices=9, lines=1)
    save(hub, tenant, "invoice", "BAD", number="bad", status="SENT", lines=[_line("Poison pill")])
    desk.fault("status", status=400, match={"body": "Poison pill"}, count=None)
    embed(hub, tenant)
    assert sorted(state for _, state, _ in entries(hub, tenant)) == ["failed", *["stored"] * 9]
    assert memory_status(hub, tenant_id=tenant).failed == 1
    assert desk.paid().again == 0
    assert open_notices(hub, tenant) == []


def test_a_request_refused_whatever_is_in_it_is_not_taken_apart(hub: Hub, desk: VoyageDesk, clock: HandClock) -> None:
    tenant = shop(hub, invoices=30)
    desk.fault("status", status=400, count=None)
    try_once(hub, tenant, clock)
    assert desk.calls() == 3
    assert states(hub, tenant) == {"waiting"}
    assert len(open_notices(hub, tenant)) == 1


def test_a_fault_of_ours_is_raised_for_the_log_and_holds_the_job_back(
    hub: Hub, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = shop(hub)
    clock.pass_time(GATHERED)
    monkeypatch.setattr("ledgerport.services.memory.embed_waiting.plan", _broken)
    with pytest.raises(ZeroDivisionError):
        embed_waiting(hub, tenant)
    assert list(due_memories(hub)) == []
    assert states(hub, tenant) == {"waiting"}


def _broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError


def _line(description: str) -> dict[str, str]:
    return {"description": description, "quantity": "1", "unit_price": "5.00"}
