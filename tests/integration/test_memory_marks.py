"""When a document is wanted for the memory: on the way to SENT and when money comes in, in that very transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import make_hub, make_tenant, messages, save, sqlite_url
from tests.memory_stage import no_memory_needed

from ledgerport.contract import Kind
from ledgerport.db.models import EntryReason, EntryState, MemoryEntry
from ledgerport.services.batch import Batch
from ledgerport.services.context import Hub
from ledgerport.services.delete_payment import delete_payment
from ledgerport.services.mark_paid import mark_paid
from ledgerport.services.rejections import RecordRejected
from ledgerport.services.save_records import in_batch
from ledgerport.services.void_invoice import void_invoice


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    hub = make_hub(url)
    yield dataclasses.replace(hub, memory=no_memory_needed())
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    tenant = make_tenant(hub, promote_drafts=False)
    save(hub, tenant, "customer", "C-1")
    return tenant


def entries(hub: Hub, tenant: int) -> list[tuple[str, str, str, int]]:
    """(kind, state, reason, version) of what the memory wants, in the order in which it was first wanted."""
    with hub.database.tenant(tenant, read=True) as session:
        rows = session.scalars(select(MemoryEntry).order_by(MemoryEntry.id))
        return [(str(row.kind), str(row.state), str(row.reason), row.version) for row in rows]


def settle(hub: Hub, tenant: int, state: EntryState = EntryState.STORED) -> None:
    """As if a job had embedded everything."""
    with hub.database.tenant(tenant) as session:
        for row in session.scalars(select(MemoryEntry)):
            row.state = state


def pay(hub: Hub, tenant: int, ref: str, *amounts: str, **more: Any) -> None:
    parts = [{"invoice": f"I-{at}", "amount": amount} for at, amount in enumerate(amounts, start=1)]
    save(hub, tenant, "payment", ref, **{"amount": "100.00", **more}, allocations=parts)


def test_an_invoice_saved_as_sent_is_wanted(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", status="SENT")
    assert entries(hub, tenant) == [("invoice", "waiting", "sent", 1)]


def test_an_estimate_saved_as_sent_is_wanted(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "estimate", "E-1", status="SENT")
    assert entries(hub, tenant) == [("estimate", "waiting", "sent", 1)]


def test_a_draft_is_wanted_by_nobody_until_it_is_sent(hub: Hub, tenant: int) -> None:
    for price in ("100.00", "110.00"):
        save(hub, tenant, "invoice", "I-1", status="DRAFT", lines=[_line(price)])
    assert entries(hub, tenant) == []
    save(hub, tenant, "invoice", "I-1", status="SENT", lines=[_line("110.00")])
    assert entries(hub, tenant) == [("invoice", "waiting", "sent", 1)]


def test_a_draft_that_the_tenant_wants_promoted_is_sent_and_so_it_is_wanted(hub: Hub) -> None:
    tenant = make_tenant(hub, promote_drafts=True)
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "I-1", status="DRAFT")
    assert entries(hub, tenant) == [("invoice", "waiting", "sent", 1)]


def test_a_sent_invoice_that_is_saved_again_or_changed_is_not_wanted_anew(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", status="SENT")
    settle(hub, tenant)
    save(hub, tenant, "invoice", "I-1", status="SENT")
    save(hub, tenant, "invoice", "I-1", status="SENT", lines=[_line("120.00")])
    assert entries(hub, tenant) == [("invoice", "stored", "sent", 1)]


def test_customers_and_items_are_wanted_by_nobody(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "item", "I-1")
    assert entries(hub, tenant) == []


def test_a_payment_wants_its_invoices_again(hub: Hub, tenant: int) -> None:
    for ref in ("I-1", "I-2", "I-3"):
        save(hub, tenant, "invoice", ref, status="SENT")
    settle(hub, tenant)
    pay(hub, tenant, "P-1", "60.00", "40.00")
    assert entries(hub, tenant) == [
        ("invoice", "waiting", "paid", 2),
        ("invoice", "waiting", "paid", 2),
        ("invoice", "stored", "sent", 1),
    ]


def test_a_payment_saved_again_or_dated_otherwise_wants_nothing_one_of_another_amount_does(
    hub: Hub, tenant: int
) -> None:
    save(hub, tenant, "invoice", "I-1", status="SENT")
    pay(hub, tenant, "P-1", "60.00")
    settle(hub, tenant)
    pay(hub, tenant, "P-1", "60.00")
    pay(hub, tenant, "P-1", "60.00", paid_on="2026-05-05")
    assert entries(hub, tenant) == [("invoice", "stored", "paid", 2)]
    pay(hub, tenant, "P-1", "100.00", paid_on="2026-05-05")
    assert entries(hub, tenant) == [("invoice", "waiting", "paid", 3)]


def test_marking_an_invoice_paid_wants_it_and_deleting_the_payment_does_not(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", status="SENT")
    paid = mark_paid(hub, tenant_id=tenant, ref="I-1")
    settle(hub, tenant)
    delete_payment(hub, tenant_id=tenant, ref=paid.payment)
    assert entries(hub, tenant) == [("invoice", "stored", "paid", 2)]


def test_a_voided_invoice_is_to_leave_the_memory(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", status="SENT")
    void_invoice(hub, tenant_id=tenant, ref="I-1")
    assert entries(hub, tenant) == [("invoice", "removing", "voided", 2)]


def test_voiding_what_the_memory_never_had_writes_nothing(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", status="DRAFT")
    void_invoice(hub, tenant_id=tenant, ref="I-1")
    assert entries(hub, tenant) == []


def test_what_somebody_had_forgotten_is_not_wanted_again_by_a_payment(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", status="SENT")
    settle(hub, tenant, EntryState.FORGOTTEN)
    pay(hub, tenant, "P-1", "60.00")
    assert entries(hub, tenant) == [("invoice", "forgotten", "sent", 1)]


def test_a_refused_record_wants_nothing(hub: Hub, tenant: int) -> None:
    with pytest.raises(RecordRejected):
        save(hub, tenant, "invoice", "I-1", status="SENT", customer="nobody")
    assert entries(hub, tenant) == []


def test_the_row_goes_with_its_transaction(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "I-1", status="DRAFT")

    def act(batch: Batch) -> None:
        batch.remember(Kind.INVOICE, [1], EntryReason.SENT)

    def fail(batch: Batch) -> None:
        act(batch)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_batch(hub, tenant, fail)
    assert entries(hub, tenant) == []
    in_batch(hub, tenant, act)
    assert entries(hub, tenant) == [("invoice", "waiting", "sent", 1)]


def test_no_message_is_sent_for_it_the_scheduler_wakes_the_job(hub: Hub, tenant: int) -> None:
    messages(hub)
    save(hub, tenant, "invoice", "I-1", status="SENT")
    assert messages(hub) == []


def test_with_the_memory_off_no_row_is_written(hub: Hub, tenant: int) -> None:
    off = dataclasses.replace(hub, memory=None)
    save(off, tenant, "invoice", "I-1", status="SENT")
    pay(off, tenant, "P-1", "60.00")
    assert entries(hub, tenant) == []


def _line(price: str) -> dict[str, str]:
    return {"description": "Work", "quantity": "1", "unit_price": price}
