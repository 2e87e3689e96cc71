"""What is stuck, settled over REST and from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.integration.crowded_books import crowded, links, other, stuck
from tests.integration.killing.shop import customer
from tests.integration.picky_books import Picky
from typer.testing import CliRunner

from ledgerport import wiring
from ledgerport.api.app import create_app
from ledgerport.cli.main import app
from ledgerport.contract import Customer
from ledgerport.db.models import Tenant
from ledgerport.services.api_keys import create_key
from ledgerport.services.tenants import create_tenant

DOE = {"name": "Doe Plumbing", "email": "j.doe@example.com"}


@pytest.fixture
def books(tmp_path: Path) -> Picky:
    """A customer of whom there could be two."""
    made, _ = crowded(tmp_path, *(other(number, name=f"Doe {number}", email=DOE["email"]) for number in ("58", "59")))
    made.save({**customer(1), **DOE})
    made.drain()
    return made


def slug(books: Picky) -> str:
    with books.hub.database.everything(read=True) as session:
        tenant = session.get(Tenant, books.tenant)
        assert tenant is not None
        return tenant.slug


def client(books: Picky, tenant: str, *scopes: str) -> TestClient:
    key = create_key(books.hub, tenant=tenant, name="host app", scopes=list(scopes) or ["read", "write"]).key
    return TestClient(create_app(books.hub), headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def api(books: Picky) -> Iterator[TestClient]:
    with client(books, slug(books)) as made:
        yield made


def test_what_is_stuck_is_listed_by_reason_with_its_acts_and_candidates(books: Picky, api: TestClient) -> None:
    (group,) = api.get("/v1/stuck").json()
    assert (group["reason_code"], group["tasks"], group["title"]) == ("several_matches", 1, "Several customers match")
    (row,) = api.get("/v1/connections/picky/stuck/several_matches").json()["rows"]
    assert (row["ref"], row["acts"]) == ("C1", ["choose", "retry", "skip"])
    shown = api.get(f"/v1/stuck/{row['id']}").json()
    assert [(one["id"], one["linkable"]) for one in shown["task"]["candidates"]] == [("58", True), ("59", True)]


def test_a_candidate_is_linked_over_rest_once(books: Picky, api: TestClient) -> None:
    task = stuck(books).id
    wrong = api.post(f"/v1/stuck/{task}/link", json={"remote_id": "77"})
    assert (wrong.status_code, wrong.json()["detail"][:4]) == (422, '"77"')
    told = api.post(f"/v1/stuck/{task}/link", json={"remote_id": "59"}).json()
    assert (told["ref"], told["run_id"]) == ("C1", None)
    assert api.post(f"/v1/stuck/{task}/link", json={"remote_id": "58"}).json()["words"].endswith("is settled already.")
    assert links(books) == [("59", "matched")]


@pytest.mark.parametrize("act", ["retry", "skip", "let-go", "send-anyway"])
def test_acts_without_a_choice_need_no_body(books: Picky, api: TestClient, act: str) -> None:
    answer = api.post(f"/v1/stuck/{stuck(books).id}/{act}")
    assert answer.status_code == 200, answer.text


def test_what_does_not_fit_is_a_problem_with_the_next_step(books: Picky, api: TestClient) -> None:
    answer = api.post(f"/v1/stuck/{stuck(books).id}/recreate")
    assert (answer.status_code, answer.json()["next_step"]) == (409, "Retry it instead.")


def test_all_alike_are_retried_over_rest(books: Picky, api: TestClient) -> None:
    assert api.post("/v1/connections/picky/stuck/several_matches/retry").json()["tasks"] == 1
    assert api.post("/v1/connections/picky/stuck/several_matches/retry").json()["run_id"] is None


def test_a_stranger_and_a_reader_change_nothing(books: Picky) -> None:
    create_tenant(books.hub, slug="other", name="Other")
    task = stuck(books).id
    with client(books, "other") as bob:
        assert bob.get("/v1/stuck").json() == []
        assert bob.get(f"/v1/stuck/{task}").status_code == 404
        assert bob.post(f"/v1/stuck/{task}/skip").status_code == 404
    with client(books, slug(books), "read") as vera:
        assert vera.post(f"/v1/stuck/{task}/skip").status_code == 403
    assert stuck(books).reason_code == "several_matches"


def test_the_command_line_lists_and_settles(books: Picky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "build", lambda: books.hub)
    monkeypatch.setattr(wiring, "close", lambda _hub: None)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["stuck", *arguments, "--tenant", slug(books)])
        assert result.exit_code == code, result.output
        return " ".join(result.output.split())

    assert json.loads(run("list", "--json"))[0]["tasks"] == 1
    task = json.loads(run("alike", "picky", "several_matches", "--json"))[0]["id"]
    assert '"linkable": true' in run("show", str(task))
    assert "none of those" in run("link", str(task), "77", code=2)
    assert 'Customer "Doe Plumbing" is created in Picky Books now.' in run("send-anyway", str(task))
    books.drain()
    assert len(books.plugin.pushed(Customer)) == 1
