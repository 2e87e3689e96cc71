"""Saving records: what is kept, what is refused, and which tasks are opened, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import (
    HandClock,
    count,
    link,
    make_connection,
    make_hub,
    make_tenant,
    messages,
    save,
    set_tasks,
    sqlite_url,
    tasks,
)

from ledgerport.db.models import Allocation, Connection, Invoice, Item, Payment, Task
from ledgerport.services.batch import Change
from ledgerport.services.context import Hub
from ledgerport.services.rejections import RecordRejected


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    hub = make_hub(url)
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub)


def refusal(hub: Hub, tenant: int, kind: str, ref: str, **data: Any) -> tuple[str, str]:
    with pytest.raises(RecordRejected) as refused:
        save(hub, tenant, kind, ref, **data)
    return refused.value.rejected.field, refused.value.rejected.reason


def test_a_new_customer_is_kept_and_its_email_is_keyed_without_case(hub: Hub, tenant: int) -> None:
    saved = save(hub, tenant, "customer", "C-1", name="Jon Doe", email=" J.Doe@Example.com ")
    again = save(hub, tenant, "customer", "C-1", name="Jon Doe", email="J.Doe@Example.com")
    assert saved.change is Change.CREATED
    assert again.change is Change.UNCHANGED
    assert again.record_id == saved.record_id


def test_a_save_opens_one_task_makes_the_connection_due_and_wakes_it_once(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    one = save(hub, tenant, "item", "I-1")
    two = save(hub, tenant, "item", "I-2")
    assert tasks(hub, tenant) == [
        ("item", one.record_id, "push", "waiting"),
        ("item", two.record_id, "push", "waiting"),
    ]
    assert messages(hub) == [("sync.drain", connection)]
    with hub.database.tenant(tenant) as session:
        assert session.get_one(Connection, connection).due_at == hub.clock.now()


def test_ten_edits_are_one_task(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    for cents in range(10):
        save(hub, tenant, "item", "I-1", price=f"1.0{cents}")
    assert len(tasks(hub, tenant)) == 1


def test_a_record_saved_without_a_change_opens_no_task(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    save(hub, tenant, "customer", "C-1")
    invoice = save(hub, tenant, "invoice", "INV-1")
    link(hub, tenant, connection, "invoice", invoice.record_id, "77")
    assert save(hub, tenant, "invoice", "INV-1").change is Change.UNCHANGED
    assert ("invoice", invoice.record_id, "push", "waiting") not in tasks(hub, tenant)


def test_an_edit_while_a_task_is_being_sent_opens_the_next_one(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    item = save(hub, tenant, "item", "I-1")
    set_tasks(hub, tenant, state="sending")
    save(hub, tenant, "item", "I-1", price="2.00")
    assert tasks(hub, tenant) == [
        ("item", item.record_id, "push", "sending"),
        ("item", item.record_id, "push", "waiting"),
    ]


def test_an_edit_while_being_sent_is_not_lost_when_auto_sync_is_off(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    save(hub, tenant, "item", "I-1")
    set_tasks(hub, tenant, state="sending")
    with hub.database.tenant(tenant) as session:
        session.get_one(Connection, connection).auto_sync = False
    save(hub, tenant, "item", "I-1", price="2.00")
    save(hub, tenant, "item", "I-2")
    assert [state for *_, state in tasks(hub, tenant)] == ["sending", "waiting"]


def test_an_edit_frees_a_blocked_task_of_its_reason(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "item", "I-1")
    set_tasks(hub, tenant, state="blocked", reason="No account.", reason_code="unmapped_item", blocked_on="item:1")
    save(hub, tenant, "item", "I-1", price="2.00")
    with hub.database.tenant(tenant) as session:
        task = session.scalars(select(Task)).one()
        assert (task.state, task.reason, task.reason_code, task.blocked_on, task.reason_data) == (
            "waiting",
            "",
            "",
            "",
            {},
        )


def test_a_kind_that_is_turned_off_opens_no_task(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant, sync_items=False)
    save(hub, tenant, "item", "I-1")
    save(hub, tenant, "customer", "C-1")
    assert [kind for kind, *_ in tasks(hub, tenant)] == ["customer"]


def test_a_disconnected_connection_gets_no_tasks_and_a_paused_one_no_message(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant, "alpha", state="disconnected")
    make_connection(hub, tenant, "beta", state="paused")
    save(hub, tenant, "item", "I-1")
    assert len(tasks(hub, tenant)) == 1
    assert messages(hub) == []


def test_a_connection_that_is_due_later_is_due_now(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant, due_at=hub.clock.now() + timedelta(minutes=5))
    save(hub, tenant, "item", "I-1")
    assert messages(hub) == [("sync.drain", connection)]


def test_an_invoice_total_is_lines_less_discount_plus_tax(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    lines = [{"quantity": "1.5", "unit_price": "33.33"}, {"quantity": 2, "unit_price": "0.125"}]
    save(hub, tenant, "invoice", "INV-1", lines=lines, discount="5.00", tax="2.10")
    with hub.database.tenant(tenant) as session:
        invoice = session.scalars(select(Invoice)).one()
        assert [line.amount for line in invoice.lines] == [Decimal("50.00"), Decimal("0.25")]
        assert invoice.total == Decimal("47.35")


def test_a_draft_is_promoted_to_sent_and_so_syncs(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "customer", "C-1")
    invoice = save(hub, tenant, "invoice", "INV-1", status="DRAFT")
    assert ("invoice", invoice.record_id, "push", "waiting") in tasks(hub, tenant)


def test_a_draft_stays_a_draft_where_the_tenant_wants_it(hub: Hub) -> None:
    tenant = make_tenant(hub, promote_drafts=False)
    make_connection(hub, tenant)
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1", status="DRAFT")
    save(hub, tenant, "estimate", "EST-1", status="DRAFT")
    assert [kind for kind, *_ in tasks(hub, tenant)] == ["customer"]
    save(hub, tenant, "invoice", "INV-1", status="SENT")
    assert [kind for kind, *_ in tasks(hub, tenant)] == ["customer", "invoice"]


def test_a_sent_invoice_cannot_become_a_draft_again(hub: Hub) -> None:
    tenant = make_tenant(hub, promote_drafts=False)
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1", status="SENT")
    field, reason = refusal(hub, tenant, "invoice", "INV-1", status="DRAFT")
    assert field == "status"
    assert reason == "Invoice INV-1: it was sent and cannot become a draft again"


def test_references_to_unknown_records_are_refused_by_name(hub: Hub, tenant: int) -> None:
    field, reason = refusal(hub, tenant, "invoice", "INV-1", customer="C-9")
    assert (field, reason) == ("customer", "Invoice INV-1: customer C-9 is not known here")
    save(hub, tenant, "customer", "C-1")
    lines = [{"quantity": "1", "unit_price": "1"}, {"item": "I-9", "quantity": "1", "unit_price": "1"}]
    field, reason = refusal(hub, tenant, "invoice", "INV-1", lines=lines)
    assert (field, reason) == ("lines[1].item", "Invoice INV-1: line 2 names item I-9, which is not known here")


def test_a_line_amount_that_does_not_multiply_is_refused_with_both_figures(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    lines = [{"quantity": "3", "unit_price": "1.10", "amount": "3.31"}]
    field, reason = refusal(hub, tenant, "invoice", "INV-1", lines=lines)
    assert field == "lines[0].amount"
    assert reason == "Invoice INV-1: line 1 says 3.31, but 3 x 1.10 is 3.30 USD"


def test_amounts_have_the_currency_s_places(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    field, reason = refusal(hub, tenant, "invoice", "INV-1", discount="0.005")
    assert (field, reason) == ("discount", "Invoice INV-1: discount 0.005 has more decimals than USD has")
    field, _ = refusal(hub, tenant, "invoice", "INV-2", currency="JPY", tax="0.5")
    assert field == "tax"


def test_edited_lines_replace_the_old_ones(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1")
    lines = [{"quantity": "2", "unit_price": "7.00"}, {"quantity": "1", "unit_price": "1.00"}]
    assert save(hub, tenant, "invoice", "INV-1", lines=lines).change is Change.UPDATED
    with hub.database.tenant(tenant) as session:
        invoice = session.scalars(select(Invoice)).one()
        assert [(line.position, line.amount) for line in invoice.lines] == [(1, Decimal("14.00")), (2, Decimal("1.00"))]
        assert invoice.total == Decimal("15.00")


def test_a_payment_over_two_invoices_opens_one_task_for_each(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1")
    save(hub, tenant, "invoice", "INV-2")
    parts = [{"invoice": "INV-1", "amount": "100.00"}, {"invoice": "INV-2", "amount": "50.00"}]
    save(hub, tenant, "payment", "P-1", amount="150.00", allocations=parts)
    with hub.database.tenant(tenant) as session:
        ids = list(session.scalars(select(Allocation.id).order_by(Allocation.id)))
    assert [task for task in tasks(hub, tenant) if task[0] == "payment"] == [
        ("payment", ids[0], "push", "waiting"),
        ("payment", ids[1], "push", "waiting"),
    ]


def test_an_invoice_cannot_be_paid_above_its_total(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1")
    save(hub, tenant, "payment", "P-1", amount="60.00", allocations=[{"invoice": "INV-1", "amount": "60.00"}])
    field, reason = refusal(
        hub, tenant, "payment", "P-2", amount="60.00", allocations=[{"invoice": "INV-1", "amount": "60.00"}]
    )
    assert field == "allocations[0].amount"
    assert reason == (
        "Payment P-2: 60.00 USD is more than invoice INV-1 has open: "
        "its total is 100.00, of which 60.00 is paid already"
    )


def test_a_payment_cannot_apply_more_than_came_in(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1")
    parts = [{"invoice": "INV-1", "amount": "60.00"}]
    assert refusal(hub, tenant, "payment", "P-1", amount="59.99", allocations=parts)[0] == "allocations"


def test_a_payment_on_another_customer_s_invoice_is_refused(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "customer", "C-2")
    save(hub, tenant, "invoice", "INV-1", customer="C-1")
    field, reason = refusal(
        hub, tenant, "payment", "P-1", customer="C-2", allocations=[{"invoice": "INV-1", "amount": "1.00"}]
    )
    assert (field, reason) == ("allocations[0].invoice", "Payment P-1: invoice INV-1 is not customer C-2's")


def test_an_invoice_cannot_fall_below_what_is_paid(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1")
    save(hub, tenant, "payment", "P-1", allocations=[{"invoice": "INV-1", "amount": "100.00"}])
    lines = [{"quantity": "1", "unit_price": "99.99"}]
    field, reason = refusal(hub, tenant, "invoice", "INV-1", lines=lines)
    assert field == "lines"
    assert reason == "Invoice INV-1: its new total is 99.99 USD, but 100.00 USD is paid already"


def test_another_amount_on_the_same_invoice_updates_the_same_remote_payment(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    allocation = one_paid_invoice(hub, tenant)
    link(hub, tenant, connection, "payment", allocation, "900")
    save(hub, tenant, "payment", "P-1", allocations=[{"invoice": "INV-1", "amount": "40.00"}])
    assert tasks(hub, tenant)[-1] == ("payment", allocation, "push", "waiting")
    with hub.database.tenant(tenant) as session:
        assert session.scalars(select(Allocation)).one().amount == Decimal("40.00")


def test_an_allocation_that_never_left_is_forgotten(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    one_paid_invoice(hub, tenant)
    save(hub, tenant, "payment", "P-1", allocations=[])
    assert count(hub, tenant, Allocation) == 0
    assert not [task for task in tasks(hub, tenant) if task[0] == "payment"]


def test_an_allocation_in_the_books_is_deleted_there(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    make_connection(hub, tenant, "beta", sync_payments=True)
    allocation = one_paid_invoice(hub, tenant)
    link(hub, tenant, connection, "payment", allocation, "900")
    save(hub, tenant, "payment", "P-1", allocations=[])
    with hub.database.tenant(tenant) as session:
        assert session.scalars(select(Allocation)).one().removed_at == hub.clock.now()
        deletes = session.scalars(select(Task).where(Task.op == "delete")).all()
        assert [(task.connection_id, task.record_id) for task in deletes] == [(connection, allocation)]


def test_an_allocation_being_sent_is_deleted_afterwards(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    allocation = one_paid_invoice(hub, tenant)
    set_tasks(hub, tenant, state="sending")
    save(hub, tenant, "payment", "P-1", allocations=[])
    assert tasks(hub, tenant)[-1] == ("payment", allocation, "delete", "waiting")


def test_a_removed_allocation_that_comes_back_is_not_deleted(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    allocation = one_paid_invoice(hub, tenant)
    link(hub, tenant, connection, "payment", allocation, "900")
    save(hub, tenant, "payment", "P-1", allocations=[])
    save(hub, tenant, "payment", "P-1", allocations=[{"invoice": "INV-1", "amount": "70.00"}])
    open_tasks = [task for task in tasks(hub, tenant) if task[0] == "payment" and task[3] == "waiting"]
    assert open_tasks == [("payment", allocation, "push", "waiting")]
    with hub.database.tenant(tenant) as session:
        row = session.scalars(select(Allocation)).one()
        assert (row.amount, row.removed_at) == (Decimal("70.00"), None)


def test_a_changed_payment_date_sends_every_allocation_again(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    allocation = one_paid_invoice(hub, tenant)
    link(hub, tenant, connection, "payment", allocation, "900")
    save(hub, tenant, "payment", "P-1", paid_on="2026-05-05", allocations=[{"invoice": "INV-1", "amount": "100.00"}])
    assert tasks(hub, tenant)[-1] == ("payment", allocation, "push", "waiting")


def test_tenants_keep_equal_refs_apart(hub: Hub, tenant: int) -> None:
    other = make_tenant(hub)
    make_connection(hub, other)
    save(hub, tenant, "item", "I-1", price="1.00")
    save(hub, other, "item", "I-1", price="2.00")
    save(hub, other, "item", "I-1", price="3.00")
    with hub.database.tenant(tenant) as session:
        assert session.scalars(select(Item)).one().price == Decimal("1.00")
    assert tasks(hub, tenant) == []
    assert count(hub, other, Payment) == 0


def one_paid_invoice(hub: Hub, tenant: int) -> int:
    """Customer C-1 with invoice INV-1 over 100.00, paid in full by P-1; the allocation's id."""
    save(hub, tenant, "customer", "C-1")
    save(hub, tenant, "invoice", "INV-1")
    save(hub, tenant, "payment", "P-1", allocations=[{"invoice": "INV-1", "amount": "100.00"}])
    with hub.database.tenant(tenant) as session:
        return session.scalars(select(Allocation.id)).one()


def test_the_clock_of_a_save_is_the_hub_s(hub: Hub, tenant: int) -> None:
    assert isinstance(hub.clock, HandClock)
    save(hub, tenant, "item", "I-1")
    hub.clock.pass_time(timedelta(hours=1))
    save(hub, tenant, "item", "I-1", price="1.00")
    with hub.database.tenant(tenant) as session:
        item = session.scalars(select(Item)).one()
        assert item.updated_at - item.created_at == timedelta(hours=1)
