"""A record that goes no further says why on its page, and has the button that helps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import make_connection, make_hub, make_tenant, save, sqlite_url
from tests.integration.crowded_books import crowded
from tests.integration.killing.shop import customer
from tests.web_stage import Browser, signed_in, words

from ledgerport.contract import Kind, Unknown
from ledgerport.db.models import Connection, ConnectionState, ProviderSwitch, Tenant
from ledgerport.services.context import Hub
from ledgerport.services.drain_connection import drain
from ledgerport.services.run_progress import run_progress, running_run
from ledgerport.services.show_records import show_record
from ledgerport.services.views import BookState, CustomerView

AT = "/t/blue/customers/C-1"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub, "blue")


@pytest.fixture
def connection(hub: Hub, tenant: int) -> int:
    made = make_connection(hub, tenant)
    save(hub, tenant, "customer", "C-1")
    return made


@pytest.fixture
def ann(hub: Hub, tenant: int) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue") as made:
        yield made


def put(hub: Hub, tenant: int, connection: int, state: ConnectionState) -> None:
    with hub.database.tenant(tenant) as session:
        session.get_one(Connection, connection).state = state


def test_a_record_for_lost_books_has_the_button_to_reconnect_them(
    hub: Hub, tenant: int, connection: int, ann: Browser
) -> None:
    put(hub, tenant, connection, ConnectionState.NEEDS_RECONNECTION)
    page = ann.get(AT)
    assert "Alpha no longer accepts our connection. Nothing is lost; reconnect to go on." in words(page)
    assert 'action="/t/blue/integrations/alpha/connect"' in page
    assert "Reconnect Alpha" in words(page)
    assert "Sync to Alpha" not in words(page), "it could only answer that nothing can be sent"
    with signed_in(hub, role="viewer", tenant="blue") as viewer:
        assert "Reconnect Alpha" not in words(viewer.get(AT))


def test_a_record_for_paused_books_says_so(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    put(hub, tenant, connection, ConnectionState.PAUSED)
    told = words(ann.get(AT))
    assert "The connection to Alpha is paused. Nothing is lost; it goes on once it is resumed." in told
    assert "Sync to Alpha" not in told


def test_a_record_for_books_that_are_turned_off_says_so(hub: Hub, tenant: int, connection: int, ann: Browser) -> None:
    with hub.database.tenant(tenant) as session:
        switch = {"provider": "alpha", "enabled": False, "changed_at": hub.clock.now(), "changed_by": "op"}
        session.add(ProviderSwitch(tenant_id=tenant, **switch))
    put(hub, tenant, connection, ConnectionState.NEEDS_RECONNECTION)
    told = words(ann.get(AT))
    assert "Your operator has turned Alpha off for this account." in told
    assert "Reconnect Alpha" not in told


def test_a_record_that_got_no_answer_says_so_and_so_does_the_sync(tmp_path: Path) -> None:
    books, plugin = crowded(tmp_path)
    books.save(customer(1))
    plugin.trouble = Unknown("A gateway failed (502).", detail="502 Bad Gateway")
    drain(books.hub, books.connection)
    asked = {"tenant_id": books.tenant, "kind": Kind.CUSTOMER, "ref": "C1"}
    shown = show_record(books.hub, **asked)
    assert isinstance(shown, CustomerView)
    (book,) = shown.books
    assert (book.state, book.reason_code) == (BookState.SENDING, "unknown_outcome")
    told = "Picky Books did not tell what became of it: A gateway failed (502). We look before we send again."
    assert book.reason == told
    run = running_run(books.hub, tenant_id=books.tenant, provider="picky")
    assert run is not None
    progress = run_progress(books.hub, tenant_id=books.tenant, run_id=run)
    assert progress.words == (
        "0 of 1 · waits, Picky Books did not tell what became of 1 record; we look before we send more"
    )
    with books.hub.database.everything(read=True) as session:
        slug = session.get_one(Tenant, books.tenant).slug
    with signed_in(books.hub, tenant=slug) as ann:
        assert told in words(ann.get(f"/t/{slug}/customers/C1"))
    books.hub.database.close()
