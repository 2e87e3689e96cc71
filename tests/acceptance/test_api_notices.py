"""Notices and the webhook by REST and by the command line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import make_connection, make_hub, make_tenant, sqlite_url
from tests.letter_box import HostApp, host_app
from typer.testing import CliRunner

from ledgerport.api.app import create_app
from ledgerport.cli.main import app as commands
from ledgerport.db.repositories import notices
from ledgerport.engine.exchange import make_wire
from ledgerport.services.api_keys import create_key
from ledgerport.services.context import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    wire = make_wire()
    hub = dataclasses.replace(make_hub(sqlite_url(tmp_path)), wire=wire)
    make_tenant(hub, "blue")
    yield hub
    wire.close()
    hub.database.close()


@pytest.fixture
def host() -> Iterator[HostApp]:
    with host_app() as app:
        yield app


def client(hub: Hub, *scopes: str) -> TestClient:
    key = create_key(hub, tenant="blue", name="host app", scopes=list(scopes) or ["read", "write"]).key
    return TestClient(create_app(hub), headers={"Authorization": f"Bearer {key}"})


def tell(hub: Hub, *, is_over: bool = False) -> None:
    connection = make_connection(hub, 1)
    with hub.database.tenant(1) as session:
        notices.open_once(
            session,
            tenant_id=1,
            connection_id=connection,
            cause=f"stuck:{connection}:unmapped_item",
            text="2 records have no income account.",
            action="map_account",
            count=2,
            now=hub.clock.now(),
        )
        if is_over:
            notices.close(session, 1, f"stuck:{connection}:unmapped_item", hub.clock.now())


def test_a_notice_tells_what_it_is_about_and_what_helps(hub: Hub) -> None:
    tell(hub)
    (notice,) = client(hub).get("/v1/notices").json()
    wanted = {"provider": "alpha", "label": "Alpha", "action": "map_account", "count": 2, "closed_at": None}
    assert wanted.items() <= notice.items()
    assert notice["reason_code"] == "unmapped_item"
    assert client(hub).get("/v1/notices/past").json() == {"rows": [], "next": None}


def test_a_settled_notice_is_past(hub: Hub) -> None:
    tell(hub, is_over=True)
    api = client(hub)
    assert api.get("/v1/notices").json() == []
    assert [row["count"] for row in api.get("/v1/notices/past").json()["rows"]] == [2]
    assert api.get("/v1/notices/past?cursor=nonsense").status_code == 422


def test_the_webhook_is_set_shown_tried_and_removed(hub: Hub, host: HostApp) -> None:
    api = client(hub)
    assert api.get("/v1/webhook").status_code == 404
    made = api.put("/v1/webhook", json={"url": host.url})
    assert (made.status_code, made.json()["secret"][:6]) == (200, "whsec_")
    shown = api.get("/v1/webhook").json()
    assert (shown["url"], shown["secret"]) == (host.url, None)
    assert shown["changed_by"].startswith("key:")
    assert api.post("/v1/webhook/test").json() == {"delivered": True, "words": "Your app took the test event."}
    tell(hub)
    assert [row["event"] for row in api.get("/v1/webhook/deliveries").json()] == ["notice.opened"]
    assert api.delete("/v1/webhook").status_code == 204
    assert api.delete("/v1/webhook").status_code == 404


def test_a_test_event_with_an_idempotency_key_is_sent_once(hub: Hub, host: HostApp) -> None:
    api = client(hub)
    api.put("/v1/webhook", json={"url": host.url, "secret": "a secret of the host app"})
    for _ in range(2):
        assert api.post("/v1/webhook/test", headers={"Idempotency-Key": "k"}).json()["delivered"]
    assert len(host.requests) == 1


def test_an_address_that_cannot_be_used_is_a_problem_with_its_field(hub: Hub) -> None:
    answer = client(hub).put("/v1/webhook", json={"url": "http://app.example.com/"})
    assert (answer.status_code, answer.json()["field"]) == (422, "url")


def test_a_key_that_may_only_read_changes_nothing(hub: Hub, host: HostApp) -> None:
    api = client(hub, "read")
    assert api.get("/v1/notices").status_code == 200
    assert api.put("/v1/webhook", json={"url": host.url}).status_code == 403
    assert api.delete("/v1/webhook").status_code == 403
    assert api.post("/v1/webhook/test").status_code == 403


def test_the_command_line_sets_shows_tries_and_removes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: HostApp
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEDGERPORT_HOME", str(tmp_path / "home"))

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(commands, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    def run_json(*arguments: str) -> Any:
        return json.loads(run(*arguments, "--json"))

    run("tenants", "create", "blue", "--name", "Blue Plumbing LLC")
    assert "No webhook is set." in run("webhook", "show", "--tenant", "blue", code=2)
    assert run_json("webhook", "set", host.url, "--tenant", "blue")["secret"].startswith("whsec_")
    assert run_json("webhook", "show", "--tenant", "blue")["webhook"]["secret"] is None
    assert "took the test event" in run("webhook", "test", "--tenant", "blue")
    host.status = 500
    assert "Your app answered 500." in run("webhook", "test", "--tenant", "blue", code=2)
    assert "https only" in run("webhook", "set", "http://app.example.com", "--tenant", "blue", code=2)
    assert run_json("notices", "--tenant", "blue") == []
    assert "nowhere" in run("webhook", "remove", "--tenant", "blue")
