"""The REST API as its callers meet it: statuses, problems, keys, idempotency, loads, events."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.factories import HandClock, count, make_connection, make_hub, sqlite_url

from ledgerport.api.app import create_app
from ledgerport.db.models import ApiKey, Payment, Run
from ledgerport.services.api_keys import create_key, revoke_key
from ledgerport.services.context import Hub
from ledgerport.services.tenants import create_tenant

CUSTOMER = {"name": "Jon Doe", "email": "j.doe@example.com"}
INVOICE: dict[str, Any] = {
    "number": "1001",
    "customer": "C-1",
    "issued_on": "2026-05-01",
    "lines": [{"description": "Work", "quantity": "1.5", "unit_price": "80.00"}],
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return create_tenant(hub, slug="blue", name="Blue Plumbing LLC").id


@pytest.fixture
def api(hub: Hub, tenant: int) -> Iterator[TestClient]:
    """A client that holds a key of the tenant."""
    key = create_key(hub, tenant="blue", name="host app").key
    app = create_app(hub, look_every=0.01)
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def operator(hub: Hub) -> Iterator[TestClient]:
    key = create_key(hub, tenant=None, name="op", scopes=["operator"]).key
    with TestClient(create_app(hub), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_a_record_is_created_then_replaced_and_shown(api: TestClient) -> None:
    created = api.put("/v1/customers/C-1", json=CUSTOMER)
    replaced = api.put("/v1/customers/C-1", json={**CUSTOMER, "phone": "555"})
    same = api.put("/v1/customers/C-1", json={**CUSTOMER, "phone": "555"})
    assert (created.status_code, created.headers["Ledgerport-Change"]) == (201, "created")
    assert (replaced.status_code, replaced.headers["Ledgerport-Change"]) == (200, "updated")
    assert same.headers["Ledgerport-Change"] == "unchanged"
    assert api.get("/v1/customers/C-1").json()["phone"] == "555"


def test_money_goes_out_as_text(api: TestClient) -> None:
    api.put("/v1/customers/C-1", json=CUSTOMER)
    shown = api.put("/v1/invoices/INV-1", json=INVOICE).json()
    assert (shown["total"], shown["paid"], shown["open"]) == ("120.00", "0.00", "120.00")
    assert shown["lines"][0]["amount"] == "120.00"


def test_a_record_that_is_refused_names_itself_the_field_and_the_next_step(api: TestClient) -> None:
    answer = api.put("/v1/invoices/INV-1", json=INVOICE)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:ledgerport:problem:record-not-accepted",
        "title": "Record not accepted",
        "status": 422,
        "detail": "Invoice INV-1: customer C-1 is not known here",
        "kind": "invoice",
        "ref": "INV-1",
        "field": "customer",
        "next_step": "Send customer C-1 first, then this record again.",
    }


def test_a_shape_that_is_wrong_answers_in_the_same_shape_with_record_and_field(api: TestClient) -> None:
    answer = api.put("/v1/items/I-1", json={"name": "Pipe", "type": "product", "price": 19.99})
    told = answer.json()
    assert answer.status_code == 422
    assert (told["kind"], told["ref"], told["field"]) == ("item", "I-1", "price")
    assert told["detail"] == 'Item I-1: price must be written as text, such as "12.50", or as a whole number.'


def test_an_unknown_field_is_refused_by_name(api: TestClient) -> None:
    answer = api.put("/v1/customers/C-1", json={**CUSTOMER, "nickname": "Joe"})
    assert (answer.status_code, answer.json()["field"]) == (422, "nickname")


def test_a_body_that_names_another_ref_than_the_address_is_refused(api: TestClient) -> None:
    answer = api.put("/v1/customers/C-1", json={**CUSTOMER, "ref": "C-2"})
    assert (answer.status_code, answer.json()["field"]) == (422, "ref")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "title"),
    [
        ("GET", "/v1/customers/nobody", None, 404, "Not found"),
        ("GET", "/v1/nowhere", None, 404, "Not found"),
        ("POST", "/v1/customers/C-1", None, 405, "Method not allowed"),
        ("PUT", "/v1/customers/C-1", "{", 400, "Not JSON"),
        ("GET", "/v1/customers?cursor=zzz", None, 422, "Request not accepted"),
        ("GET", "/v1/customers?limit=0", None, 422, "Request not accepted"),
        ("GET", "/v1/customers/a%00b", None, 422, "Request not accepted"),
        ("GET", "/v1/runs/999", None, 404, "Not found"),
        ("POST", "/v1/connections/alpha/sync", None, 404, "Not found"),
        ("POST", "/v1/connections/gamma/connect", None, 404, "Not found"),
    ],
)
def test_every_error_is_a_problem(
    api: TestClient, method: str, path: str, body: str | None, status: int, title: str
) -> None:
    answer = api.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == title
    assert answer.json()["detail"]


def test_a_fault_of_ours_answers_with_a_number_and_nothing_of_the_request(hub: Hub, api: TestClient) -> None:
    hub.database.close()
    with hub.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE api_requests")
    answer = api.post("/v1/invoices/INV-1/void", headers={"Idempotency-Key": "k"})
    assert answer.status_code in (500, 503)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "api_requests" not in answer.text


def test_mark_paid_twice_pays_once(api: TestClient, hub: Hub, tenant: int) -> None:
    api.put("/v1/customers/C-1", json=CUSTOMER)
    api.put("/v1/invoices/INV-1", json=INVOICE)
    first = api.post("/v1/invoices/INV-1/mark-paid", json={"method": "card"})
    second = api.post("/v1/invoices/INV-1/mark-paid")
    assert (first.status_code, first.json()["amount"]) == (200, "120.00")
    assert second.json()["already_paid"] is True
    assert count(hub, tenant, Payment) == 1


def test_an_idempotency_key_gives_the_first_answer_again(api: TestClient) -> None:
    api.put("/v1/customers/C-1", json=CUSTOMER)
    api.put("/v1/invoices/INV-1", json=INVOICE)
    first = api.post("/v1/invoices/INV-1/mark-paid", headers={"Idempotency-Key": "k-1"})
    second = api.post("/v1/invoices/INV-1/mark-paid", headers={"Idempotency-Key": "k-1"})
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json()["already_paid"] is False


def test_an_idempotency_key_with_another_body_is_refused(api: TestClient) -> None:
    api.put("/v1/customers/C-1", json=CUSTOMER)
    api.put("/v1/invoices/INV-1", json=INVOICE)
    api.post("/v1/invoices/INV-1/mark-paid", json={"method": "card"}, headers={"Idempotency-Key": "k-1"})
    other = api.post("/v1/invoices/INV-1/mark-paid", json={"method": "cash"}, headers={"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")


def test_a_refused_request_may_be_repeated_with_its_idempotency_key(api: TestClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert api.post("/v1/invoices/INV-1/mark-paid", headers=key).status_code == 404
    api.put("/v1/customers/C-1", json=CUSTOMER)
    api.put("/v1/invoices/INV-1", json=INVOICE)
    assert api.post("/v1/invoices/INV-1/mark-paid", headers=key).status_code == 200


def test_an_idempotency_key_is_forgotten_after_a_day(api: TestClient, hub: Hub) -> None:
    assert isinstance(hub.clock, HandClock)
    api.put("/v1/customers/C-1", json=CUSTOMER)
    api.put("/v1/invoices/INV-1", json=INVOICE)
    api.post("/v1/invoices/INV-1/mark-paid", headers={"Idempotency-Key": "k-1"})
    hub.clock.pass_time(timedelta(hours=25))
    again = api.post("/v1/invoices/INV-1/mark-paid", headers={"Idempotency-Key": "k-1"})
    assert again.json()["already_paid"] is True


def test_a_load_names_rejected_rows_and_takes_the_rest(api: TestClient) -> None:
    rows = [
        json.dumps({"kind": "customer", "ref": "C-1", "name": "Jon"}),
        json.dumps({"kind": "item", "ref": "I-1", "name": "Pipe", "type": "product", "price": "-1"}),
        json.dumps({"kind": "item", "ref": "I-2", "name": "Pipe", "type": "product", "price": "1"}),
    ]
    loaded = api.post("/v1/load", content="\n".join(rows)).json()
    assert (loaded["accepted"], loaded["created"], loaded["rejected_count"]) == (2, 2, 1)
    assert loaded["rejected"] == [
        {
            "line": 2,
            "kind": "item",
            "ref": "I-1",
            "field": "price",
            "reason": "Item I-1: price must not be below zero.",
            "next_step": "Correct the field and send the record again.",
        }
    ]


def test_a_load_repeated_with_its_key_gives_the_first_answer(api: TestClient) -> None:
    row = json.dumps({"kind": "customer", "ref": "C-1", "name": "Jon"})
    first = api.post("/v1/load", content=row, headers={"Idempotency-Key": "load-1"}).json()
    second = api.post("/v1/load", content=row, headers={"Idempotency-Key": "load-1"}).json()
    assert (first["created"], second) == (1, first)


def test_a_body_too_long_is_refused_before_it_fills_the_memory(api: TestClient) -> None:
    answer = api.put("/v1/customers/C-1", content=b" " * (9 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_sync_answers_202_with_its_run(api: TestClient, hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    api.put("/v1/customers/C-1", json=CUSTOMER)
    answer = api.post("/v1/connections/alpha/sync")
    assert answer.status_code == 202
    run = api.get(f"/v1/runs/{answer.json()['run_id']}").json()
    assert (run["state"], run["total"], run["left"], run["trigger"]) == ("running", 1, 1, "click")


def test_a_run_s_events_show_progress_and_end_with_it(api: TestClient, hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    api.put("/v1/customers/C-1", json=CUSTOMER)
    run_id = api.post("/v1/connections/alpha/sync").json()["run_id"]
    started = threading.Event()

    def finish() -> None:
        started.wait(10)
        with hub.database.tenant(tenant) as session:
            run = session.scalars(select(Run)).one()
            run.state, run.created, run.finished_at = "finished", 1, hub.clock.now()

    worker = threading.Thread(target=finish)
    worker.start()
    # The test client hands a stream over when it has ended: the run may end as soon as it is asked for.
    started.set()
    answer = api.get(f"/v1/runs/{run_id}/events")
    worker.join(10)
    events = [part.splitlines() for part in answer.text.strip().split("\n\n")]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert events[-1][0] == "event: end"
    assert json.loads(events[-1][1].removeprefix("data: "))["created"] == 1


def test_a_connect_gives_an_address_of_this_hub(api: TestClient) -> None:
    answer = api.post("/v1/connections/alpha/connect", json={"return_to": "/connections"})
    assert answer.status_code == 200
    assert answer.json()["connect_url"].startswith("http://127.0.0.1:8080/connect/alpha?ticket=")
    away = api.post("/v1/connections/alpha/connect", json={"return_to": "https://evil.example/"})
    assert away.status_code == 409


def test_a_provider_that_is_turned_off_cannot_be_connected(api: TestClient, operator: TestClient) -> None:
    switched = operator.put("/v1/tenants/blue/providers/alpha", json={"enabled": False}).json()
    assert switched["state"] == "disabled"
    assert switched["changed_by"].startswith("key:")
    answer = api.post("/v1/connections/alpha/connect")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "Your operator has turned Alpha off for this account.",
    )


def test_a_key_is_shown_once_and_only_its_digest_is_kept(operator: TestClient, hub: Hub, tenant: int) -> None:
    made = operator.post("/v1/tenants/blue/keys", json={"name": "host app"}).json()
    assert made["key"].startswith(f"lp_{made['prefix']}_")
    listed = operator.get("/v1/tenants/blue/keys")
    assert made["key"] not in listed.text
    with hub.database.everything(read=True) as session:
        row = session.scalars(select(ApiKey).where(ApiKey.prefix == made["prefix"])).one()
        assert made["key"].rsplit("_", 1)[1] not in row.digest
        assert len(row.digest) == 64


def test_a_revoked_key_and_an_expired_one_are_refused(hub: Hub, tenant: int) -> None:
    assert isinstance(hub.clock, HandClock)
    revoked = create_key(hub, tenant="blue", name="a")
    short = create_key(hub, tenant="blue", name="b", life=timedelta(days=1))
    revoke_key(hub, prefix=revoked.prefix)
    with TestClient(create_app(hub)) as client:
        assert client.get("/v1/customers", headers={"Authorization": f"Bearer {revoked.key}"}).status_code == 401
        assert client.get("/v1/customers", headers={"Authorization": f"Bearer {short.key}"}).status_code == 200
        hub.clock.pass_time(timedelta(days=1))
        late = client.get("/v1/customers", headers={"Authorization": f"Bearer {short.key}"})
    assert (late.status_code, late.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert late.json()["detail"] == "This API key is unknown, has expired or was revoked."


def test_a_right_prefix_with_a_wrong_secret_is_refused(api: TestClient, hub: Hub) -> None:
    key = create_key(hub, tenant="blue", name="a").key
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert api.get("/v1/customers", headers={"Authorization": f"Bearer {wrong}"}).status_code == 401


def test_a_second_tenant_of_the_same_slug_is_refused(operator: TestClient, tenant: int) -> None:
    answer = operator.post("/v1/tenants", json={"slug": "blue", "name": "Again"})
    assert (answer.status_code, answer.json()["detail"]) == (409, 'There is a tenant "blue" already.')


def test_health_needs_no_key(hub: Hub) -> None:
    with TestClient(create_app(hub)) as client:
        assert client.get("/healthz").json() == {"status": "ok"}


def test_any_record_is_sent_again_on_request_at_one_provider(api: TestClient, hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    make_connection(hub, tenant, "beta")
    api.put("/v1/customers/C-1", json={"name": "Ada"})
    answer = api.post("/v1/customers/C-1/sync", params={"provider": "beta"})
    assert answer.status_code == 202
    (started,) = answer.json()
    assert (started["provider"], started["action"], started["total"]) == ("beta", "sync", 1)
    assert api.post("/v1/customers/C-9/sync").status_code == 404
