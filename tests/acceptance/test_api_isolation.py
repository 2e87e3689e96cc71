"""Every route of the API: no key, another tenant's key, a key that may only read, an operator's key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.factories import link, make_connection, save, tasks
from tests.memory_answers import remember, remembering, voyage

from ledgerport.api.app import create_app
from ledgerport.contract import Kind
from ledgerport.db.models import Attempt, LedgerAccount, Notice, Op, Run
from ledgerport.db.models.imports import Import, ImportState
from ledgerport.services.api_keys import create_key
from ledgerport.services.context import Hub
from ledgerport.services.notices_webhook import set_webhook
from ledgerport.services.tenants import create_tenant

READING = ("GET",)
# The only routes that answer without a key: what a browser opens while connecting is guarded by ticket and cookie.
OPEN = {"/healthz", "/connect/{provider}", "/oauth/{provider}/callback", "/oauth/{provider}/choose"}
BODIES: dict[str, Any] = {
    "/v1/customers/{ref}": {"name": "Mine"},
    "/v1/items/{ref}": {"name": "Mine", "type": "service", "price": "1.00"},
    "/v1/invoices/{ref}": {
        "number": "9",
        "customer": "C-1",
        "issued_on": "2026-05-01",
        "lines": [{"quantity": "1", "unit_price": "1.00"}],
    },
    "/v1/estimates/{ref}": {
        "number": "9",
        "customer": "C-1",
        "issued_on": "2026-05-01",
        "lines": [{"quantity": "1", "unit_price": "1.00"}],
    },
    "/v1/payments/{ref}": {"customer": "C-1", "paid_on": "2026-05-01", "amount": "1.00"},
    "/v1/connections/{provider}": {"auto_sync": False},
    "/v1/connections/{provider}/key": {"key": "nobody's"},
    "/v1/connections/{provider}/mappings/items/{ref}": {"income_account": "79"},
    "/v1/connections/{provider}/mappings/defaults/{item_type}": {"income_account": "79"},
    "/v1/connections/{provider}/mappings/apply-to-unmapped": {"income_account": "79"},
    "/v1/connections/{provider}/tax-mappings/{code}": {"remote_id": "TAX"},
    "/v1/connections/{provider}/deposit-account": {"account": "35"},
    "/v1/connections/{provider}/choices/{name}": {"on": True},
    "/v1/connections/{provider}/imports": {"kind": "item"},
    "/v1/connections/{provider}/imports/{import_id}/rows": {"rows": [{"id": 1, "choice": "skip"}]},
    "/v1/webhook": {"url": "https://alice.example/events"},
    "/v1/stuck/{task_id}/link": {"remote_id": "58"},
    "/v1/stuck/{task_id}/rename": {"name": "Mine"},
    "/v1/memory/backfill": {"at_most": "1.00"},
    "/v1/tenants": {"slug": "third", "name": "Third"},
    "/v1/tenants/{slug}": {"name": "Other"},
    "/v1/tenants/{slug}/keys": {"name": "k"},
    "/v1/tenants/{slug}/providers/{provider}": {"enabled": False},
}
# What a search needs in its address.
QUERIES = {"/v1/memory/search": {"q": "work"}}
# What is the same for every tenant, or is only made, never shown, by the call.
NOT_ABOUT_RECORDS = {
    ("POST", "/v1/load"),
    ("POST", "/v1/connections/{provider}/connect"),
    ("POST", "/v1/connections/{provider}/key"),
    ("GET", "/v1/providers"),
}
SECRETS = (
    "Alice Secret",
    "alice@secret.example",
    "Secret Item",
    "SECRET-1",
    "Secret Books LLC",
    "remote-secret",
    "hidden",
)


@dataclass(frozen=True)
class World:
    hub: Hub
    app: FastAPI
    client: TestClient
    alice: int
    alice_read: str
    bob: str
    operator: str
    run_id: int


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Alice has everything there is; Bob has a key and nothing else."""
    folder: Path = tmp_path_factory.mktemp("isolation")
    with voyage() as voyage_url, remembering(folder, voyage_url) as hub:
        alice = create_tenant(hub, slug="alice", name="Alice").id
        create_tenant(hub, slug="bob", name="Bob")
        app = create_app(hub)
        run_id = fill(hub, alice)
        remember(hub, alice)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield World(
                hub=hub,
                app=app,
                client=client,
                alice=alice,
                alice_read=create_key(hub, tenant="alice", name="r", scopes=["read"]).key,
                bob=create_key(hub, tenant="bob", name="b").key,
                operator=create_key(hub, tenant=None, name="o", scopes=["operator"]).key,
                run_id=run_id,
            )


def fill(hub: Hub, tenant: int) -> int:
    connection = make_connection(hub, tenant, company_name="Secret Books LLC")
    customer = save(hub, tenant, "customer", "C-1", name="Alice Secret", email="alice@secret.example")
    save(hub, tenant, "item", "I-1", name="Secret Item")
    save(hub, tenant, "invoice", "INV-1", number="SECRET-1")
    save(hub, tenant, "estimate", "EST-1", number="SECRET-1")
    save(hub, tenant, "payment", "P-1", reference="hidden", allocations=[{"invoice": "INV-1", "amount": "1.00"}])
    link(hub, tenant, connection, "customer", customer.record_id, "remote-secret")
    now = hub.clock.now()
    set_webhook(hub, tenant_id=tenant, url="https://alice.example/hidden")
    with hub.database.tenant(tenant) as session:
        run = Run(connection_id=connection, trigger="click", requested_by="hidden", state="finished", started_at=now)
        session.add(run)
        session.flush()
        session.add_all(
            [
                Attempt(
                    connection_id=connection,
                    run_id=run.id,
                    kind=Kind.CUSTOMER,
                    record_id=customer.record_id,
                    op=Op.PUSH,
                    verdict="created",
                    reason="hidden",
                    at=now,
                ),
                LedgerAccount(connection_id=connection, remote_id="79", name="hidden", use="income", read_at=now),
                Notice(connection_id=connection, cause="x", text="hidden", opened_at=now),
                Import(
                    connection_id=connection,
                    kind=Kind.CUSTOMER,
                    state=ImportState.READY,
                    phase=ImportState.READING,
                    requested_by="hidden",
                    created_at=now,
                ),
            ]
        )
        return run.id


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of every route, by what the app says of itself."""
    found = []
    for path, operations in app.openapi()["paths"].items():
        found += [(method.upper(), path) for method in operations]
    return sorted(found)


def is_operators(path: str) -> bool:
    return path.startswith(("/v1/tenants", "/v1/keys", "/v1/plugins", "/v1/health"))


def call(world: World, method: str, path: str, key: str | None) -> Any:
    refs = {
        "customers": "C-1",
        "items": "I-1",
        "mappings": "I-1",
        "invoices": "INV-1",
        "estimates": "EST-1",
        "payments": "P-1",
    }
    ref = next((ref for noun, ref in refs.items() if f"/{noun}/" in path), "C-1")
    values = {
        "ref": ref,
        "provider": "alpha",
        "run_id": world.run_id,
        "task_id": 1,
        "import_id": 1,
        "reason_code": "refused",
        "name": "together",
        "item_type": "service",
        "code": "taxable",
        "slug": "alice",
        "prefix": "0" * 12,
    }
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if path == "/v1/load":
        return world.client.request(method, path, headers=headers, content=b"")
    body = BODIES.get(path) if method in ("PUT", "POST", "PATCH") else None
    return world.client.request(method, path.format(**values), headers=headers, params=QUERIES.get(path), json=body)


def snapshot(world: World) -> list[Any]:
    """All of Alice's that a call could change."""
    with world.hub.database.tenant(world.alice, read=True) as session:
        runs = session.scalars(select(Run.id)).all()
    records = [
        world.client.get(f"/v1/{noun}", headers={"Authorization": f"Bearer {world.alice_read}"}).json()
        for noun in ("customers", "items", "invoices", "estimates", "payments", "connections")
    ]
    return [tasks(world.hub, world.alice), runs, records]


def test_every_route_is_known_to_openapi(world: World) -> None:
    described = {path for _, path in routes(world.app)}
    hidden = {route.path for route in world.app.routes if isinstance(route, APIRoute)} - described
    assert hidden <= OPEN


def test_without_a_key_every_route_answers_401(world: World) -> None:
    open_routes = [
        (method, path)
        for method, path in routes(world.app)
        if path not in OPEN and call(world, method, path, None).status_code != 401
    ]
    assert open_routes == []


def test_with_a_made_up_key_every_route_answers_401(world: World) -> None:
    made_up = f"lp_{'0' * 12}_{'A' * 43}"
    open_routes = [
        (method, path)
        for method, path in routes(world.app)
        if path not in OPEN and call(world, method, path, made_up).status_code != 401
    ]
    assert open_routes == []


def test_another_tenant_s_key_sees_and_changes_nothing(world: World) -> None:
    before = snapshot(world)
    seen = []
    for method, path in routes(world.app):
        if path in OPEN or is_operators(path):
            continue
        answer = call(world, method, path, world.bob)
        if any(secret in answer.text for secret in SECRETS if secret not in str(BODIES.get(path))):
            seen.append((method, path, "shows a secret"))
        names_a_thing = "{" in path and (method, path) not in NOT_ABOUT_RECORDS
        makes_its_own = method == "PUT" and path.count("/") == 3
        if names_a_thing and not makes_its_own and answer.status_code != 404:
            seen.append((method, path, answer.status_code))
    assert seen == []
    assert snapshot(world) == before


def test_a_key_that_may_only_read_is_refused_every_write(world: World) -> None:
    before = snapshot(world)
    wrong = [
        (method, path)
        for method, path in routes(world.app)
        if method not in READING and path not in OPEN and call(world, method, path, world.alice_read).status_code != 403
    ]
    assert wrong == []
    assert snapshot(world) == before


def test_a_key_that_may_only_read_reads_every_page_of_its_tenant(world: World) -> None:
    wrong = [
        (path, answer.status_code)
        for method, path in routes(world.app)
        if method in READING and path not in OPEN and not is_operators(path)
        for answer in [call(world, method, path, world.alice_read)]
        if answer.status_code != 200
    ]
    assert wrong == []


def test_a_tenant_s_key_is_refused_every_operator_route(world: World) -> None:
    wrong = [
        (method, path)
        for method, path in routes(world.app)
        if is_operators(path) and call(world, method, path, world.bob).status_code != 403
    ]
    assert wrong == []


def test_an_operator_s_key_is_refused_every_tenant_route(world: World) -> None:
    wrong = [
        (method, path)
        for method, path in routes(world.app)
        if path not in OPEN and not is_operators(path) and call(world, method, path, world.operator).status_code != 403
    ]
    assert wrong == []
