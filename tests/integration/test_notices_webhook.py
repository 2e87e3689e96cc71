"""Signed events for the host app, sent to a real one: notices and runs."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import HandClock, make_hub, make_tenant, sqlite_url
from tests.integration.killing.shop import customer
from tests.integration.picky_books import picky
from tests.integration.test_notices_letters import closed, opened, post, rows
from tests.letter_box import HostApp, host_app

from ledgerport.db.models import Webhook
from ledgerport.engine.exchange import make_wire
from ledgerport.services.context import Hub
from ledgerport.services.deliver_outbox import WAITS
from ledgerport.services.notices_upkeep import due_deliveries
from ledgerport.services.notices_webhook import (
    new_secret,
    remove_webhook,
    set_webhook,
    show_webhook,
    try_webhook,
)
from ledgerport.services.rejections import BadChoice, NotFound
from ledgerport.services.show_notices import list_deliveries, list_notices
from ledgerport.services.sync_connection import sync_connection

SECRET = "a secret of the host app"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hub(tmp_path: Path, clock: HandClock) -> Iterator[Hub]:
    wire = make_wire()
    hub = dataclasses.replace(make_hub(sqlite_url(tmp_path), clock=clock), wire=wire)
    yield hub
    wire.close()
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub, "blue")


@pytest.fixture
def app() -> Iterator[HostApp]:
    with host_app() as app:
        yield app


@pytest.fixture
def told(hub: Hub, tenant: int, app: HostApp) -> HostApp:
    """A host app that wants to be told."""
    set_webhook(hub, tenant_id=tenant, url=app.url, secret=SECRET, by="user:ann")
    return app


def events(app: HostApp) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in app.requests]


def is_signed(request: tuple[dict[str, str], bytes], secret: str) -> bool:
    """What a host app's developer writes by our README."""
    headers, body = request
    parts = dict(part.split("=", 1) for part in headers["ledgerport-signature"].split(","))
    mac = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256)
    return hmac.compare_digest(mac.hexdigest(), parts["v1"])


def test_opening_and_closing_are_told_with_a_signature_over_time_and_body(
    hub: Hub, tenant: int, told: HostApp, clock: HandClock
) -> None:
    opened(hub, tenant)
    assert post(hub) == ["delivered"]
    closed(hub, tenant)
    assert post(hub) == ["delivered"]
    first, second = events(told)
    assert (first["event"], second["event"]) == ("notice.opened", "notice.closed")
    assert first["tenant"] == "blue"
    assert first["data"]["text"].startswith("Reconnect required.")
    assert (first["data"]["notice"], first["data"]["closed_at"]) == (second["data"]["notice"], None)
    assert second["data"]["closed_at"] == clock.now().isoformat()
    assert all(is_signed(request, SECRET) for request in told.requests)
    assert not is_signed(told.requests[0], "another secret")
    headers = told.requests[0][0]
    assert headers["ledgerport-signature"].startswith(f"t={int(clock.now().timestamp())},v1=")
    assert (headers["ledgerport-event"], headers["ledgerport-event-id"]) == ("notice.opened", first["id"])
    assert headers["content-type"] == "application/json"
    assert first["id"] != second["id"]


def test_a_tenant_without_a_webhook_has_nothing_on_its_way(hub: Hub, tenant: int) -> None:
    opened(hub, tenant)
    assert rows(hub) == []


def test_the_events_of_one_tenant_go_to_no_other(hub: Hub, tenant: int, told: HostApp) -> None:
    opened(hub, make_tenant(hub, "red"))
    assert post(hub) == []


def test_an_event_that_was_not_taken_is_sent_again_with_growing_waits_and_the_same_id(
    hub: Hub, tenant: int, told: HostApp, clock: HandClock
) -> None:
    told.status = 500
    opened(hub, tenant)
    for wait in WAITS[:3]:
        assert post(hub) == ["waiting"]
        assert rows(hub)[0].due_at == clock.now() + wait
        clock.pass_time(wait)
    told.status = 200
    assert post(hub) == ["delivered"]
    assert {event["id"] for event in events(told)} == {rows(hub)[0].uid}
    assert all(is_signed(request, SECRET) for request in told.requests)


def test_after_a_day_it_is_given_up_and_a_notice_says_so_until_something_arrives(
    hub: Hub, tenant: int, told: HostApp, clock: HandClock
) -> None:
    told.status = 503
    opened(hub, tenant)
    while rows(hub)[0].state == "waiting":
        post(hub)
        clock.at = max(clock.at, rows(hub)[0].due_at)
    assert [view.state for view in list_deliveries(hub, tenant_id=tenant)] == ["given_up"]
    newest = list_notices(hub, tenant_id=tenant)[0]
    assert (
        newest.text
        == "Your app has not taken our events for a day. Your app answered 503. Later events are still sent."
    )
    assert newest.action == "webhook"
    told.status = 200
    closed(hub, tenant)
    assert post(hub) == ["delivered"]
    assert list_notices(hub, tenant_id=tenant) == []


def test_no_redirect_is_followed(hub: Hub, tenant: int, told: HostApp) -> None:
    told.status, told.headers = 307, {"Location": told.url + "/elsewhere"}
    opened(hub, tenant)
    assert post(hub) == ["waiting"]
    assert len(told.requests) == 1
    assert rows(hub)[0].last_error == "Your app answered 307."


def test_an_app_that_is_away_costs_nothing_but_time(hub: Hub, tenant: int) -> None:
    set_webhook(hub, tenant_id=tenant, url="http://127.0.0.1:1/hooks", by="ann")
    opened(hub, tenant)
    assert post(hub) == ["waiting"]
    assert rows(hub)[0].last_error == "Your app could not be reached: no connection could be made."


def test_a_row_is_handed_out_once_a_minute_whatever_becomes_of_its_message(
    hub: Hub, tenant: int, told: HostApp, clock: HandClock
) -> None:
    opened(hub, tenant)
    assert len(due_deliveries(hub)) == 1
    assert due_deliveries(hub) == []
    clock.pass_time(timedelta(minutes=1))
    assert post(hub) == ["delivered"]


def test_a_finished_run_is_told_with_its_figures(tmp_path: Path, app: HostApp) -> None:
    books = picky(tmp_path)
    real = dataclasses.replace(books.hub, wire=make_wire())
    set_webhook(real, tenant_id=books.tenant, url=app.url, secret=SECRET, by="ann")
    books.save(customer(1), {"kind": "item", "ref": "I-1", "name": "Pipe", "type": "product", "price": "1.00"})
    books.drain()
    run = sync_connection(books.hub, tenant_id=books.tenant, provider="picky", requested_by="user:ann").run_id
    books.drain()
    assert set(post(real)) == {"delivered"}
    finished = [event["data"] for event in events(app) if event["event"] == "run.finished"]
    assert [(data["trigger"], data["created"], data["skipped"]) for data in finished] == [
        ("automatic", 1, 1),
        ("click", 0, 1),
    ]
    assert (finished[1]["run"], finished[1]["provider"], finished[1]["requested_by"]) == (run, "picky", "user:ann")
    assert finished[1]["finished_at"] >= finished[1]["started_at"]
    real.wire.close()
    real.database.close()


def test_a_secret_is_made_shown_once_and_kept_sealed(hub: Hub, tenant: int, app: HostApp) -> None:
    made = set_webhook(hub, tenant_id=tenant, url=app.url, by="user:ann")
    assert made.secret is not None
    assert show_webhook(hub, tenant_id=tenant).secret is None
    with hub.database.everything(read=True) as session:
        row = session.scalars(select(Webhook)).one()
    assert row.secret_cipher is not None
    assert made.secret.encode() not in row.secret_cipher
    assert try_webhook(hub, tenant_id=tenant).delivered
    assert is_signed(app.requests[0], made.secret)
    assert set_webhook(hub, tenant_id=tenant, url=app.url + "/2", by="user:ann").secret is None
    try_webhook(hub, tenant_id=tenant)
    assert is_signed(app.requests[1], made.secret)
    renewed = new_secret(hub, tenant_id=tenant, by="user:ann").secret
    try_webhook(hub, tenant_id=tenant)
    assert renewed is not None
    assert is_signed(app.requests[2], renewed)
    assert not is_signed(app.requests[2], made.secret)


def test_a_test_event_says_what_became_of_it(hub: Hub, tenant: int, told: HostApp) -> None:
    assert try_webhook(hub, tenant_id=tenant).words == "Your app took the test event."
    assert events(told)[0]["event"] == "test"
    told.status = 404
    tried = try_webhook(hub, tenant_id=tenant)
    assert (tried.delivered, tried.words) == (False, "Your app answered 404.")


def test_removing_it_drops_what_waits(hub: Hub, tenant: int, told: HostApp) -> None:
    opened(hub, tenant)
    remove_webhook(hub, tenant_id=tenant)
    assert post(hub) == []
    assert [row.state for row in rows(hub)] == ["dropped"]
    for ask in (show_webhook, remove_webhook, try_webhook):
        with pytest.raises(NotFound):
            ask(hub, tenant_id=tenant)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.example.com/hooks",
        "http://app.example.com/hooks",
        "ftp://app.example.com/",
        "https://",
        "https://ann:secret@app.example.com/",
        "https://app.example.com/#part",
        "https://app.example.com/a b",
        "https://app.example.com:99999/",
        "https://[::1",
        "https://app.example.com/" + "x" * 1000,
    ],
)
def test_only_a_plain_https_address_is_taken(hub: Hub, tenant: int, url: str) -> None:
    with pytest.raises(BadChoice) as refused:
        set_webhook(hub, tenant_id=tenant, url=url)
    assert refused.value.field == "url"


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost", "[::1]:1", "inner.localhost"])
def test_a_hub_that_serves_others_is_not_sent_round_its_own_machine(hub: Hub, tenant: int, host: str) -> None:
    assert set_webhook(hub, tenant_id=tenant, url=f"http://{host}/hooks").url == f"http://{host}/hooks"
    public = dataclasses.replace(hub, public_url="https://hub.example.com")
    for scheme in ("http", "https"):
        with pytest.raises(BadChoice, match="own machine"):
            set_webhook(public, tenant_id=tenant, url=f"{scheme}://{host}/hooks")


@pytest.mark.parametrize("secret", ["short", "x" * 201])
def test_a_secret_that_is_too_short_or_too_long_is_refused(hub: Hub, tenant: int, secret: str) -> None:
    with pytest.raises(BadChoice) as refused:
        set_webhook(hub, tenant_id=tenant, url="https://app.example.com/", secret=secret)
    assert refused.value.field == "secret"


def test_a_secret_that_cannot_be_opened_any_more_is_told_and_tried_again(hub: Hub, tenant: int, told: HostApp) -> None:
    with hub.database.everything() as session:
        session.scalars(select(Webhook)).one().secret_cipher = b"nonsense"
    opened(hub, tenant)
    assert post(hub) == ["waiting"]
    assert "not something this vault has sealed" in rows(hub)[0].last_error
