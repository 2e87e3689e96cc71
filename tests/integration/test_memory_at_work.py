"""The whole path as a process runs it: saved over services, woken by the scheduler, done by the actor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import HandClock, messages, save
from tests.integration.small_hub import within
from tests.memory_stage import VoyageDesk, entries, passages, remembering, remembering_settings, shop, voyage

from ledgerport import wiring
from ledgerport.actors import start_background
from ledgerport.contract import SystemClock
from ledgerport.services.memory.embed_waiting import JOB
from ledgerport.services.memory.mark_for_memory import GATHERED
from ledgerport.services.tick import Sent, tick
from ledgerport.services.void_invoice import void_invoice


@pytest.fixture
def desk() -> Iterator[VoyageDesk]:
    with voyage() as desk:
        yield desk


def test_what_is_sent_is_embedded_by_itself_and_what_is_voided_leaves(tmp_path: Path, desk: VoyageDesk) -> None:
    hub = wiring.build(remembering_settings(tmp_path, desk.url), clock=SystemClock())
    try:
        background = start_background(hub, threads=2)
        try:
            tenant = shop(hub, invoices=3)
            assert within(30, lambda: entries(hub, tenant) == [("invoice", "stored", "sent")] * 3)
            void_invoice(hub, tenant_id=tenant, ref="I-0")
            assert within(30, lambda: len(entries(hub, tenant)) == 2)
            assert passages(hub, tenant)[0] == 2
        finally:
            background.stop()
    finally:
        wiring.close(hub)
    assert desk.paid().again == 0


def test_the_scheduler_wakes_every_tenant_whose_documents_are_due(tmp_path: Path, desk: VoyageDesk) -> None:
    clock = HandClock()
    with remembering(remembering_settings(tmp_path, desk.url), clock) as hub:
        tenants = [shop(hub, invoices=1) for _ in range(3)]
        idle = shop(hub, invoices=0)
        messages(hub)
        tick(hub, Sent())
        assert messages(hub) == []
        clock.pass_time(GATHERED)
        tick(hub, Sent())
        assert messages(hub) == [(JOB, tenant) for tenant in tenants]
        assert idle not in tenants


def test_with_the_memory_off_the_scheduler_does_not_look(tmp_path: Path, desk: VoyageDesk) -> None:
    clock = HandClock()
    with remembering(remembering_settings(tmp_path, desk.url), clock) as hub:
        tenant = shop(hub, invoices=1)
        clock.pass_time(GATHERED)
    settings = remembering_settings(tmp_path, desk.url).model_copy(update={"rag_billing_embed_enabled": False})
    with remembering(settings, clock) as off:
        save(off, tenant, "invoice", "I-9", number="9", status="SENT")
        tick(off, Sent())
        assert messages(off) == []
        assert entries(off, tenant) == [("invoice", "waiting", "sent")]
