"""Callbacks: registering, the handshake, deliveries and their signature, with the test as the receiving side."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from ledgerport_freshbooks_sandbox.app import create_app
from ledgerport_freshbooks_sandbox.state import COMPANY
from ledgerport_freshbooks_sandbox.visitor import Visitor
from ledgerport_sandbox import Running

CALLBACKS = f"/events/account/{COMPANY}/events/callbacks"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with Running(create_app()) as running:
        yield running


@pytest.fixture
def app(server: Running) -> Iterator[Visitor]:
    """A visitor who has signed in to a fresh sandbox."""
    with Visitor(server.url) as visitor:
        visitor.control("reset", {})
        visitor.sign_in()
        yield visitor


class _Hook(BaseHTTPRequestHandler):
    """Answers with the next status of its server's list and keeps what came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((headers, dict(parse_qsl(body.decode()))))  # type: ignore[attr-defined]
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def hook() -> Iterator[Any]:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    server.received, server.statuses = [], []  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def arrived(hook: Any, count: int = 1) -> dict[str, str]:
    """The fields of the newest request, once there are `count`."""
    deadline = time.monotonic() + 5
    while len(hook.received) < count:
        assert time.monotonic() < deadline, "nothing arrived"
    fields: dict[str, str] = hook.received[-1][1]
    return fields


def register(app: Visitor, hook: Any, event: str = "client.create") -> httpx.Response:
    callback = {"event": event, "uri": f"http://127.0.0.1:{hook.server_port}/in"}
    return app.http.post(CALLBACKS, json={"callback": callback})


def change(app: Visitor, id: int, body: dict[str, Any]) -> httpx.Response:
    return app.http.put(f"{CALLBACKS}/{id}", json={"callback": body})


def verified(app: Visitor, hook: Any, event: str = "client.create") -> str:
    """Register and shake hands; the verifier."""
    id = register(app, hook, event).json()["response"]["result"]["callback"]["callbackid"]
    verifier = arrived(hook)["verifier"]
    assert change(app, id, {"verifier": verifier}).json()["response"]["result"]["callback"]["verified"] is True
    hook.received.clear()
    return verifier


def test_registering_sends_a_verifier_to_the_address_and_none_to_the_app(app: Visitor, hook: Any) -> None:
    made = register(app, hook).json()["response"]["result"]["callback"]
    told = arrived(hook)
    assert (made["verified"], told["name"], told["object_id"]) == (False, "callback.verify", str(made["callbackid"]))
    assert (told["account_id"], told["business_id"]) == (COMPANY, "439000")
    assert told["verifier"] not in json.dumps(made)


def test_a_wrong_verifier_is_refused_and_another_is_sent_when_asked(app: Visitor, hook: Any) -> None:
    id = register(app, hook).json()["response"]["result"]["callback"]["callbackid"]
    first = arrived(hook)["verifier"]
    refused = change(app, id, {"verifier": "guess"})
    assert (refused.status_code, refused.json()["errno"]) == (422, 422)
    change(app, id, {"resend": True})
    assert arrived(hook, 2)["verifier"] == first


def test_the_switch_holds_the_verifier_until_the_next_delivery(app: Visitor, hook: Any) -> None:
    app.control("switches", {"verification": "held"})
    register(app, hook)
    assert hook.received == []
    app.control("webhooks/deliver", {})
    assert arrived(hook)["name"] == "callback.verify"


def test_deliveries_are_signed_over_pythons_own_json_of_the_fields(app: Visitor, hook: Any) -> None:
    verifier = verified(app, hook)
    made = app.create("Customer", {"organization": "Told"})
    assert app.control("webhooks/deliver", {})["waiting"] == 0
    (headers, fields) = hook.received[0]
    assert list(fields) == ["name", "object_id", "account_id", "business_id", "identity_id", "user_id"]
    assert (fields["name"], fields["object_id"]) == ("client.create", str(made["id"]))
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    message = f'{{"name": "client.create", "object_id": "{made["id"]}", "account_id": "6BApk", '
    message += '"business_id": "439000", "identity_id": "1234567", "user_id": "1"}'
    digest = hmac.new(verifier.encode(), message.encode(), hashlib.sha256).digest()
    assert headers["x-freshbooks-hmac-sha256"] == base64.b64encode(digest).decode()


def test_an_address_that_never_answered_the_handshake_gets_nothing(app: Visitor, hook: Any) -> None:
    register(app, hook)
    arrived(hook)
    app.create("Customer", {"organization": "Quiet"})
    assert app.control("webhooks/deliver", {}) == {"deliveries": [], "waiting": 0}


def test_a_bare_noun_stands_for_all_of_its_verbs(app: Visitor, hook: Any) -> None:
    verified(app, hook, "client")
    made = app.create("Customer", {"organization": "Told"})
    app.update("Customer", made["id"], {"note": "n"})
    app.update("Customer", made["id"], {"vis_state": 1})
    app.create("Item", {"name": "Valve"})
    app.control("webhooks/deliver", {})
    assert [fields["name"] for _, fields in hook.received] == ["client.create", "client.update", "client.delete"]


def test_deliveries_repeat_and_wait_again_when_they_are_refused(app: Visitor, hook: Any) -> None:
    verified(app, hook)
    app.create("Customer", {"organization": "Told"})
    hook.statuses.append(503)
    assert app.control("webhooks/deliver", {})["waiting"] == 1
    assert app.control("webhooks/deliver", {"repeat": 2})["waiting"] == 0
    assert len({str(fields) for _, fields in hook.received}) == 1
    assert len(hook.received) == 3


def test_the_control_route_subscribes_a_verified_address(app: Visitor, hook: Any) -> None:
    app.control("webhooks", {"url": f"http://127.0.0.1:{hook.server_port}/in", "secret": "hush"})
    app.control("person", {"company": COMPANY, "action": "create", "kind": "Item", "data": {"name": "Valve"}})
    app.control("webhooks/deliver", {})
    assert [fields["name"] for _, fields in hook.received] == ["item.create"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"event": "dragon.create", "uri": "https://h.example"}, "event: Value error, Unrecognized event."),
        ({"event": "client", "uri": "http://h.example"}, "uri: Value error, Invalid uri."),
    ],
)
def test_a_bad_event_or_address_is_422_in_the_shape_of_events(app: Visitor, body: dict[str, Any], detail: str) -> None:
    refused = app.http.post(CALLBACKS, json={"callback": body})
    assert (refused.status_code, refused.json()["details"]) == (422, [detail])
    app.control("switches", {"events_errors": "new"})
    newer = app.http.post(CALLBACKS, json={"callback": body}).json()
    assert newer["details"][0]["fieldViolations"][0]["field"] == detail.partition(":")[0]


def test_a_deleted_callback_is_gone_and_told_nothing(app: Visitor, hook: Any) -> None:
    verified(app, hook)
    id = app.http.get(CALLBACKS).json()["response"]["result"]["callbacks"][0]["callbackid"]
    assert app.http.delete(f"{CALLBACKS}/{id}").status_code == 204
    app.create("Customer", {"organization": "Quiet"})
    assert app.control("webhooks/deliver", {})["deliveries"] == []
    assert app.http.get(f"{CALLBACKS}/{id}").json()["errno"] == 404


def test_an_event_outside_the_scopes_cannot_be_subscribed(app: Visitor, hook: Any) -> None:
    app.sign_in(scope="user:clients:read")
    assert register(app, hook, "client").status_code == 200
    assert register(app, hook, "invoice.create").status_code == 403


def test_a_change_that_was_undone_is_not_told(app: Visitor, hook: Any) -> None:
    verified(app, hook, "credit_note")
    app.create("Customer", {"organization": "Payer"})
    invoice = {"customerid": 56789, "create_date": "2026-09-01", "lines": [], "action_mark_as_sent": True}
    paid = {"date": "2026-09-02", "amount": {"amount": "5", "code": "USD"}, "invoiceid": 987654}
    app.create("Invoice", invoice)
    payment = app.create("Payment", paid)["id"]
    assert app.put("Payment", payment, {"type": "Stripe"}).status_code == 422
    app.control("webhooks/deliver", {})
    assert [fields["name"] for _, fields in hook.received] == ["credit_note.create"]
