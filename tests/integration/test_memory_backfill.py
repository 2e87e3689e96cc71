"""The backfill does what its estimate said, once; rebuilding pays nothing; what is forgotten stays out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.factories import HandClock, make_tenant, messages, save
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

from ledgerport.contract import Kind
from ledgerport.db.models import MemoryEntry, MemoryLine, MemoryVector
from ledgerport.db.repositories import memory_work
from ledgerport.services.context import Hub
from ledgerport.services.mark_paid import mark_paid
from ledgerport.services.memory.backfill import BackfillView, show_backfill, start_backfill, work_backfill
from ledgerport.services.memory.embed_waiting import embed_waiting
from ledgerport.services.memory.estimate_backfill import Estimate, estimate_backfill
from ledgerport.services.memory.forget import forget_record, forget_tenant
from ledgerport.services.memory.memory_status import memory_status
from ledgerport.services.memory.rebuild import rebuild
from ledgerport.services.rejections import BadChoice, Conflict, NotFound
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


def off(hub: Hub) -> Hub:
    return dataclasses.replace(hub, memory=None)


def pass_time(hub: Hub, seconds: float) -> None:
    assert isinstance(hub.clock, HandClock)
    hub.clock.pass_time(timedelta(seconds=seconds))


def backfilled(hub: Hub, tenant: int) -> tuple[Estimate, BackfillView]:
    estimate = estimate_backfill(hub, tenant_id=tenant)
    start_backfill(hub, tenant_id=tenant, estimate=estimate, by="ann")
    return estimate, work_backfill(hub, tenant_id=tenant)


def test_what_was_sent_before_the_memory_was_on_is_embedded_as_estimated(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=30, lines=3, estimates=5)
    save(off(hub), tenant, "invoice", "DRAFT", status="SENT", number="77")
    void_invoice(off(hub), tenant_id=tenant, ref="DRAFT")
    estimate, done = backfilled(hub, tenant)
    paid = desk.paid()
    # 35 documents, and a line text of each of 20 things.
    assert (estimate.documents, estimate.unchanged, estimate.texts) == (35, 0, 55)
    assert (done.documents, done.done, done.waiting, done.failed) == (35, 35, 0, 0)
    assert (paid.texts, paid.again) == (55, 0)
    assert (done.tokens, done.paid_tokens) == (estimate.tokens, paid.tokens)
    assert done.finished_at is not None
    assert passages(hub, tenant) == (35, 20)


def test_the_estimate_shows_its_arithmetic_and_sends_nothing(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=30)
    estimate = estimate_backfill(hub, tenant_id=tenant)
    assert estimate.dollars == estimate.tokens * Decimal("0.06") / 1_000_000
    assert (estimate.model, estimate.price) == ("voyage-3.5", Decimal("0.06"))
    assert desk.calls() == 0
    assert entries(hub, tenant) == []
    told: list[tuple[int, int]] = []
    estimate_backfill(hub, tenant_id=tenant, progress=lambda done, total: told.append((done, total)))
    assert told == [(30, 30)]


def test_the_estimated_tokens_are_near_those_paid(hub: Hub) -> None:
    tenant = shop(off(hub), invoices=40, lines=5)
    estimate, done = backfilled(hub, tenant)
    assert 0.5 < done.paid_tokens / estimate.tokens < 2.0


def test_a_second_backfill_embeds_nothing(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=30, estimates=2)
    backfilled(hub, tenant)
    calls = desk.calls()
    estimate, done = backfilled(hub, tenant)
    assert (estimate.documents, estimate.unchanged, estimate.texts, estimate.tokens) == (0, 32, 0, 0)
    assert (done.documents, done.paid_tokens) == (0, 0)
    assert done.finished_at is not None
    assert desk.calls() == calls


def test_it_takes_up_what_was_changed_since_and_pays_for_that_alone(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=6, lines=1)
    backfilled(hub, tenant)
    before = desk.paid().texts
    pass_time(hub, 60)
    save(off(hub), tenant, "invoice", "I-0", number="1000", status="SENT", lines=[_line("Relined the sewer")])
    save(off(hub), tenant, "item", "T-5", name="Faucet, brass", type="service", price="105.00")
    save(off(hub), tenant, "invoice", "I-7", number="1007", status="SENT", lines=[_line("Relined the sewer")])
    void_invoice(off(hub), tenant_id=tenant, ref="I-1")
    estimate, done = backfilled(hub, tenant)
    # Changed, with a changed item, new: three documents and two things.
    assert (estimate.documents, estimate.unchanged, estimate.texts) == (3, 3, 5)
    assert done.documents == 3
    assert desk.paid().texts == before + 5
    assert passages(hub, tenant) == (6, 5)


def test_a_customer_who_moved_changes_the_texts_of_their_documents(hub: Hub) -> None:
    tenant = shop(off(hub), invoices=3)
    backfilled(hub, tenant)
    pass_time(hub, 60)
    save(off(hub), tenant, "customer", "C-1", name="Jon Doe", type="business", address={"city": "Waco", "region": "TX"})
    assert estimate_backfill(hub, tenant_id=tenant).documents == 3
    save(
        off(hub), tenant, "customer", "C-1", name="Jon D.", type="business", address={"city": "Austin", "region": "TX"}
    )
    estimate, _ = backfilled(hub, tenant)
    # Looked at, and found to be as it was.
    assert (estimate.documents, estimate.texts) == (3, 0)
    assert estimate_backfill(hub, tenant_id=tenant).documents == 0


def test_another_model_has_vectors_of_its_own(hub: Hub, desk: VoyageDesk, tmp_path: Path) -> None:
    tenant = shop(off(hub), invoices=3)
    backfilled(hub, tenant)
    assert hub.memory is not None
    hub.memory.close()
    url = hub.database.engine.url.render_as_string(hide_password=False)
    settings = remembering_settings(tmp_path, desk.url, url, model="voyage-3.5-lite")
    with remembering(settings, hub.clock) as other:
        assert memory_status(other, tenant_id=tenant).documents == 0
        estimate, done = backfilled(other, tenant)
        assert (estimate.documents, done.waiting) == (3, 0)
        assert passages(other, tenant) == (3, 4)
    assert passages(hub, tenant) == (3, 4)


def test_progress_is_told_and_kept_for_whoever_looks(hub: Hub) -> None:
    tenant = shop(off(hub), invoices=1000, lines=1)
    assert show_backfill(hub, tenant_id=tenant) is None
    started = start_backfill(hub, tenant_id=tenant, by="ann")
    assert (started.documents, started.waiting, started.requested_by) == (1000, 1000, "ann")
    told: list[int] = []
    work_backfill(hub, tenant_id=tenant, progress=lambda view: told.append(view.done))
    assert told == sorted(told)
    assert told[-1] == 1000
    assert len(set(told)) > 2


def test_started_twice_it_goes_on_where_it_was(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=500, lines=1)
    start_backfill(hub, tenant_id=tenant)
    desk.fault("status", status=503, skip=1)
    assert not embed_waiting(hub, tenant)
    half = show_backfill(hub, tenant_id=tenant)
    assert half is not None and 0 < half.waiting < 500
    estimate = estimate_backfill(hub, tenant_id=tenant)
    assert estimate.documents == half.waiting
    again = start_backfill(hub, tenant_id=tenant, estimate=estimate)
    assert (again.documents, again.waiting, again.reason) == (500, half.waiting, "")
    done = work_backfill(hub, tenant_id=tenant)
    assert done.waiting == 0
    assert done.paid_tokens == desk.paid().tokens
    assert desk.paid().again == 0


def test_it_says_why_it_does_not_end(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=3)
    start_backfill(hub, tenant_id=tenant)
    desk.fault("status", status=401, count=None)
    view = work_backfill(hub, tenant_id=tenant)
    assert (view.waiting, view.needs_person) == (3, True)
    assert "LEDGERPORT_MEMORY__API_KEY" in view.reason


def test_the_job_is_woken_by_a_message(hub: Hub) -> None:
    tenant = shop(off(hub), invoices=3)
    start_backfill(hub, tenant_id=tenant)
    assert messages(hub) == [("memory.embed", tenant)]


def test_rebuilding_fills_an_empty_index_without_paying(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=30, estimates=2)
    backfilled(hub, tenant)
    calls = desk.calls()
    assert hub.memory is not None
    hub.memory.index.drop(tenant)
    assert passages(hub, tenant) == (0, 0)
    assert rebuild(hub, tenant_id=tenant) == 32
    embed(hub, tenant)
    assert passages(hub, tenant) == (32, 20)
    assert desk.calls() == calls
    assert {state for _, state, _ in entries(hub, tenant)} == {"stored"}


def test_rebuilding_keeps_in_mind_what_was_changed_before(hub: Hub) -> None:
    tenant = shop(off(hub), invoices=3)
    backfilled(hub, tenant)
    pass_time(hub, 60)
    save(off(hub), tenant, "invoice", "I-0", number="1000", status="SENT", lines=[_line("Relined the sewer")])
    rebuild(hub, tenant_id=tenant)
    embed(hub, tenant)
    assert estimate_backfill(hub, tenant_id=tenant).documents == 1


def test_rebuilding_waits_for_nobody_for_ever(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = shop(hub, invoices=3)
    with hub.database.everything() as session:
        assert memory_work.take(session, tenant, None) is not None
    monkeypatch.setattr("ledgerport.services.memory.taken._PATIENCE", 0.2)
    with pytest.raises(Conflict):
        rebuild(hub, tenant_id=tenant)


def test_a_forgotten_record_leaves_the_memory_and_stays_out(hub: Hub, desk: VoyageDesk) -> None:
    tenant = shop(off(hub), invoices=3, lines=1)
    backfilled(hub, tenant)
    forget_record(hub, tenant_id=tenant, kind=Kind.INVOICE, ref="I-1")
    embed(hub, tenant)
    assert passages(hub, tenant) == (2, 2)
    assert _vectors(hub, tenant) == 4
    mark_paid(hub, tenant_id=tenant, ref="I-1")
    estimate, _ = backfilled(hub, tenant)
    assert (estimate.documents, estimate.unchanged) == (0, 2)
    assert passages(hub, tenant) == (2, 2)
    assert memory_status(hub, tenant_id=tenant).forgotten == 1


def test_a_record_that_was_never_remembered_can_be_kept_out(hub: Hub) -> None:
    tenant = shop(off(hub), invoices=3)
    forget_record(hub, tenant_id=tenant, kind=Kind.INVOICE, ref="I-1")
    embed(hub, tenant)
    assert estimate_backfill(hub, tenant_id=tenant).documents == 2


def test_only_documents_that_are_there_can_be_forgotten(hub: Hub) -> None:
    tenant, other = shop(off(hub), invoices=1), make_tenant(hub)
    with pytest.raises(NotFound):
        forget_record(hub, tenant_id=other, kind=Kind.INVOICE, ref="I-0")
    with pytest.raises(BadChoice):
        forget_record(hub, tenant_id=tenant, kind=Kind.PAYMENT, ref="I-0")


def test_a_tenant_is_forgotten_and_another_is_not(hub: Hub) -> None:
    one, other = (shop(off(hub), invoices=3) for _ in range(2))
    for tenant in (one, other):
        backfilled(hub, tenant)
    spent = memory_status(hub, tenant_id=one).spent_tokens
    forget_tenant(hub, tenant_id=one)
    assert (passages(hub, one), passages(hub, other)) == ((0, 0), (3, 4))
    with hub.database.tenant(one, read=True) as session:
        for model in (MemoryEntry, MemoryLine, MemoryVector):
            assert session.scalar(select(func.count()).select_from(model)) == 0
    assert _vectors(hub, other) == 7
    status = memory_status(hub, tenant_id=one)
    assert (status.documents, status.spent_tokens) == (0, spent)
    backfilled(hub, one)
    assert passages(hub, one) == (3, 4)


def test_with_the_memory_off_every_act_says_so(hub: Hub) -> None:
    tenant = make_tenant(hub)
    for act in (estimate_backfill, start_backfill, show_backfill, rebuild, forget_tenant, memory_status):
        with pytest.raises(Conflict):
            act(off(hub), tenant_id=tenant)
    assert not embed_waiting(off(hub), tenant)


def _vectors(hub: Hub, tenant: int) -> int:
    with hub.database.tenant(tenant, read=True) as session:
        return session.scalar(select(func.count()).select_from(MemoryVector)) or 0


def _line(description: str) -> dict[str, str]:
    return {"description": description, "quantity": "1", "unit_price": "5.00"}
