"""Xero's sandbox: the intent to receive, signed deliveries, and which changes are told."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest
from tests.integration.xero_desk import contact, fresh, invoice, payment, served

from ledgerport_sandbox import Running
from ledgerport_xero_sandbox.visitor import Visitor

KEY = "hush"


def signed(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


class Receiver(BaseHTTPRequestHandler):
    """Answers as Xero wants it: 200 for a right signature, 401 for a wrong one; `careless` takes everything."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["content-length"]))
        right = self.headers["x-xero-signature"] == signed(body)
        server.received.append((right, dict(self.headers), body))
        self.send_response(200 if right or server.careless else 401)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Receiver)
    server.received, server.careless = [], False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with served() as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running, receiver: Any) -> Iterator[Visitor]:
    with fresh(running) as visitor:
        visitor.sign_in()
        visitor.control("webhooks", {"url": f"http://127.0.0.1:{receiver.server_port}/in", "secret": KEY})
        yield visitor


def events(receiver: Any) -> list[dict[str, Any]]:
    return [event for _, _, body in receiver.received for event in orjson.loads(body)["events"]]


def test_the_intent_to_receive_sends_right_and_wrong_signatures(app: Visitor, receiver: Any) -> None:
    report = app.control("webhooks/handshake", {})
    assert report["trusted"] is True
    assert [row["status"] for row in report["answers"]] == [200, 401, 401, 200]
    assert {right for right, _, _ in receiver.received} == {True, False}
    body = orjson.loads(receiver.received[0][2])
    assert (body["events"], body["firstEventSequence"], body["lastEventSequence"]) == ([], 0, 0)
    assert body["entropy"]


def test_who_takes_wrong_signatures_gets_no_events(app: Visitor, receiver: Any) -> None:
    receiver.careless = True
    contact(app)
    answer = app.http.post("/_sandbox/webhooks/deliver", json={})
    assert answer.status_code == 422
    assert "handshake" in answer.json()["problem"]
    assert app.control("webhooks")["waiting"] == 1


def test_an_event_names_the_record_and_is_signed_over_the_raw_body(app: Visitor, receiver: Any) -> None:
    made = contact(app)
    app.control("webhooks/deliver", {})
    right, headers, body = receiver.received[-1]
    assert right
    assert headers["content-type"] == "application/json; charset=utf-8"
    (event,) = orjson.loads(body)["events"]
    assert event == {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{made['ContactID']}",
        "resourceId": made["ContactID"],
        "eventDateUtc": "2026-09-21T14:13:20.000",
        "eventType": "CREATE",
        "eventCategory": "CONTACT",
        "tenantId": app.tenant,
        "tenantType": "ORGANISATION",
    }
    assert signed(orjson.dumps(orjson.loads(body))) != headers["x-xero-signature"]


def test_contacts_and_invoices_are_told_and_archiving_voiding_and_paying_are_updates(
    app: Visitor, receiver: Any
) -> None:
    bill = invoice(app)
    paid = app.create("Payments", payment(bill, 10))
    app.change("Payments", paid["PaymentID"], {"Status": "DELETED"})
    app.change("Invoices", bill["InvoiceID"], {"Status": "VOIDED"})
    app.person("archive", id=bill["Contact"]["ContactID"])
    app.create("Items", {"Code": "A"})
    app.control("webhooks/deliver", {})
    told = [(event["eventCategory"], event["eventType"]) for event in events(receiver)]
    assert told == [("CONTACT", "CREATE"), ("INVOICE", "CREATE"), *[("INVOICE", "UPDATE")] * 3, ("CONTACT", "UPDATE")]


def test_the_switch_keeps_payments_from_being_told(app: Visitor, receiver: Any) -> None:
    app.control("switches", {"payment_raises_invoice_event": False})
    app.create("Payments", payment(invoice(app), 10))
    app.control("webhooks/deliver", {})
    assert [event["eventType"] for event in events(receiver)] == ["CREATE", "CREATE"]


def test_sequences_count_on_over_deliveries(app: Visitor, receiver: Any) -> None:
    spans = []
    for names in (("A", "B"), ("C",)):
        for name in names:
            contact(app, name)
        app.control("webhooks/deliver", {})
        body = orjson.loads(receiver.received[-1][2])
        spans.append((body["firstEventSequence"], body["lastEventSequence"]))
    assert spans[0][1] - spans[0][0] == 1
    assert spans[1] == (spans[0][1] + 1, spans[0][1] + 1)
