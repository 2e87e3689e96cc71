"""Imports by REST and by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.factories import save
from tests.integration.import_books import Books, books, customer
from typer.testing import CliRunner

from ledgerport import wiring
from ledgerport.api.app import create_app
from ledgerport.cli.main import app
from ledgerport.db.models import Tenant
from ledgerport.services.api_keys import create_key

IMPORTS = "/v1/connections/picky/imports"


@pytest.fixture
def here(tmp_path: Path) -> Books:
    made = books(tmp_path)
    with made.hub.database.everything() as session:
        session.get_one(Tenant, made.tenant).slug = "blue"
    made.plugin.customers = [
        customer("1", "Jon Doe", email="j.doe@example.com"),
        customer("2", "Smile Dental Clinic"),
        customer("3", "Kim Fields"),
    ]
    return made


@pytest.fixture
def api(here: Books) -> Iterator[TestClient]:
    key = create_key(here.hub, tenant="blue", name="host app").key
    with TestClient(create_app(here.hub), headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def test_a_host_app_reads_chooses_and_brings_over(here: Books, api: TestClient) -> None:
    save(here.hub, here.tenant, "customer", "C-1", name="Jonathan Doe", email="j.doe@example.com")
    started = api.post(IMPORTS, json={"kind": "customer"})
    assert (started.status_code, started.json()["state"]) == (202, "reading")
    number = started.json()["id"]
    assert api.post(f"{IMPORTS}/{number}/apply").status_code == 409
    here.work(number)
    page = api.get(f"{IMPORTS}/{number}/rows", params={"limit": 2}).json()
    assert [(row["name"], row["choice"], row["link_to"]) for row in page["rows"]] == [
        ("Jon Doe", "link", "C-1"),
        ("Smile Dental Clinic", "create", ""),
    ]
    assert page["rows"][0]["matches"] == [{"ref": "C-1", "name": "Jonathan Doe", "why": "same e-mail"}]
    rest = api.get(f"{IMPORTS}/{number}/rows", params={"cursor": page["next"]}).json()["rows"]
    changes = [
        {"id": page["rows"][1]["id"], "type": "builder", "ref": "CLINIC"},
        {"id": rest[0]["id"], "choice": "skip"},
    ]
    changed = api.patch(f"{IMPORTS}/{number}/rows", json={"rows": changes}).json()
    assert (changed["to_create"], changed["to_link"], changed["to_skip"]) == (1, 1, 1)
    assert api.post(f"{IMPORTS}/{number}/apply").status_code == 202
    here.work(number)
    done = api.get(f"{IMPORTS}/{number}").json()
    assert (done["state"], done["created"], done["linked"]) == ("done", 1, 1)
    assert api.get("/v1/customers/CLINIC").json()["type"] == "builder"
    assert [each["id"] for each in api.get(IMPORTS).json()] == [number]


def test_a_stopped_import_is_resumed(here: Books, api: TestClient) -> None:
    number = api.post(IMPORTS, json={"kind": "customer"}).json()["id"]
    assert api.post(f"{IMPORTS}/{number}/stop").json()["state"] == "stopped"
    assert api.post(f"{IMPORTS}/{number}/resume").json()["state"] == "reading"


@pytest.mark.parametrize(
    ("body", "status"),
    [({"kind": "invoice"}, 422), ({}, 422), ({"kind": "customer", "more": 1}, 422)],
)
def test_what_cannot_be_imported_is_refused(api: TestClient, body: dict[str, Any], status: int) -> None:
    assert api.post(IMPORTS, json=body).status_code == status


def test_of_changes_of_which_one_is_wrong_none_is_made(here: Books, api: TestClient) -> None:
    number = here.read().id
    first = next(iter(here.rows(number).values()))
    changes = [{"id": first.id, "choice": "skip"}, {"id": first.id + 999, "choice": "skip"}]
    assert api.patch(f"{IMPORTS}/{number}/rows", json={"rows": changes}).status_code == 404
    assert here.shown(number).to_skip == 0


def test_an_import_is_started_shown_and_applied_from_the_command_line(
    here: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command's hub is this one: its provider stands only in this process.
    monkeypatch.setattr(wiring, "build", lambda: here.hub)
    monkeypatch.setattr(wiring, "close", lambda _hub: None)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["imports", *arguments, "--tenant", "blue"])
        assert result.exit_code == code, result.output
        return result.output

    assert "Import 1 (reading): 0 customers read." in run("start", "picky", "customer")
    here.work(1)
    assert "3 to create, 0 to link, 0 to ask about." in run("show", "picky", "1")
    assert json.loads(run("show", "picky", "1", "--json"))["rows"][0]["name"] == "Jon Doe"
    run("apply", "picky", "1")
    here.work(1)
    assert [each["created"] for each in json.loads(run("list", "picky", "--json"))] == [3]
    assert "There is no import 7" in run("stop", "picky", "7", code=2)
