"""What a person does with records: sync one, void, mark paid, delete a payment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
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
from tests.web_stage import Browser, signed_in, words

from ledgerport.contract import Kind
from ledgerport.db.models import Allocation, ConnectionState, Payment, Priority, Run, Task
from ledgerport.services.context import Hub
from ledgerport.services.mark_paid import mark_paid
from ledgerport.services.rejections import Conflict, NotFound
from ledgerport.services.show_connections import change_toggles
from ledgerport.services.sync_record import sync_record


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    tenant = make_tenant(hub, "blue", promote_drafts=False)
    save(hub, tenant, "customer", "C-1")
    return tenant


@pytest.fixture
def admin(hub: Hub, tenant: int) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue") as browser:
        yield browser


def of_kind(hub: Hub, tenant: int, kind: Kind) -> list[Task]:
    with hub.database.tenant(tenant, read=True) as session:
        return list(session.scalars(select(Task).where(Task.kind == kind).order_by(Task.id)))


def test_resync_sends_the_invoice_again_and_its_unsynced_payment(hub: Hub, tenant: int, admin: Browser) -> None:
    connection = make_connection(hub, tenant)
    saved = save(hub, tenant, "invoice", "I-1", number="INV-1")
    link(hub, tenant, connection, "invoice", saved.record_id, "145")
    mark_paid(hub, tenant_id=tenant, ref="I-1")
    messages(hub)
    page = admin.send("/t/blue/invoices/I-1/sync", provider="alpha")
    assert "Invoice INV-1 is on its way to Alpha, with 2 records" in words(page)
    (again,) = [task for task in of_kind(hub, tenant, Kind.INVOICE) if task.state == "waiting"]
    assert (again.force, again.priority) == (True, Priority.CLICK)
    assert [str(task.state) for task in of_kind(hub, tenant, Kind.PAYMENT)] == ["waiting"]
    assert ("sync.drain", connection) in messages(hub)


def test_a_button_pressed_twice_starts_one_run(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "I-1")
    save(hub, tenant, "item", "P-1")
    for _ in range(2):
        admin.send("/t/blue/invoices/I-1/sync", provider="alpha")
    assert count(hub, tenant, Run) == 1
    # Also when the first was carried out before the second came, but not for another record.
    set_tasks(hub, tenant, state="done")
    admin.send("/t/blue/invoices/I-1/sync", provider="alpha")
    assert count(hub, tenant, Run) == 1
    admin.send("/t/blue/items/P-1/sync", provider="alpha")
    assert count(hub, tenant, Run) == 2
    assert isinstance(hub.clock, HandClock)
    hub.clock.pass_time(timedelta(seconds=11))
    admin.send("/t/blue/invoices/I-1/sync", provider="alpha")
    assert count(hub, tenant, Run) == 3


def test_only_the_books_that_were_asked_for_get_it(hub: Hub, tenant: int) -> None:
    alpha, beta = make_connection(hub, tenant), make_connection(hub, tenant, "beta", auto_sync=False)
    save(hub, tenant, "item", "P-1")
    assert [task.connection_id for task in of_kind(hub, tenant, Kind.ITEM)] == [alpha]
    (done,) = sync_record(hub, tenant_id=tenant, kind=Kind.ITEM, ref="P-1", provider="beta")
    assert (done.provider, done.action, done.total) == ("beta", "sync", 1)
    assert sorted(task.connection_id for task in of_kind(hub, tenant, Kind.ITEM)) == [alpha, beta]


@pytest.mark.parametrize("kind", ["customer", "item", "estimate"])
def test_any_record_can_be_sent_again(hub: Hub, tenant: int, admin: Browser, kind: str) -> None:
    connection = make_connection(hub, tenant)
    saved = save(hub, tenant, kind, "X-1")
    link(hub, tenant, connection, kind, saved.record_id, "9")
    assert "Resync to Alpha" in words(admin.get(f"/t/blue/{kind}s/X-1"))
    admin.send(f"/t/blue/{kind}s/X-1/sync", provider="alpha")
    (again,) = [task for task in of_kind(hub, tenant, Kind(kind)) if task.run_id is not None]
    assert (again.record_id, again.force, str(again.state)) == (saved.record_id, True, "waiting")


def test_a_payment_takes_the_invoice_along_that_is_not_there_yet(hub: Hub, tenant: int) -> None:
    connection = make_connection(hub, tenant, auto_sync=False)
    first = save(hub, tenant, "invoice", "I-1")
    second = save(hub, tenant, "invoice", "I-2", number="1002")
    parts = [{"invoice": "I-1", "amount": "60.00"}, {"invoice": "I-2", "amount": "40.00"}]
    save(hub, tenant, "payment", "PAY-1", allocations=parts)
    link(hub, tenant, connection, "invoice", first.record_id, "145")
    (done,) = sync_record(hub, tenant_id=tenant, kind=Kind.PAYMENT, ref="PAY-1")
    assert done.total == 4
    assert [(kind, record) for kind, record, _, _ in tasks(hub, tenant) if kind == "invoice"] == [
        ("invoice", second.record_id)
    ]
    assert len(of_kind(hub, tenant, Kind.PAYMENT)) == 2


def test_what_may_be_there_already_is_not_sent_by_a_click(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "item", "P-1")
    set_tasks(hub, tenant, state="blocked", reason_code="conflict", reason="2 items look like it.")
    page = admin.get("/t/blue/items/P-1")
    assert "Retry in Alpha" not in page
    assert "See what to do" in page
    page = admin.send("/t/blue/items/P-1/sync", provider="alpha")
    assert "Nothing was sent to Alpha" in words(page)
    assert {str(task.state) for task in of_kind(hub, tenant, Kind.ITEM)} == {"blocked"}


def test_what_is_gone_over_there_can_be_created_again(hub: Hub, tenant: int, admin: Browser) -> None:
    connection = make_connection(hub, tenant)
    saved = save(hub, tenant, "item", "P-1")
    link(hub, tenant, connection, "item", saved.record_id, "9", gone=True)
    page = words(admin.get("/t/blue/items/P-1"))
    assert "Drain snake 25 ft was deleted in Alpha." in page
    assert "Create again in Alpha" in page


def test_books_that_cannot_be_used_are_named_and_nothing_starts(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant, state=ConnectionState.NEEDS_RECONNECTION)
    save(hub, tenant, "invoice", "I-1")
    page = admin.send("/t/blue/invoices/I-1/sync", provider="alpha")
    assert 'Alpha no longer accepts our connection to "Blue Plumbing LLC"' in words(page)
    assert count(hub, tenant, Run) == 0


def test_books_that_do_not_take_a_kind_have_no_button_and_say_so(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "estimate", "E-1")
    set_tasks(hub, tenant, state="done")
    change_toggles(hub, tenant_id=tenant, provider="alpha", toggles={"sync_estimates": False})
    page = words(admin.get("/t/blue/estimates/E-1"))
    assert "Estimates are not sent to Alpha; its settings say so." in page
    assert "Sync to Alpha" not in page
    with pytest.raises(Conflict):
        sync_record(hub, tenant_id=tenant, kind=Kind.ESTIMATE, ref="E-1", provider="alpha")
    with pytest.raises(NotFound):
        sync_record(hub, tenant_id=tenant, kind=Kind.ESTIMATE, ref="E-1", provider="beta")


def test_a_draft_is_not_sent(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "I-1", status="DRAFT")
    page = words(admin.get("/t/blue/invoices/I-1"))
    assert "A draft is not sent." in page
    assert "Sync to Alpha" not in page
    assert "is a draft" in words(admin.send("/t/blue/invoices/I-1/sync", status=409))


def test_voiding_asks_first_and_then_tells(hub: Hub, tenant: int, admin: Browser) -> None:
    connection = make_connection(hub, tenant)
    saved = save(hub, tenant, "invoice", "I-1", number="INV-1")
    link(hub, tenant, connection, "invoice", saved.record_id, "145")
    asked = words(admin.get("/t/blue/invoices/I-1/void"))
    assert "In Alpha it is voided too" in asked
    assert "This cannot be undone here." in asked
    for _ in range(2):
        assert "Invoice INV-1 is void." in words(admin.send("/t/blue/invoices/I-1/void"))
    voids = [task for task in of_kind(hub, tenant, Kind.INVOICE) if task.op == "void"]
    assert len(voids) == 1
    page = words(admin.get("/t/blue/invoices/I-1"))
    assert "Mark as paid" not in page
    assert before(page, "Status", "Void")


def test_an_invoice_with_money_on_it_is_not_voided(hub: Hub, tenant: int, admin: Browser) -> None:
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    mark_paid(hub, tenant_id=tenant, ref="I-1")
    assert "so it cannot be voided" in words(admin.get("/t/blue/invoices/I-1/void"))
    assert "Delete these payments" in words(admin.send("/t/blue/invoices/I-1/void"))


def test_marking_paid_twice_pays_once(hub: Hub, tenant: int, admin: Browser) -> None:
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    assert 'value="2026-05-04"' in admin.get("/t/blue/invoices/I-1/pay")
    form = {"method": "transfer", "paid_on": "2026-05-02", "reference": "1022"}
    assert "A payment of 100.00 USD is recorded." in words(admin.send("/t/blue/invoices/I-1/pay", **form))
    assert "nothing was added" in words(admin.send("/t/blue/invoices/I-1/pay", **form))
    assert count(hub, tenant, Payment) == 1
    assert "2 May 2026 Bank transfer" in words(admin.get("/t/blue/invoices/I-1"))


def test_a_payment_s_form_says_what_is_wrong_beside_the_field_and_keeps_the_rest(
    hub: Hub, tenant: int, admin: Browser
) -> None:
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    form = {"method": "card", "paid_on": "soon", "reference": "kept <b>"}
    page = admin.send("/t/blue/invoices/I-1/pay", status=422, **form)
    assert words(page).count("Write a day such as 2026-05-04.") == 2
    assert 'value="kept &lt;b&gt;"' in page
    assert '<option value="card" selected>' in page
    assert count(hub, tenant, Payment) == 0


def test_a_deleted_payment_leaves_its_invoice_open(hub: Hub, tenant: int, admin: Browser) -> None:
    make_connection(hub, tenant)
    save(hub, tenant, "invoice", "I-1", number="INV-1")
    mark_paid(hub, tenant_id=tenant, ref="I-1")
    assert "of invoice INV-1 is open again" in words(admin.get("/t/blue/payments/paid-I-1/delete"))
    assert "Payment paid-I-1 is deleted." in words(admin.send("/t/blue/payments/paid-I-1/delete"))
    assert count(hub, tenant, Allocation) == 0
    admin.get("/t/blue/payments/paid-I-1", status=404)


def before(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)
