"""What the control routes do at Wave: ledger, persons, companies, webhooks, restarts, speed."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest

from ledgerport_sandbox import Clock, Running, load
from ledgerport_wave_sandbox import ids
from ledgerport_wave_sandbox.app import create_app
from ledgerport_wave_sandbox.state import COMPANY, OTHER_COMPANY
from ledgerport_wave_sandbox.visitor import SCOPE, Visitor


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000))) as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    """A visitor who has signed in; the clock stands still until it is advanced."""
    with Visitor(running.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"at": 1_790_000_000})
        visitor.control("limits", {"enabled": False})
        visitor.sign_in()
        yield visitor


def person(app: Visitor, action: str, **more: Any) -> Any:
    return app.control("person", {"company": app.company, "action": action, **more})


def test_the_installed_entry_point_builds_the_sandbox() -> None:
    app = load("wave", store=":memory:")
    assert app.provider == "wave"
    app.close()


def test_a_fresh_sandbox_has_two_businesses_without_customers_or_items(app: Visitor) -> None:
    named = {}
    for company in (COMPANY, OTHER_COMPANY):
        books = app.control(f"ledger?company={company}")
        named[company] = (books["company"]["name"], books["company"]["currency"])
        assert (books["customers"], books["items"], books["checks"]) == ([], [], [])
    assert named == {COMPANY: ("Blue Heron Plumbing", "USD"), OTHER_COMPANY: ("Second Street Heating", "USD")}


def test_a_business_may_be_named_by_its_uuid(app: Visitor) -> None:
    assert app.control(f"ledger?company={ids.raw(COMPANY)[0]}")["company"]["id"] == COMPANY
    assert app.http.get("/_sandbox/ledger?company=1").status_code == 404


def test_a_business_is_added_and_can_be_connected(app: Visitor) -> None:
    made = app.control("companies", {"name": "Leeds Pipes", "currency": "GBP"})
    app.company = made["id"]
    app.sign_in()
    assert app.data("{ business { name currency { symbol } } }")["business"] == {
        "name": "Leeds Pipes",
        "currency": {"symbol": "£"},
    }
    assert app.invoice(app.customer(), [{"productId": app.product()}])["total"] == {"value": "150.00"}
    assert app.http.post("/_sandbox/companies", json={"name": "Again", "id": made["id"]}).status_code == 422


def test_a_person_edits_deletes_and_pays_as_in_the_web_app(app: Visitor) -> None:
    buyer = person(app, "create", kind="Customer", data={"name": "By hand"})["id"]
    person(app, "rename", kind="Customer", id=buyer, name="Renamed")
    person(app, "edit", kind="Customer", id=buyer, data={"email": "d@h.example"})
    item = app.product()
    bill = person(app, "create", kind="Invoice", data={"customerId": buyer, "items": [{"productId": item}]})["id"]
    person(app, "approve", kind="Invoice", id=bill)
    paid = {
        "invoiceId": bill,
        "paymentAccountId": app.account("Cash on Hand"),
        "amount": "150",
        "paymentDate": "2026-09-21",
        "paymentMethod": "CASH",
        "exchangeRate": "1",
    }
    cash = person(app, "create", kind="Payment", data=paid)["id"]
    books = app.ledger()
    assert (books["customers"][0]["name"], books["customers"][0]["email"]) == ("Renamed", "d@h.example")
    assert (books["invoices"][0]["balance"], books["checks"]) == ("0.00", [])
    person(app, "delete", kind="Payment", id=cash)
    person(app, "delete", kind="Invoice", id=bill)
    person(app, "archive", kind="Item", id=item)
    person(app, "delete", kind="Customer", id=buyer)
    books = app.ledger()
    assert (books["invoices"], books["payments"]) == ([], [])
    assert [books["items"][0]["active"], books["customers"][0]["active"]] == [False, False]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"action": "rename", "kind": "Customer", "id": "unknown", "name": "A"}, 404),
        ({"action": "create", "kind": "Customer", "data": {"name": " "}}, 422),
        ({"action": "create", "kind": "Customer", "data": {"colour": "red"}}, 422),
        ({"action": "approve", "kind": "Customer", "id": "x"}, 422),
        ({"action": "dance", "kind": "Customer"}, 422),
        ({"action": "delete", "kind": "Vendor"}, 422),
        ({"action": "settings", "data": {"colour": "red"}}, 422),
    ],
)
def test_a_person_who_makes_no_sense_is_told_in_a_sentence(app: Visitor, data: dict[str, Any], status: int) -> None:
    answer = app.http.post("/_sandbox/person", json={"company": COMPANY, **data})
    assert answer.status_code == status
    assert answer.json()["problem"]


def test_an_archived_business_leaves_the_list(app: Visitor) -> None:
    person(app, "settings", data={"archived": True})
    query = "query($a: Boolean) { businesses(isArchived: $a) { edges { node { isArchived } } } }"
    assert app.data(query)["businesses"]["edges"] == []
    assert app.data(query, a=True)["businesses"]["edges"] == [{"node": {"isArchived": True}}]


def test_every_switch_has_a_sentence_and_unknown_ones_are_refused(app: Visitor) -> None:
    switches = app.control("switches")
    assert len(switches) > 35
    assert all(row["about"] for row in switches.values())
    assert app.http.post("/_sandbox/switches", json={"overpayment": "sometimes"}).status_code == 422


def test_calls_are_counted_by_their_root_field_without_secrets(app: Visitor) -> None:
    app.http.delete("/_sandbox/calls")
    app.hold(app.refresh().json())
    app.customer()
    report = app.control("calls")
    counts = {row["route"]: (row["outcome"], row["count"]) for row in report["counts"]}
    assert counts == {"/oauth2/token/": ("200", 1), "/graphql/public#customerCreate": ("200", 1)}
    assert app.tokens["refresh_token"] not in str(report)


def test_a_restart_keeps_books_numbers_and_tokens(tmp_path: Path) -> None:
    store, clock = tmp_path / "wave.sqlite", Clock(rate=0, at=1_790_000_000)
    with Running(create_app(store=store, clock=clock)) as sandbox, Visitor(sandbox.url) as app:
        tokens = app.sign_in()
        item = app.product()
        app.invoice(app.customer(), [{"productId": item}], invoiceNumber="41")
        app.control("person", {"company": OTHER_COMPANY, "action": "lapse_plan"})
    with Running(create_app(store=store, clock=clock)) as sandbox, Visitor(sandbox.url) as app:
        app.hold(tokens)
        assert app.invoice(app.customer("Second"), [{"productId": item}])["invoiceNumber"] == "42"
        assert [row["name"] for row in app.ledger()["customers"]] == ["Harbor View HOA", "Second"]
        assert "Second Street Heating" not in app.http.get(app.authorize_url()).text


def test_two_hundred_customers_are_made_in_a_second_of_the_sandbox(app: Visitor) -> None:
    start = time.process_time()
    for n in range(200):
        app.send("customerCreate", {"name": f"C{n}"}, "customer { id }")
    # The processor time of client and server together: the sandbox runs in a thread of this process.
    assert time.process_time() - start < 2
    assert len(app.ledger()["customers"]) == 200


# -- webhooks ------------------------------------------------------------------------------------------------


class _Hook(BaseHTTPRequestHandler):
    """Keeps what came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def hook(app: Visitor) -> Iterator[Any]:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    server.received = []  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    app.control("webhooks", {"url": f"http://127.0.0.1:{server.server_port}/in", "secret": "hush"})
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def told(app: Visitor, hook: Any) -> list[str]:
    app.control("webhooks/deliver", {})
    return [orjson.loads(body)["event_type"] for _, body in hook.received]


def test_invoices_tell_what_happened_to_them_one_event_a_delivery(app: Visitor, hook: Any) -> None:
    bill = app.invoice(app.customer(), [{"productId": app.product()}])["id"]
    for amount in ("50", "100", "1"):
        app.pay(bill, amount)
    app.do("invoiceMarkSent", {"invoiceId": bill, "sendMethod": "MARKED_SENT"})
    person(app, "view", kind="Invoice", id=bill)
    assert told(app, hook) == [
        "invoice.created",
        "invoice.approved",
        "invoice.partially_paid",
        "invoice.paid",
        "invoice.overpaid",
        "invoice.sent",
        "invoice.viewed",
    ]


def test_a_delivery_is_signed_over_time_and_body_and_names_raw_ids(app: Visitor, hook: Any) -> None:
    bill = app.invoice(app.customer(), [], status="DRAFT")["id"]
    told(app, hook)
    ((headers, body),) = hook.received
    digest = hmac.new(b"hush", b"1790000000." + body, hashlib.sha256).hexdigest()
    assert headers["x-wave-signature"] == f"t=1790000000,v1={digest}"
    event = orjson.loads(body)
    owner, _, number = ids.raw(bill)
    assert (event["business_id"], event["invoice_id"]) == (owner, number)


def test_an_older_signature_is_over_the_body_alone(app: Visitor, hook: Any) -> None:
    app.control("switches", {"webhook_signature": "raw"})
    app.invoice(app.customer(), [], status="DRAFT")
    told(app, hook)
    ((headers, body),) = hook.received
    assert headers["x-wave-signature"] == hmac.new(b"hush", body, hashlib.sha256).hexdigest()


def test_the_members_of_an_event_may_be_spelled_otherwise(app: Visitor, hook: Any) -> None:
    app.control("switches", {"webhook_members": "camel"})
    app.invoice(app.customer(), [], status="DRAFT")
    app.control("webhooks/deliver", {})
    ((_, body),) = hook.received
    assert orjson.loads(body).keys() == {"eventId", "eventType", "createdAt", "businessId", "invoiceId"}


def test_a_repeated_delivery_is_the_same_event(app: Visitor, hook: Any) -> None:
    app.invoice(app.customer(), [], status="DRAFT")
    app.control("webhooks/deliver", {"repeat": 2})
    first, second = (orjson.loads(body) for _, body in hook.received)
    assert first == second


def test_customers_products_and_payments_tell_nothing(app: Visitor, hook: Any) -> None:
    app.product()
    app.do("customerDelete", {"id": app.customer()})
    assert told(app, hook) == []


def test_a_business_without_the_plan_tells_nothing(app: Visitor, hook: Any) -> None:
    buyer = app.customer()
    person(app, "lapse_plan")
    person(app, "create", kind="Invoice", data={"customerId": buyer, "items": []})
    assert told(app, hook) == []


def test_a_grant_without_the_scope_hears_nothing(app: Visitor, hook: Any) -> None:
    app.control("revoke", {})
    app.sign_in(scope=SCOPE.replace("estimate:read", ""))
    app.invoice(app.customer(), [], status="DRAFT")
    line = {"productId": app.product(), "unitPrice": "1"}
    app.do("estimateCreate", {"customerId": app.customer(), "items": [line]})
    assert told(app, hook) == ["invoice.created"]
