"""What is sent or paid is embedded once, by Voyage's own client against its sandbox, into a true Chroma folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import HandClock, make_tenant, save
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

from ledgerport.db.models import MemoryEntry, MemoryLine, MemoryVector
from ledgerport.services.context import Hub
from ledgerport.services.mark_paid import mark_paid
from ledgerport.services.memory.due import due_memories
from ledgerport.services.memory.embed_waiting import embed_waiting
from ledgerport.services.memory.mark_for_memory import GATHERED
from ledgerport.services.memory.memory_status import memory_status
from ledgerport.services.void_invoice import void_invoice


@pytest.fixture
def desk() -> Iterator[VoyageDesk]:
    with voyage() as desk:
        yield desk


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path, desk: VoyageDesk) -> Iterator[Hub]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("migrated_postgres_url")
    with remembering(remembering_settings(tmp_path, desk.url, url), HandClock()) as hub:
        yield hub


def test_documents_and_their_distinct_lines_are_embedded_once(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub, invoices=3, lines=2, estimates=1)
    embed(hub, tenant)
    assert entries(hub, tenant) == [("estimate", "stored", "sent"), *[("invoice", "stored", "sent")] * 3]
    # Lines of things 0 to 3; the estimate sells what the first invoice sells.
    assert passages(hub, tenant) == (4, 4)
    paid = desk.paid()
    assert (paid.requests, paid.texts, paid.again) == (1, 8, 0)


def test_what_is_spent_is_kept_with_the_vectors(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub)
    embed(hub, tenant)
    status = memory_status(hub, tenant_id=tenant)
    with hub.database.tenant(tenant, read=True) as session:
        vectors = session.scalars(select(MemoryVector)).all()
    assert status.spent_tokens == desk.paid().tokens == sum(vector.tokens for vector in vectors)
    assert (status.documents, status.things, status.waiting) == (3, 4, 0)
    assert {len(vector.vector) for vector in vectors} == {4 * 1024}


def test_nothing_is_embedded_before_it_was_gathered_and_the_scheduler_is_told_then(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub)
    clock = hub.clock
    assert isinstance(clock, HandClock)
    assert not embed_waiting(hub, tenant)
    assert (desk.calls(), list(due_memories(hub))) == (0, [])
    clock.pass_time(GATHERED)
    assert list(due_memories(hub)) == [tenant]


def test_a_document_paid_is_embedded_again_since_its_text_says_so_and_its_lines_are_not(
    hub: Hub, desk: VoyageDesk
) -> None:
    tenant = shop(hub, invoices=2)
    embed(hub, tenant)
    before = desk.paid()
    mark_paid(hub, tenant_id=tenant, ref="I-0")
    embed(hub, tenant)
    assert desk.paid().texts == before.texts + 1
    assert passages(hub, tenant) == (2, 3)
    with hub.database.tenant(tenant, read=True) as session:
        # The text of before is nobody's any more, and its vector is not kept.
        assert len(session.scalars(select(MemoryVector).where(MemoryVector.what == "document")).all()) == 2


def test_a_text_that_was_embedded_is_never_asked_for_again(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub)
    embed(hub, tenant)
    before = desk.calls()
    with hub.database.tenant(tenant) as session:
        for row in session.scalars(select(MemoryEntry)):
            row.state, row.version = "waiting", row.version + 1
    embed(hub, tenant)
    assert desk.calls() == before
    assert {state for _, state, _ in entries(hub, tenant)} == {"stored"}


def test_two_tenants_with_the_same_texts_have_their_own_vectors_and_each_pays_once(hub: Hub, desk: VoyageDesk) -> None:
    one, other = shop(hub, invoices=2), shop(hub, invoices=2)
    embed(hub, one)
    assert passages(hub, one) == (2, 3)
    assert passages(hub, other) == (0, 0)
    embed(hub, other)
    assert passages(hub, other) == (2, 3)
    assert desk.paid().texts == 10
    for tenant in (one, other):
        assert memory_status(hub, tenant_id=tenant).spent_tokens == desk.paid().tokens // 2


def test_what_one_tenant_takes_out_stays_with_the_other(hub: Hub) -> None:
    one, other = shop(hub, invoices=1), shop(hub, invoices=1)
    for tenant in (one, other):
        embed(hub, tenant)
    void_invoice(hub, tenant_id=one, ref="I-0")
    embed(hub, one)
    assert passages(hub, one) == (0, 0)
    assert passages(hub, other) == (1, 2)
    with hub.database.tenant(other, read=True) as session:
        assert len(session.scalars(select(MemoryVector)).all()) == 3


def test_a_voided_invoice_leaves_the_memory_with_the_lines_that_no_other_has(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub, invoices=2, lines=2)
    embed(hub, tenant)
    assert passages(hub, tenant) == (2, 3)
    void_invoice(hub, tenant_id=tenant, ref="I-0")
    embed(hub, tenant)
    assert entries(hub, tenant) == [("invoice", "stored", "sent")]
    # Thing 1 is on the other invoice too.
    assert passages(hub, tenant) == (1, 2)
    with hub.database.tenant(tenant, read=True) as session:
        assert len(session.scalars(select(MemoryVector)).all()) == 3
        assert len(session.scalars(select(MemoryLine)).all()) == 2
    assert desk.paid().again == 0


def test_an_invoice_voided_before_it_was_embedded_never_is(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub, invoices=1)
    void_invoice(hub, tenant_id=tenant, ref="I-0")
    embed(hub, tenant)
    assert (entries(hub, tenant), desk.calls()) == ([], 0)


def test_an_invoice_wanted_anew_while_it_is_embedded_stays_open(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub, invoices=1)
    clock = hub.clock
    assert isinstance(clock, HandClock)
    clock.pass_time(GATHERED)
    desk.fault("slow", seconds=1.0)
    job = threading.Thread(target=embed_waiting, args=(hub, tenant))
    job.start()
    _wait_for_a_call(desk)
    mark_paid(hub, tenant_id=tenant, ref="I-0")
    job.join(30)
    assert entries(hub, tenant) == [("invoice", "waiting", "paid")]
    embed(hub, tenant)
    assert entries(hub, tenant) == [("invoice", "stored", "paid")]


def test_an_edit_changes_the_lines_when_it_is_embedded_next(hub: Hub) -> None:
    tenant = shop(hub, invoices=1, lines=2)
    embed(hub, tenant)
    changed = [
        {"item": "T-1", "quantity": "1", "unit_price": "120.00"},
        {"item": "T-9", "quantity": "1", "unit_price": "5.00"},
    ]
    save(hub, tenant, "invoice", "I-0", number="1000", status="SENT", lines=changed)
    mark_paid(hub, tenant_id=tenant, ref="I-0")
    embed(hub, tenant)
    assert passages(hub, tenant) == (1, 2)


def test_two_workers_at_once_one_does_the_work(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(hub, invoices=40, lines=3)
    clock = hub.clock
    assert isinstance(clock, HandClock)
    clock.pass_time(GATHERED)
    desk.fault("slow", seconds=1.0)
    workers = [threading.Thread(target=embed_waiting, args=(hub, tenant)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    paid = desk.paid()
    assert (paid.requests, paid.again) == (1, 0)
    assert {state for _, state, _ in entries(hub, tenant)} == {"stored"}


def test_lines_that_say_nothing_have_no_passage(hub: Hub) -> None:
    tenant = make_tenant(hub)
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "I-1", status="SENT", lines=[{"description": " ", "quantity": "1", "unit_price": "5"}])
    embed(hub, tenant)
    assert passages(hub, tenant) == (1, 0)


def test_the_time_of_a_job_is_limited_and_it_says_that_there_is_more(hub: Hub) -> None:
    tenant = shop(hub, invoices=3)
    clock = hub.clock
    assert isinstance(clock, HandClock)
    clock.pass_time(GATHERED)
    assert embed_waiting(hub, tenant, budget_seconds=0.0)
    assert {state for _, state, _ in entries(hub, tenant)} == {"waiting"}
    assert not embed_waiting(hub, tenant)
    assert {state for _, state, _ in entries(hub, tenant)} == {"stored"}


def _wait_for_a_call(desk: VoyageDesk) -> None:
    gone = threading.Event()
    for _ in range(200):
        if desk.calls():
            return
        gone.wait(0.02)
    raise AssertionError("Voyage was never asked")
