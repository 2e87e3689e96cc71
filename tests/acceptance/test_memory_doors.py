"""Past prices by REST and by the command line, and a command beside a hub that serves."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.acceptance.test_serving import address_of, process
from tests.memory_answers import control, plumber, remembering, voyage
from typer.testing import CliRunner, Result

from ledgerport.api.app import create_app
from ledgerport.cli.main import app
from ledgerport.services.api_keys import READ, create_key
from ledgerport.services.context import Hub
from ledgerport.services.tenants import create_tenant

SEARCH = "/v1/memory/search"
QUESTION = "what did we charge for a water heater install?"


@pytest.fixture(scope="module")
def voyage_url() -> Iterator[str]:
    with voyage() as url:
        yield url


@pytest.fixture
def hub(tmp_path: Path, voyage_url: str) -> Iterator[Hub]:
    control(voyage_url, "faults", method="DELETE")
    with remembering(tmp_path, voyage_url) as made:
        plumber(made)
        yield made


def client(hub: Hub, tenant: str = "blue", scopes: list[str] | None = None) -> TestClient:
    key = create_key(hub, tenant=tenant, name="host app", **({"scopes": scopes} if scopes else {})).key
    return TestClient(create_app(hub), headers={"Authorization": f"Bearer {key}"})


def _off(hub: Hub) -> Hub:
    return dataclasses.replace(hub, memory=None)


def test_an_answer_by_rest_has_money_as_text_with_its_currency(hub: Hub) -> None:
    with client(hub) as api:
        answer = api.get(SEARCH, params={"q": QUESTION, "limit": 1, "until": "2026-02-28"}).json()

    assert answer["figures"][0] | {"trend": None} == {
        "currency": "USD",
        "lines": 2,
        "credits": 0,
        "free": 0,
        "first_on": "2026-01-10",
        "last_on": "2026-02-10",
        "low": "400.00",
        "median": "410.00",
        "high": "420.00",
        "trend": None,
        "markup": {"lines": 2, "low_percent": "42.9", "median_percent": "46.4", "high_percent": "50.0"},
        "enough": False,
    }
    cited = answer["citations"][0]
    similarity = cited.pop("similarity")
    assert 0.35 <= similarity <= 1
    assert cited == {
        "kind": "invoice",
        "ref": "I-2",
        "number": "NI-2",
        "line": 2,
        "on": "2026-02-10",
        "customer_type": "business",
        "item": "HEATER",
        "item_name": "Install water heater",
        "category": "Labour",
        "description": "",
        "quantity": "1.00",
        "unit_price": "420.00",
        "amount": "420.00",
        "cost": "280.00",
        "markup_percent": "50.0",
        "currency": "USD",
    }
    assert (answer["enough"], answer["basis"], answer["model"]) == (False, "invoices", "voyage-3.5")


def test_another_tenant_s_key_finds_nothing_of_it(hub: Hub) -> None:
    create_tenant(hub, slug="green", name="Green")
    with client(hub, "green") as api:
        assert api.get(SEARCH, params={"q": QUESTION}).json()["citations"] == []
        assert api.get("/v1/memory/status").json()["documents"] == 0
        assert api.get("/v1/memory/backfill/estimate").json()["documents"] == 0


def test_a_key_that_may_only_read_asks_and_spends_nothing(hub: Hub) -> None:
    with client(hub, scopes=[READ]) as api:
        assert api.get(SEARCH, params={"q": QUESTION}).status_code == 200
        assert api.post("/v1/memory/backfill", json={"at_most": "1.00"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"),
        ({"q": "x" * 501}, "q"),
        ({"q": "heater", "since": "May"}, "since"),
        ({"q": "heater", "since": "2026-05-02", "until": "2026-05-01"}, "until"),
        ({"q": "heater", "limit": "51"}, "limit"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_by_field(hub: Hub, query: dict[str, str], field: str) -> None:
    with client(hub) as api:
        answer = api.get(SEARCH, params=query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_voyage_asking_for_a_pause_is_a_503_with_retry_after(hub: Hub, voyage_url: str) -> None:
    control(voyage_url, "faults", {"name": "throttle", "retry_after": 30})
    with client(hub) as api:
        answer = api.get(SEARCH, params={"q": QUESTION})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json()["detail"].startswith("Voyage asks for a pause (HTTP 429).")
    assert answer.json()["next_step"].startswith("Ask again in a minute.")


def test_a_hub_without_a_memory_says_how_it_is_turned_on(hub: Hub) -> None:
    assert hub.memory is not None
    with client(_off(hub)) as api:
        for address in (f"{SEARCH}?q=heater", "/v1/memory/status", "/v1/memory/backfill/estimate"):
            answer = api.get(address)
            assert answer.status_code == 409
            assert "RAG_BILLING_EMBED_ENABLED=true" in answer.json()["next_step"]
        assert api.post("/v1/memory/backfill", json={"at_most": "1.00"}).status_code == 409


def test_a_backfill_by_rest_needs_what_may_be_spent(hub: Hub) -> None:
    with client(hub) as api:
        told = api.get("/v1/memory/backfill/estimate").json()
        assert (told["documents"], told["unchanged"], told["price"]) == (0, 5, "0.06")
        assert api.post("/v1/memory/backfill").status_code == 422
        started = api.post("/v1/memory/backfill", json={"at_most": "0"})
        assert (started.status_code, started.json()["documents"]) == (202, 0)


# -- the command line ------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, voyage_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of an embedded hub, with three invoices from before its memory was turned on."""
    control(voyage_url, "faults", method="DELETE")
    monkeypatch.chdir(tmp_path)
    for name in ("LEDGERPORT_DATABASE_URL", "LEDGERPORT_REDIS_URL", "RAG_BILLING_EMBED_ENABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LEDGERPORT_HOME", str(tmp_path / "home"))
    run("tenants", "create", "blue", "--name", "Blue Plumbing LLC")
    rows = [
        {"kind": "customer", "ref": "C-1", "name": "Ann Reed", "type": "homeowner"},
        {"kind": "item", "ref": "H", "name": "Install water heater", "type": "service", "price": "420", "cost": "280"},
        *(
            {
                "kind": "invoice",
                "ref": f"I-{number}",
                "number": f"INV-{number}",
                "customer": "C-1",
                "status": "SENT",
                "issued_on": f"2026-01-1{number}",
                "lines": [{"item": "H", "description": "", "quantity": "1", "unit_price": f"4{number}0.00"}],
            }
            for number in (1, 2, 3)
        ),
    ]
    (tmp_path / "records.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("load", "records.ndjson", "--tenant", "blue")
    on = {
        "LEDGERPORT_HOME": str(tmp_path / "home"),
        "RAG_BILLING_EMBED_ENABLED": "true",
        "LEDGERPORT_MEMORY__API_KEY": "good-key",
        "LEDGERPORT_MEMORY__ADDRESS": f"{voyage_url}/v1",
    }
    for name, value in on.items():
        monkeypatch.setenv(name, value)
    return on


def run(*arguments: str, code: int = 0, given: str | None = None) -> Result:
    result = CliRunner().invoke(app, list(arguments), input=given)
    assert result.exit_code == code, result.output
    return result


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def test_a_backfill_counts_asks_does_it_and_tells_what_it_cost(home: dict[str, str], voyage_url: str) -> None:
    control(voyage_url, "paid", method="DELETE")
    refused = run("memory", "backfill", "--tenant", "blue", code=2, given="n\n")
    assert "3 documents x about " in refused.output and "x $0.06 per million = less than $0.01" in refused.output
    assert "Nothing was sent, nothing was spent." in refused.output
    assert control(voyage_url, "paid", method="GET")["requests"] == 0

    done = run("memory", "backfill", "--tenant", "blue", given="y\n")

    paid = control(voyage_url, "paid", method="GET")
    assert (paid["texts"], paid["again"]) == (4, 0)
    assert "3 documents added. Estimated: " in done.output
    assert f"Paid: {paid['tokens']} tokens" in done.output
    again = run("memory", "backfill", "--tenant", "blue", "--yes")
    assert "There is nothing to add: 3 documents sent, and all of them are remembered." in again.output
    assert control(voyage_url, "paid", method="GET")["texts"] == 4


def test_asking_status_rebuilding_and_forgetting_by_command(home: dict[str, str], voyage_url: str) -> None:
    run("memory", "backfill", "--tenant", "blue", "--yes")
    told = run("memory", "ask", QUESTION, "--tenant", "blue").output
    assert "Usually 420.00 USD, from 410.00 to 430.00: 3 lines on invoices of 11 Jan 2026 to 13 Jan 2026." in told
    assert "3 of 3 matching lines, the most similar first." in told
    answer = run_json("memory", "ask", QUESTION, "--tenant", "blue", "--since", "2026-01-12", "--limit", "1")
    assert (answer["lines"], answer["citations"][0]["unit_price"]) == (2, "430.00")
    assert run_json("memory", "status", "--tenant", "blue")["documents"] == 3
    assert (
        "Remembered: 3 documents, 1 distinct thing sold. Waiting: 0."
        in run("memory", "status", "--tenant", "blue").output
    )

    control(voyage_url, "paid", method="DELETE")
    assert "Put back into the index: 3 documents." in run("memory", "rebuild", "--tenant", "blue").output
    assert control(voyage_url, "paid", method="GET")["requests"] == 0
    run("memory", "forget", "invoice", "I-1", "--tenant", "blue")
    assert run_json("memory", "ask", QUESTION, "--tenant", "blue")["lines"] == 2
    run("memory", "forget", "--everything", "--yes", "--tenant", "blue")
    assert run_json("memory", "ask", QUESTION, "--tenant", "blue")["lines"] == 0
    run("memory", "forget", "customer", "C-1", "--tenant", "blue", code=2)


def test_a_command_without_the_switch_says_how_it_is_turned_on(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_BILLING_EMBED_ENABLED")
    assert "RAG_BILLING_EMBED_ENABLED=true" in run("memory", "ask", "heater", "--tenant", "blue", code=2).output


def test_beside_a_hub_that_serves_a_command_says_where_to_ask(home: dict[str, str], tmp_path: Path) -> None:
    run("memory", "backfill", "--tenant", "blue", "--yes")
    key = run_json("keys", "create", "--tenant", "blue", "--name", "host app")["key"]
    with process(tmp_path, "serve", "--port", "0", **home) as served:
        answer = httpx.get(
            f"{address_of(served)}{SEARCH}",
            params={"q": QUESTION},
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        assert answer.json()["lines"] == 3
        told = run("memory", "ask", QUESTION, "--tenant", "blue", code=2).output
        assert (
            "is open in another process. Ask there (the console's page Past prices, or GET /v1/memory/search)" in told
        )
        assert "LEDGERPORT_MEMORY__CHROMA_URL" in told
