"""One integration's page: its banners, Sync now with live progress, its settings and last runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.factories import HandClock, count, link, make_connection, make_hub, make_tenant, save, set_tasks, sqlite_url
from tests.integration.picky_books import Picky, picky
from tests.web_stage import Browser, signed_in, words

from ledgerport.db.models import Connection, ConnectionState, Run, TaskState, Tenant
from ledgerport.services.context import Hub
from ledgerport.services.show_connections import show_connection
from ledgerport.services.switch_provider import switch_provider

AT = "/t/blue/integrations/alpha"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = make_hub(sqlite_url(tmp_path))
    yield made
    made.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub, "blue")


@pytest.fixture
def connection(hub: Hub, tenant: int) -> int:
    return make_connection(hub, tenant, "alpha")


@pytest.fixture
def ann(hub: Hub, tenant: int) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue") as browser:
        yield browser


def change(hub: Hub, tenant: int, connection: int, **values: object) -> None:
    with hub.database.tenant(tenant) as session:
        row = session.get_one(Connection, connection)
        for name, value in values.items():
            setattr(row, name, value)


def runs(hub: Hub, tenant: int) -> list[Run]:
    with hub.database.tenant(tenant, read=True) as session:
        return list(session.scalars(select(Run).order_by(Run.id)))


def events(page: str) -> list[tuple[str, dict[str, object]]]:
    parts = [part.splitlines() for part in page.strip().split("\n\n") if part.startswith("event")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


# -- banners -----------------------------------------------------------------------------------------------------------


def test_a_lost_connection_shows_the_banner_with_its_button(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    reason = 'Reconnect required. Alpha no longer accepts our connection to "Blue". Nothing is lost: 12 changes wait.'
    change(hub, tenant, connection, state=ConnectionState.NEEDS_RECONNECTION, reason=reason)
    page = ann.get(AT)

    assert 'class="banner warn" aria-label="Reconnect required"' in page
    told = words(page)
    assert 'Alpha no longer accepts our connection to "Blue". Nothing is lost: 12 changes wait. Reconnect Alpha' in told
    assert f'action="{AT}/sync"' not in page


def test_a_paused_connection_says_why_and_offers_to_resume(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    change(hub, tenant, connection, state=ConnectionState.PAUSED, reason="Paused by ann: year-end.")
    page = ann.get(AT)

    assert "Paused Paused by ann: year-end. Resume" in words(page)
    assert f'action="{AT}/resume"' in page


def test_unsynced_records_are_counted_by_kind_beside_one_sync_now(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    save(hub, tenant, "customer", "C-1")
    for number in range(2):
        save(hub, tenant, "item", f"P-{number}", name=f"Item {number}")
    told = words(ann.get(AT))

    assert "1 customer and 2 items are not in Alpha yet." in told
    assert told.count("Sync now sends") == 1
    assert ann.get(AT).count(f'action="{AT}/sync"') == 1


def test_without_auto_sync_what_was_changed_since_it_got_there_counts(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    change(hub, tenant, connection, auto_sync=False)
    for ref in ("C-1", "C-2"):
        save(hub, tenant, "customer", ref, name=ref)
    link(hub, tenant, connection, "customer", 1, "QB-1", synced_at=hub.clock.now() + timedelta(minutes=1))

    assert "1 customer is not in Alpha yet." in words(ann.get(AT))
    change(hub, tenant, connection, auto_sync=True)
    assert "not in Alpha yet" not in words(ann.get(AT))


def test_what_is_in_the_books_needs_no_banner(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    assert "yet." not in words(ann.get(AT)).partition("Last syncs")[0]


def test_kinds_that_are_turned_off_are_not_counted(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    save(hub, tenant, "customer", "C-1")
    change(hub, tenant, connection, sync_customers=False)

    assert "not in Alpha yet" not in words(ann.get(AT))


def test_a_held_connection_says_when_work_goes_on_and_why(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    save(hub, tenant, "customer", "C-1")
    set_tasks(hub, tenant, reason="Alpha: too many requests. Nothing is lost; we try again.", reason_code="later")
    change(hub, tenant, connection, held_until=hub.clock.now() + timedelta(minutes=3))

    assert "Work goes on in 3 min. Alpha: too many requests. Nothing is lost; we try again." in words(ann.get(AT))


def test_unmapped_items_and_what_needs_a_person_lead_to_where_it_is_settled(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    save(hub, tenant, "item", "P-1")
    set_tasks(hub, tenant, state=TaskState.BLOCKED)
    page = ann.get(AT)

    assert "1 item has no income account." in words(page)
    assert f'href="{AT}/mapping?show=unmapped#items"' in page
    assert "1 record needs you." in words(page)


def test_a_provider_that_was_turned_off_says_so_and_sends_nothing(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    save(hub, tenant, "customer", "C-1")
    switch_provider(hub, tenant_id=tenant, provider="alpha", enabled=False, by="op")

    assert "Your operator has turned Alpha off for this account." in words(ann.get(AT))
    assert "Your operator has turned Alpha off for this account." in words(ann.send(f"{AT}/sync", status=409))


def test_the_provider_s_customers_are_asked_for_only_when_opened(tmp_path: Path) -> None:
    books = picky(tmp_path)
    with signed_in(books.hub, tenant=slug(books)) as ann:
        # Picky's customers cannot be read.
        assert "data-load" not in ann.get(f"/t/{slug(books)}/integrations/picky")


# -- sync now ----------------------------------------------------------------------------------------------------------


def test_sync_now_answers_at_once_with_a_toast_and_shows_progress(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    for number in range(3):
        save(hub, tenant, "customer", f"C-{number}", name=f"Customer {number}")
    page = ann.send(f"{AT}/sync")
    run = runs(hub, tenant)[0]

    assert (
        "Sync started: 3 records. A few minutes for large catalogues; you may leave this page; see Sync history."
        in words(page)
    )
    assert f'data-live="/t/blue/runs/{run.id}/events"' in page
    assert "0 of 3 · less than a minute left" in words(page)
    assert run.requested_by == "user:admin.blue@example.com"


def test_progress_is_there_again_after_leaving(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    save(hub, tenant, "customer", "C-1")
    ann.send(f"{AT}/sync")
    ann.get("/t/blue/integrations")

    assert 'data-live="' in ann.get(AT)


def test_a_button_pressed_twice_starts_one_sync(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    save(hub, tenant, "customer", "C-1")
    first = words(ann.send(f"{AT}/sync"))

    assert words(ann.send(f"{AT}/sync")) == first
    assert count(hub, tenant, Run) == 1


def test_a_click_a_while_later_is_a_sync_of_its_own(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    save(hub, tenant, "customer", "C-1")
    ann.send(f"{AT}/sync")
    assert isinstance(hub.clock, HandClock)
    hub.clock.pass_time(timedelta(seconds=11))
    ann.send(f"{AT}/sync")

    assert count(hub, tenant, Run) == 2


def test_with_nothing_to_send_it_says_so(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    assert "Everything is in Alpha already, nothing to send." in words(ann.send(f"{AT}/sync"))


# -- progress ----------------------------------------------------------------------------------------------------------


def test_events_carry_the_page_s_words_and_end_with_the_run(tmp_path: Path) -> None:
    books = picky(tmp_path)
    books.save(*({"kind": "customer", "ref": f"C-{number}", "name": f"Customer {number}"} for number in range(2)))
    at = f"/t/{slug(books)}"
    with signed_in(books.hub, tenant=slug(books)) as ann:
        ann.send(f"{at}/integrations/picky/sync")
        run = runs(books.hub, books.tenant)[0]
        books.drain()
        told = events(ann.get(f"{at}/runs/{run.id}/events"))
        page = ann.get(f"{at}/integrations/picky")

    assert [name for name, _ in told] == ["progress", "end"]
    assert told[-1][1] == {"done": 2, "total": 2, "words": "Done: 2 new"}
    assert "data-live" not in page
    assert f'href="{at}/history/{run.id}"' in page


def test_events_of_another_tenant_s_run_are_not_there(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    other = make_tenant(hub, "green")
    make_connection(hub, other, "alpha")
    save(hub, other, "customer", "C-1")
    with signed_in(hub, tenant="green") as gil:
        gil.send("/t/green/integrations/alpha/sync")
    run = runs(hub, other)[0]

    ann.get(f"/t/blue/runs/{run.id}/events", status=404)
    ann.get(f"/t/green/runs/{run.id}/events", status=404)


def test_a_run_that_cannot_go_on_says_what_it_waits_for(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    save(hub, tenant, "customer", "C-1")
    ann.send(f"{AT}/sync")
    change(hub, tenant, connection, state=ConnectionState.NEEDS_RECONNECTION, reason="Reconnect required. So.")

    assert "0 of 1 · waits until you reconnect Alpha" in words(ann.get(AT))


# -- settings ----------------------------------------------------------------------------------------------------------


def test_settings_change_what_the_form_showed(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    shown = "auto_sync,sync_customers,sync_items"
    told = words(ann.send(f"{AT}/settings", shown=shown, sync_items="on"))
    now = show_connection(hub, tenant_id=tenant, provider="alpha")

    assert "Sync settings are saved." in told
    assert (now.auto_sync, now.sync_customers, now.sync_items, now.sync_payments) == (False, False, True, True)


def test_a_provider_s_choice_is_turned_on_and_off(tmp_path: Path) -> None:
    books = picky(tmp_path)
    at = f"/t/{slug(books)}/integrations/picky"
    with signed_in(books.hub, tenant=slug(books)) as ann:
        assert "Send several items in one call." in words(ann.get(at))
        ann.send(f"{at}/settings", shown="choice_together", choice_together="on")
        on = show_connection(books.hub, tenant_id=books.tenant, provider="picky").choices[0].on
        ann.send(f"{at}/settings", shown="choice_together")
        off = show_connection(books.hub, tenant_id=books.tenant, provider="picky").choices[0].on

    assert (on, off) == (True, False)


def slug(books: Picky) -> str:
    with books.hub.database.everything(read=True) as session:
        return session.get_one(Tenant, books.tenant).slug
