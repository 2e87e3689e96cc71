"""What is done with saved records: mark paid, void, delete, sync, show; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

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

from ledgerport.contract import Kind
from ledgerport.db.models import (
    Allocation,
    ConnectionState,
    Invoice,
    Payment,
    Priority,
    Task,
)
from ledgerport.services.context import Hub
from ledgerport.services.delete_payment import delete_payment
from ledgerport.services.mark_paid import mark_paid
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.show_connections import change_toggles
from ledgerport.services.show_records import list_records, show_record
from ledgerport.services.switch_provider import list_providers, switch_provider
from ledgerport.services.sync_connection import sync_connection
from ledgerport.services.sync_invoice import sync_invoice
from ledgerport.services.views import BookState, InvoiceView, ItemView
from ledgerport.services.void_invoice import void_invoice


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    hub = make_hub(url)
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    tenant = make_tenant(hub)
    save(hub, tenant, "customer", "C-1")
    return tenant


# --- paying, voiding, deleting ----------------------------------------------------------------------------------------


def test_mark_paid_pays_the_open_balance_once(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "INV-1")
    save(hub, tenant, "payment", "P-1", amount="30.00", allocations=[{"invoice": "INV-1", "amount": "30.00"}])
    paid = mark_paid(hub, tenant_id=tenant, ref="INV-1")
    again = mark_paid(hub, tenant_id=tenant, ref="INV-1")
    assert (paid.payment, paid.amount, paid.already_paid) == ("paid-INV-1", Decimal("70.00"), False)
    assert (again.payment, again.amount, again.already_paid) == ("", Decimal("0.00"), True)
    assert count(hub, tenant, Payment) == 2


def test_an_invoice_raised_after_it_was_marked_paid_is_marked_paid_again(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "INV-1")
    mark_paid(hub, tenant_id=tenant, ref="INV-1")
    save(hub, tenant, "invoice", "INV-1", lines=[{"quantity": "1", "unit_price": "120.00"}])
    paid = mark_paid(hub, tenant_id=tenant, ref="INV-1")
    assert (paid.payment, paid.amount) == ("paid-INV-1-2", Decimal("20.00"))


def test_a_paid_invoice_cannot_be_voided(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "INV-1")
    mark_paid(hub, tenant_id=tenant, ref="INV-1")
    with pytest.raises(Conflict, match=r"Invoice INV-1 has 100.00 USD paid on it by paid-INV-1\.") as refused:
        void_invoice(hub, tenant_id=tenant, ref="INV-1")
    assert refused.value.next_step.startswith("Delete these payments")


def test_a_void_of_an_invoice_in_the_books_is_carried_there(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    invoice = save(hub, tenant, "invoice", "INV-1")
    link(hub, tenant, connection, "invoice", invoice.record_id, "77")
    void_invoice(hub, tenant_id=tenant, ref="INV-1")
    assert tasks(hub, tenant)[-1] == ("invoice", invoice.record_id, "void", "waiting")


def test_a_void_of_an_invoice_that_never_left_drops_its_task(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "INV-1")
    void_invoice(hub, tenant_id=tenant, ref="INV-1")
    assert [task for task in tasks(hub, tenant) if task[0] == "invoice"] == []


def test_a_deleted_payment_leaves_its_invoices_open(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    save(hub, tenant, "invoice", "INV-1")
    mark_paid(hub, tenant_id=tenant, ref="INV-1")
    with hub.database.tenant(tenant) as session:
        allocation = session.scalars(select(Allocation.id)).one()
    link(hub, tenant, connection, "payment", allocation, "900")
    delete_payment(hub, tenant_id=tenant, ref="paid-INV-1")
    shown = show_record(hub, tenant_id=tenant, kind=Kind.INVOICE, ref="INV-1")
    assert isinstance(shown, InvoiceView)
    assert (shown.paid, shown.open) == (Decimal("0.00"), Decimal("100.00"))
    assert tasks(hub, tenant)[-1] == ("payment", allocation, "delete", "waiting")
    with pytest.raises(NotFound):
        show_record(hub, tenant_id=tenant, kind=Kind.PAYMENT, ref="paid-INV-1")


# --- syncing ----------------------------------------------------------------------------------------------------------


def test_a_click_opens_everything_unsynced_and_reopens_what_was_blocked(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "item", "I-1")
    connection = make_connection(hub, tenant)
    blocked = save(hub, tenant, "item", "I-2")
    set_tasks(hub, tenant, state="blocked", reason="x", reason_code="unmapped_item")
    done = save(hub, tenant, "item", "I-3")
    link(hub, tenant, connection, "item", done.record_id, "3")
    messages(hub)
    run = sync_connection(hub, tenant_id=tenant, provider="alpha", requested_by="Ann")
    with hub.database.tenant(tenant) as session:
        opened = session.scalars(select(Task).where(Task.run_id == run.run_id)).all()
        assert {task.priority for task in opened} == {int(Priority.CLICK)}
        assert blocked.record_id in {task.record_id for task in opened}
        assert {task.state for task in opened} == {"waiting"}
    assert (run.state, run.total) == ("running", 3)
    assert messages(hub) == [("sync.drain", connection)]


def test_a_click_takes_records_edited_while_auto_sync_was_off(hub: Hub, tenant: int) -> None:
    assert isinstance(hub.clock, HandClock)
    connection = make_connection(hub, tenant, auto_sync=False)
    item = save(hub, tenant, "item", "I-1")
    link(hub, tenant, connection, "item", item.record_id, "3")
    hub.clock.pass_time(timedelta(minutes=1))
    save(hub, tenant, "item", "I-1", price="2.00")
    assert tasks(hub, tenant) == []
    sync_connection(hub, tenant_id=tenant, provider="alpha")
    assert ("item", item.record_id, "push", "waiting") in tasks(hub, tenant)


def test_a_click_with_nothing_to_do_is_a_finished_run(hub: Hub) -> None:
    tenant = make_tenant(hub)
    make_connection(hub, tenant)
    run = sync_connection(hub, tenant_id=tenant, provider="alpha")
    assert (run.state, run.total) == ("finished", 0)
    assert messages(hub) == []


def test_a_connection_whose_grant_is_lost_asks_to_reconnect(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant, state=ConnectionState.NEEDS_RECONNECTION)
    with pytest.raises(Conflict, match=r"Reconnect required\. Alpha no longer accepts our connection"):
        sync_connection(hub, tenant_id=tenant, provider="alpha")


def test_syncing_an_invoice_takes_what_belongs_to_it_and_is_not_in_the_books(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "item", "I-1")
    save(hub, tenant, "item", "I-2")
    invoice = save(hub, tenant, "invoice", "INV-1", lines=[{"item": "I-1", "quantity": "1", "unit_price": "100.00"}])
    mark_paid(hub, tenant_id=tenant, ref="INV-1")
    make_connection(hub, tenant)
    synced = sync_invoice(hub, tenant_id=tenant, ref="INV-1")
    assert [(each.provider, each.action, each.total) for each in synced] == [("alpha", "sync", 4)]
    assert sorted(kind for kind, *_ in tasks(hub, tenant)) == ["customer", "invoice", "item", "payment"]
    assert invoice.record_id


def test_syncing_an_invoice_in_the_books_is_a_resync_and_sends_it_even_unchanged(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    make_connection(hub, tenant, "beta")
    invoice = save(hub, tenant, "invoice", "INV-1")
    link(hub, tenant, connection, "invoice", invoice.record_id, "77")
    synced = sync_invoice(hub, tenant_id=tenant, ref="INV-1")
    assert [(each.provider, each.action) for each in synced] == [("alpha", "resync"), ("beta", "sync")]
    with hub.database.tenant(tenant) as session:
        forced = select(Task.connection_id).where(Task.kind == "invoice", Task.force)
        assert session.scalars(forced).all() == [connection]


def test_a_kind_turned_on_catches_up(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant, sync_items=False)
    save(hub, tenant, "item", "I-1")
    messages(hub)
    view = change_toggles(hub, tenant_id=tenant, provider="alpha", toggles={"sync_items": True})
    assert view.sync_items
    assert "item" in [kind for kind, *_ in tasks(hub, tenant)]
    assert messages(hub) == [("sync.drain", connection)]


def test_a_provider_turned_off_waits_and_goes_on_when_turned_on(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    switch_provider(hub, tenant_id=tenant, provider="alpha", enabled=False, by="op")
    with pytest.raises(Conflict, match="Your operator has turned Alpha off for this account"):
        sync_connection(hub, tenant_id=tenant, provider="alpha")
    save(hub, tenant, "item", "I-1")
    messages(hub)
    view = switch_provider(hub, tenant_id=tenant, provider="alpha", enabled=True, by="op")
    assert (view.state, view.changed_by, view.changed_at) == ("enabled", "op", hub.clock.now())
    assert messages(hub) == [("sync.drain", connection)]


def test_a_plugin_in_quarantine_is_listed_with_its_reason(hub: Hub, tenant: int) -> None:
    found = {view.provider: (view.state, view.reason) for view in list_providers(hub, tenant_id=tenant)}
    assert found == {
        "alpha": ("enabled", ""),
        "beta": ("enabled", ""),
        "gamma": ("quarantined", "it needs contract 2"),
    }


# --- showing ----------------------------------------------------------------------------------------------------------


def test_a_record_shows_how_it_stands_with_each_provider(hub: Hub, tenant: int) -> None:
    alpha = make_connection(hub, tenant, "alpha")
    invoice = save(hub, tenant, "invoice", "INV-1")
    link(
        hub,
        tenant,
        alpha,
        "invoice",
        invoice.record_id,
        "77",
        remote_total=Decimal("100.01"),
        variance=Decimal("0.01"),
    )
    make_connection(hub, tenant, "beta")
    shown = show_record(hub, tenant_id=tenant, kind=Kind.INVOICE, ref="INV-1")
    first, second = shown.books if isinstance(shown, InvoiceView) else []
    assert (first.provider, first.state, first.remote_id) == ("alpha", BookState.SYNCED, "77")
    assert first.url == "https://app.alpha.example/invoices/77"
    assert (first.remote_total, first.variance) == (Decimal("100.01"), Decimal("0.01"))
    assert (second.provider, second.state, second.remote_id) == ("beta", BookState.NOT_SYNCED, "")


@pytest.mark.parametrize("state", ["waiting", "sending", "blocked", "failed"])
def test_a_record_with_an_open_task_shows_its_state_and_reason(hub: Hub, tenant: int, state: str) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "item", "I-1")
    set_tasks(hub, tenant, state=state, reason="Because.", reason_code="why")
    shown = show_record(hub, tenant_id=tenant, kind=Kind.ITEM, ref="I-1")
    assert isinstance(shown, ItemView)
    assert [(book.state, book.reason, book.reason_code) for book in shown.books] == [(state, "Because.", "why")]


def test_lists_come_in_pages_and_filter_by_state_and_search(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant)
    saved = [save(hub, tenant, "item", f"I-{number}", name=f"Pipe {number}%") for number in range(5)]
    link(hub, tenant, connection, "item", saved[0].record_id, "1")
    first = list_records(hub, tenant_id=tenant, kind=Kind.ITEM, limit=3)
    second = list_records(hub, tenant_id=tenant, kind=Kind.ITEM, limit=3, cursor=first.next or "")
    assert [row.ref for row in (*first.rows, *second.rows)] == ["I-0", "I-1", "I-2", "I-3", "I-4"]
    assert second.next is None
    found = list_records(hub, tenant_id=tenant, kind=Kind.ITEM, search="pipe 3%")
    assert [row.ref for row in found.rows] == ["I-3"]
    synced = list_records(hub, tenant_id=tenant, kind=Kind.ITEM, state="synced")
    assert [row.ref for row in synced.rows] == ["I-0"]
    waiting = list_records(hub, tenant_id=tenant, kind=Kind.ITEM, state="waiting", provider="alpha")
    assert len(waiting.rows) == 4


def test_payments_filter_by_the_state_of_their_allocations(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "INV-1")
    mark_paid(hub, tenant_id=tenant, ref="INV-1")
    waiting = list_records(hub, tenant_id=tenant, kind=Kind.PAYMENT, state="waiting")
    synced = list_records(hub, tenant_id=tenant, kind=Kind.PAYMENT, state="synced")
    assert [row.ref for row in waiting.rows] == ["paid-INV-1"]
    assert synced.rows == []


def test_what_is_paid_is_the_sum_of_allocations(hub: Hub, tenant: int) -> None:
    save(hub, tenant, "invoice", "INV-1")
    for number, amount in enumerate(("33.33", "33.33", "33.34")):
        part = [{"invoice": "INV-1", "amount": amount}]
        save(hub, tenant, "payment", f"P-{number}", amount=amount, allocations=part)
    shown = show_record(hub, tenant_id=tenant, kind=Kind.INVOICE, ref="INV-1")
    assert isinstance(shown, InvoiceView)
    assert (shown.paid, shown.open) == (Decimal("100.00"), Decimal("0.00"))
    with hub.database.tenant(tenant) as session:
        assert session.scalars(select(Invoice.total)).one() == Decimal("100.00")
