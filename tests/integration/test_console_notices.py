"""The pages of notices: the bell, what helps, where they go."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import HandClock, make_connection, make_hub, sqlite_url
from tests.integration.picky_books import Picky, picky
from tests.letter_box import host_app
from tests.web_stage import Browser, signed_in, words

from ledgerport.contract import Broken
from ledgerport.db.models import Tenant
from ledgerport.db.repositories import notices
from ledgerport.engine.exchange import make_wire
from ledgerport.services.context import Hub
from ledgerport.services.notice_words import gist
from ledgerport.services.tenants import create_tenant

HERE = "/t/blue/notices"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    wire = make_wire()
    hub = dataclasses.replace(make_hub(sqlite_url(tmp_path), clock=HandClock()), wire=wire)
    create_tenant(hub, slug="red", name="Red Roofing Inc")
    create_tenant(hub, slug="blue", name="Blue Plumbing LLC")
    yield hub
    wire.close()
    hub.database.close()


@pytest.fixture
def ann(hub: Hub) -> Iterator[Browser]:
    with signed_in(hub, tenant="blue", email="ann@example.com") as made:
        yield made


def tell(hub: Hub, tenant_id: int = 2, *, cause: str = "grant:1", text: str = "Lost.", action: str = "") -> None:
    connection = make_connection(hub, tenant_id) if action else None
    with hub.database.tenant(tenant_id) as session:
        notices.open_once(
            session,
            tenant_id=tenant_id,
            connection_id=connection,
            cause=cause,
            text=text,
            action=action,
            now=hub.clock.now(),
        )


def bell(page: str) -> str:
    found = re.search(r"data-bell>(\d+\+?)", page)
    return found.group(1) if found else ""


def test_the_bell_counts_what_is_open_on_every_page_of_the_tenant(hub: Hub, ann: Browser) -> None:
    assert bell(ann.get(HERE)) == ""
    assert "Nothing needs you." in words(ann.get(HERE))
    tell(hub, cause="grant:1")
    tell(hub, cause="grant:2")
    tell(hub, 1, cause="grant:3")
    assert [bell(ann.get(address)) for address in (HERE, "/t/blue/people", "/me")] == ["2", "2", "2"]


def test_a_lost_connection_has_the_button_that_goes_to_the_providers_consent(hub: Hub, ann: Browser) -> None:
    tell(hub, text="Reconnect required. Alpha no longer accepts our connection.", action="reconnect")
    page = ann.get(HERE)
    assert '<p class="banner-head">Reconnect required.</p>' in page
    assert 'action="/t/blue/integrations/alpha/connect"' in page
    assert "Reconnect Alpha" in page


def test_a_notice_with_markup_in_it_is_only_text(hub: Hub, ann: Browser) -> None:
    tell(hub, text='Item "<script>alert(1)</script>" has no account. <b>Map</b> it.')
    page = ann.get(HERE)
    assert "<script>alert" not in page
    assert "<b>Map" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_settled_notice_is_among_the_past_ones_page_by_page(hub: Hub, ann: Browser) -> None:
    for number in range(27):
        tell(hub, cause=f"grant:{number}", text=f"Notice {number}.")
        with hub.database.tenant(2) as session:
            notices.close(session, 2, f"grant:{number}", hub.clock.now())
    first = ann.get(HERE)
    assert bell(first) == ""
    assert "Notice 26." in first
    assert "Notice 1." not in first
    (older,) = re.findall(r'href="([^"]+)" rel="next"', first)
    assert "Notice 1." in ann.get(older.replace("&amp;", "&"))


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Picky]:
    made = picky(tmp_path)
    with made.hub.database.everything() as session:
        session.get_one(Tenant, made.tenant).slug = "blue"
    yield made
    made.hub.database.close()


def item(number: int) -> dict[str, str]:
    return {"kind": "item", "ref": f"I-{number}", "name": f"Pipe {number}", "type": "product", "price": "1.00"}


def test_stuck_records_have_the_way_to_their_mapping_and_to_the_list_of_all(books: Picky) -> None:
    books.save(item(1), item(2))
    books.drain()
    with signed_in(books.hub, tenant="blue") as ann:
        page = ann.get(HERE)
        assert 'href="/t/blue/integrations/picky/mapping"' in page
        assert "Pipe 2" in ann.get("/t/blue/stuck?provider=picky&reason=unmapped_item")
        assert 'href="/t/blue/stuck?provider=picky&amp;reason=unmapped_item"' in page


def test_what_was_given_up_is_tried_again_from_the_notice_and_then_it_is_gone(books: Picky) -> None:
    books.book_services()
    books.plugin.trouble = Broken("The plugin does not understand the answer.")
    books.save(item(1))
    books.drain()
    with signed_in(books.hub, tenant="blue") as ann:
        page = ann.get(HERE)
        assert "could not be brought to Picky Books" in words(page)
        (form,) = re.findall(r'<form method="post" action="/t/blue/stuck/retry-alike".*?</form>', page, re.DOTALL)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        books.plugin.trouble = None
        assert ann.post("/t/blue/stuck/retry-alike", fields).status_code == 303
        books.drain()
        assert "Nothing needs you." in words(ann.get(HERE))


def test_viewers_see_notices_and_no_form(books: Picky) -> None:
    books.save(item(1))
    books.drain()
    with signed_in(books.hub, role="viewer", tenant="blue") as viewer:
        page = viewer.get(HERE)
        assert "has no income account" in page
        assert "Where notices go" not in page
        for address in ("/settings", "/settings/secret", "/settings/remove"):
            assert "Only an admin" in words(viewer.get(HERE + address, status=403))


def test_the_webhook_is_set_tried_and_removed_and_its_secret_shown_once(hub: Hub, ann: Browser) -> None:
    with host_app() as app:
        made = ann.send(f"{HERE}/settings", url=app.url)
        assert re.search(r"whsec_[\w-]{43}", made)
        again = ann.get(f"{HERE}/settings")
        assert "whsec_" not in again
        assert app.url in again
        assert "Your app took the test event." in words(ann.send(f"{HERE}/settings/test"))
        app.status = 500
        assert "Your app answered 500." in words(ann.send(f"{HERE}/settings/test"))
        assert "refuses our events until" in words(ann.get(f"{HERE}/settings/secret"))
        assert re.search(r"whsec_[\w-]{43}", ann.send(f"{HERE}/settings/secret"))
        assert "events that wait are dropped" in words(ann.get(f"{HERE}/settings/remove"))
        assert "told of nothing any more" in words(ann.send(f"{HERE}/settings/remove"))
        assert app.url not in ann.get(f"{HERE}/settings")


def test_an_address_that_cannot_be_used_is_kept_with_the_reason_beside_it(ann: Browser) -> None:
    page = ann.send(f"{HERE}/settings", status=422, url='http://x"><script>.example')
    assert "Events are sent over https only." in page
    assert 'value="http://x&#34;&gt;&lt;script&gt;.example"' in page
    assert 'aria-invalid="true"' in page


def test_the_settings_say_who_gets_letters_and_what_went_out(hub: Hub, ann: Browser) -> None:
    tell(hub)
    told = words(ann.get(f"{HERE}/settings"))
    assert "This hub sends no e-mail" in told
    assert "notice.opened ann@example.com just now Waiting" in told


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("Reconnect required. Go.", "Reconnect required."),
        ('Item "Dr. Pipe" has no account. Map it.', 'Item "Dr. Pipe" has no account.'),
        ("One sentence only.", "One sentence only."),
        ('An open quote "of A. Name', 'An open quote "of A. Name'),
    ],
)
def test_the_first_sentence_ends_outside_of_names(text: str, head: str) -> None:
    assert gist(text)[0] == head
    assert " ".join(part for part in gist(text) if part) == text
