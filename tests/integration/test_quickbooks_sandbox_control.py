"""Every control route under /_sandbox/."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest
from quickbooks import QuickBooks

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_quickbooks_sandbox.visitor import REALM, Visitor
from ledgerport_sandbox import Clock, Running, load


@pytest.fixture
def app() -> Iterator[Visitor]:
    """A visitor who has signed in; the clock stands still until it is advanced."""
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000))) as sandbox, Visitor(sandbox.url) as visitor:
        visitor.sign_in()
        yield visitor


def test_the_installed_entry_point_builds_the_sandbox() -> None:
    app = load("quickbooks", store=":memory:")
    assert app.provider == "quickbooks"
    app.close()


def test_an_unknown_sandbox_is_refused_with_the_names_of_those_that_are_there() -> None:
    with pytest.raises(LookupError, match=r"installed: .*quickbooks"):
        load("abacus")


def test_the_ledger_has_rows_totals_and_checks(app: Visitor) -> None:
    buyer = app.create("Customer", {"DisplayName": "Harbor View HOA", "PrimaryEmailAddr": {"Address": "d@h.example"}})
    books = app.ledger()
    assert books["company"] == {"id": REALM, "name": "Blue Plumbing LLC", "currency": "USD"}
    row = {"id": buyer["Id"], "name": "Harbor View HOA", "email": "d@h.example", "active": True}
    assert books["customers"] == [row]
    assert (books["totals"]["customers"], books["totals"]["open"], books["checks"]) == (1, "0.00", [])
    assert app.control(f"ledger?company={REALM}&summary=1").keys() == {"provider", "company", "totals", "checks"}


def test_the_ledger_of_an_unknown_company_is_404(app: Visitor) -> None:
    assert app.http.get("/_sandbox/ledger?company=1").status_code == 404


def test_faults_are_listed_and_cleared(app: Visitor) -> None:
    first = app.control("faults", {"name": "throttle", "count": None})
    app.control("faults", {"name": "drop_before"})
    assert [row["name"] for row in app.control("faults")["waiting"]] == ["throttle", "drop_before"]
    app.http.delete(f"/_sandbox/faults/{first['id']}")
    assert [row["name"] for row in app.control("faults")["waiting"]] == ["drop_before"]
    assert app.http.delete("/_sandbox/faults").json() == {"waiting": [], "spent": []}


@pytest.mark.parametrize(
    "nonsense",
    [
        {"name": "nope"},
        {"name": "slow"},
        {"name": "throttle", "colour": 1},
        {"name": "drop_after", "match": {"x": "y"}},
    ],
)
def test_a_fault_that_makes_no_sense_is_422_with_a_sentence(app: Visitor, nonsense: dict[str, Any]) -> None:
    answer = app.http.post("/_sandbox/faults", json=nonsense)
    assert answer.status_code == 422
    assert answer.json()["problem"]


def test_the_clock_is_set_advanced_and_read(app: Visitor) -> None:
    assert app.control("clock")["now"] == 1_790_000_000
    assert app.control("clock", {"advance": 90})["now"] == 1_790_000_090
    moved = app.control("clock", {"rate": 60, "at": 1_800_000_000, "since": time.time()})
    assert moved["rate"] == 60
    assert 1_800_000_000 <= moved["now"] < 1_800_000_600


def test_latency_delays_matching_calls_by_sandbox_seconds(app: Visitor) -> None:
    app.control("clock", {"rate": 100})
    app.control("latency", {"seconds": 20, "match": {"operation": "query"}})
    start = time.monotonic()
    app.query("select * from Item")
    assert 0.15 < time.monotonic() - start < 5
    assert app.control("latency") == [{"seconds": 20.0, "match": {"operation": "query"}}]
    assert app.control("latency", {"seconds": 0}) == [{"seconds": 0.0, "match": {}}]


def test_limits_are_replaced_counted_and_switched_off(app: Visitor) -> None:
    app.control("limits", {"limits": [{"name": "requests per minute", "count": 1, "per": 60}]})
    assert [app.get("preferences").status_code for _ in range(3)] == [200, 429, 429]
    assert app.control("limits")["refusals"] == {"requests per minute": 2, "total": 2}
    app.control("limits", {"enabled": False})
    assert app.get("preferences").status_code == 200


def test_revoke_ends_the_grants_of_one_company(app: Visitor) -> None:
    assert app.control("revoke", {"company": "9341450000000002"}) == {"revoked": 0}
    assert app.control("revoke", {"company": REALM}) == {"revoked": 1}
    assert app.get("preferences").status_code == 401
    assert app.refresh().json() == {"error": "invalid_grant"}


def test_switches_are_listed_with_defaults_and_unknown_ones_refused(app: Visitor) -> None:
    switches = app.control("switches")
    assert switches["refresh_rotation"]["default"] == "always"
    assert all(row["about"] for row in switches.values())
    assert app.http.post("/_sandbox/switches", json={"refresh_rotation": "sometimes"}).status_code == 422
    assert app.http.post("/_sandbox/switches", json={"nope": True}).status_code == 422


def test_reset_makes_a_fresh_sandbox(app: Visitor) -> None:
    app.create("Customer", {"DisplayName": "Gone"})
    app.control("switches", {"throttle_body": "json"})
    app.control("faults", {"name": "throttle"})
    app.control("reset", {})
    assert app.get("preferences").status_code == 401
    app.sign_in()
    assert (app.ledger()["customers"], app.control("switches")["throttle_body"]["value"]) == ([], "xml")


def test_calls_are_counted_by_method_route_and_outcome_without_secrets(app: Visitor) -> None:
    app.http.delete("/_sandbox/calls")
    app.refresh()
    app.get("item/1")
    report = app.control("calls")
    counts = {(row["method"], row["route"], row["outcome"]): row["count"] for row in report["counts"]}
    assert counts == {
        ("POST", "/oauth2/v1/tokens/bearer", "200"): 1,
        ("GET", "/v3/company/{realm}/item/{id}", "400"): 1,
    }
    assert app.tokens["refresh_token"] not in str(report)


def test_a_company_is_added_with_its_locale(app: Visitor) -> None:
    app.control("companies", {"id": "77", "name": "Leeds Pipes Ltd", "locale": "uk"})
    app.realm = "77"
    app.sign_in()
    assert app.get("companyinfo/77").json()["CompanyInfo"]["Country"] == "GB"
    assert app.get("preferences").json()["Preferences"]["CurrencyPrefs"]["HomeCurrency"] == {"value": "GBP"}
    assert app.http.post("/_sandbox/companies", json={"id": "77", "name": "Again"}).status_code == 422


def test_a_person_can_rename_deactivate_delete_and_close_the_books(app: Visitor) -> None:
    buyer = app.create("Customer", {"DisplayName": "Old name"})
    person = {"company": REALM, "kind": "Customer", "id": buyer["Id"]}
    assert app.control("person", {**person, "action": "rename", "name": "New name"})["SyncToken"] == "1"
    assert app.control("person", {**person, "action": "deactivate"})["DisplayName"] == "New name (deleted)"
    assert app.control("person", {**person, "action": "reactivate"})["DisplayName"] == "New name"
    vendor = {"company": REALM, "action": "create", "kind": "Vendor", "data": {"DisplayName": "Pipe Co"}}
    assert app.control("person", vendor)["Vendor1099"] is False
    closed = app.control("person", {"company": REALM, "action": "close_books", "until": "2026-06-30"})
    assert closed["closed_until"] == "2026-06-30"
    assert app.http.post("/_sandbox/person", json={**person, "id": "999", "action": "deactivate"}).status_code == 404


class _Hook(BaseHTTPRequestHandler):
    """Answers with the next status of its server's list and keeps what came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def hook() -> Iterator[Any]:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    server.received, server.statuses = [], []  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _verified(headers: dict[str, str], body: bytes) -> bool:
    # python-quickbooks' own check is the judge of the signature.
    client = QuickBooks(verifier_token="hush", minorversion=75)
    signature = {name.lower(): value for name, value in headers.items()}["intuit-signature"]
    return bool(client.validate_webhook_signature(body.decode(), signature))


def test_webhooks_are_cloud_events_signed_over_the_raw_body(app: Visitor, hook: Any) -> None:
    app.control("webhooks", {"url": f"http://127.0.0.1:{hook.server_port}/in", "secret": "hush"})
    made = app.create("Customer", {"DisplayName": "Told"})
    assert app.control("webhooks/deliver", {"repeat": 2})["waiting"] == 0
    (headers, body), (_, again) = hook.received
    (event,) = orjson.loads(body)
    assert (event["type"], event["intuitentityid"], event["intuitaccountid"]) == (
        "qbo.customer.created.v1",
        made["Id"],
        REALM,
    )
    assert headers["content-type"] == "application/cloudevents-batch+json; charset=utf-8"
    assert _verified(headers, body)
    assert orjson.loads(again)[0]["id"] == event["id"]


def test_the_switch_sends_the_legacy_body(app: Visitor, hook: Any) -> None:
    app.control("switches", {"webhook_format": "legacy"})
    app.control("webhooks", {"url": f"http://127.0.0.1:{hook.server_port}/in", "secret": "hush"})
    app.create("Customer", {"DisplayName": "Told"})
    app.control("webhooks/deliver", {})
    (headers, body) = hook.received[0]
    (notice,) = orjson.loads(body)["eventNotifications"]
    assert notice["dataChangeEvent"]["entities"][0]["operation"] == "Create"
    assert _verified(headers, body)


def test_events_that_were_not_taken_wait_for_the_next_delivery(app: Visitor, hook: Any) -> None:
    hook.statuses.append(503)
    app.control("webhooks", {"url": f"http://127.0.0.1:{hook.server_port}/in", "secret": "hush"})
    app.create("Customer", {"DisplayName": "Told"})
    first = app.control("webhooks/deliver", {})
    assert (first["deliveries"][0]["status"], first["waiting"]) == (503, 1)
    assert app.control("webhooks/deliver", {})["waiting"] == 0
