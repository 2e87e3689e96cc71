"""The command line, on a hub of its own: what it prints, and what it tells the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ledgerport.cli.main import app

ROWS = [
    {"kind": "customer", "ref": "C-1", "name": "Jon Doe"},
    {"kind": "item", "ref": "I-1", "name": "Pipe", "type": "product", "price": "1.00"},
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An embedded hub in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEDGERPORT_HOME", str(tmp_path / "home"))
    for name in ("LEDGERPORT_DATABASE_URL", "LEDGERPORT_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: str, code: int = 0, given: str | None = None) -> Result:
    result = CliRunner().invoke(app, list(arguments), input=given)
    assert result.exit_code == code, result.output
    return result


def run_json(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code).stdout)


@pytest.fixture
def tenant(home: Path) -> str:
    run("tenants", "create", "blue", "--name", "Blue Plumbing LLC")
    return "blue"


def test_a_tenant_and_its_key_are_made_listed_and_revoked(tenant: str) -> None:
    assert [row["slug"] for row in run_json("tenants", "list")] == ["blue"]
    key = run_json("keys", "create", "--tenant", tenant, "--name", "host app")
    assert key["key"].startswith(f"lp_{key['prefix']}_")
    run("keys", "revoke", key["prefix"])
    listed = run_json("keys", "list", "--tenant", tenant)
    assert [(row["prefix"], row["revoked_at"] is None) for row in listed] == [(key["prefix"], False)]
    assert key["key"] not in json.dumps(listed)


def test_a_key_needs_a_tenant_or_the_word_operator(tenant: str) -> None:
    assert "either --tenant SLUG or --operator" in run("keys", "create", "--name", "x", code=2).output


def test_a_load_tells_what_was_taken_and_what_was_rejected_by_its_exit_code(tenant: str, home: Path) -> None:
    file = home / "rows.ndjson"
    file.write_text("\n".join(json.dumps(row) for row in ROWS))
    assert run_json("load", str(file), "--tenant", tenant)["created"] == 2
    file.write_text('{"kind": "customer", "ref": "C-2"}\n')
    told = run("load", str(file), "--tenant", tenant, code=1)
    assert "1 rejected" in told.stdout
    rejected = run_json("load", str(file), "--tenant", tenant, code=1)["rejected"]
    assert [(row["line"], row["field"], row["reason"]) for row in rejected] == [
        (1, "name", "Customer C-2: name is missing.")
    ]


def test_a_load_reads_standard_input(tenant: str) -> None:
    told = run("load", "-", "--tenant", tenant, given=json.dumps(ROWS[0]))
    assert "1 records taken: 1 created" in told.stdout


def test_an_unknown_tenant_is_named(home: Path) -> None:
    assert 'There is no tenant "nobody".' in run("runs", "--tenant", "nobody", code=2).output


def test_a_provider_is_disabled_and_enabled_for_a_tenant(tenant: str) -> None:
    assert "is disabled for blue" in run("providers", "disable", "quickbooks", "--tenant", tenant).stdout
    states = {row["provider"]: row["state"] for row in run_json("providers", "list", "--tenant", tenant)}
    assert states["quickbooks"] == "disabled"
    refused = run("connect", "quickbooks", "--tenant", tenant, code=2)
    assert "has turned QuickBooks Online off for this account" in refused.output.replace("\n", " ")
    run("providers", "enable", "quickbooks", "--tenant", tenant)


def test_connect_prints_the_address_to_open(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERPORT_PROVIDERS__QUICKBOOKS__CLIENT_ID", "ABcd1234567890")
    monkeypatch.setenv("LEDGERPORT_PROVIDERS__QUICKBOOKS__CLIENT_SECRET", "ZYxw0987654321")
    address = run_json("connect", "quickbooks", "--tenant", tenant)["connect_url"]
    assert address.startswith("http://127.0.0.1:8080/connect/quickbooks?ticket=")


def test_one_record_cannot_be_synced_where_nothing_takes_it(tenant: str) -> None:
    run("load", "-", "--tenant", tenant, given='{"kind": "customer", "ref": "C-9", "name": "Ada"}')
    assert (
        "No connection takes customers." in run("record", "sync", "customer", "C-9", "--tenant", tenant, code=2).output
    )
    assert "There is no item P-9." in run("record", "sync", "item", "P-9", "--tenant", tenant, code=2).output


def test_a_sync_without_a_connection_says_what_to_do_next(tenant: str) -> None:
    assert "Nothing is connected. Next: ledgerport connect" in run("sync", "--tenant", tenant).stdout
    told = run("sync", "--tenant", tenant, "--provider", "quickbooks", code=2).output
    assert "There is no connection to QuickBooks Online." in told


def test_a_record_s_history_and_state_are_shown(tenant: str) -> None:
    run("load", "-", "--tenant", tenant, given=json.dumps(ROWS[0]))
    shown = json.loads(run("record", "show", "customer", "C-1", "--tenant", tenant).stdout)
    assert (shown["name"], shown["books"]) == ("Jon Doe", [])
    assert run_json("record", "history", "customer", "C-1", "--tenant", tenant) == []
    assert run_json("tokens", "status") == []
    assert run_json("runs", "--tenant", tenant) == []


@pytest.mark.parametrize(
    "command",
    [
        ["accounts", "list", "quickbooks"],
        ["accounts", "unmapped", "quickbooks"],
        ["accounts", "map", "quickbooks", "--income", "79", "--item", "I-1"],
        ["accounts", "apply-to-unmapped", "quickbooks", "--income", "79"],
    ],
)
def test_accounts_need_a_connection(tenant: str, command: list[str]) -> None:
    told = run(*command, "--tenant", tenant, code=2).output
    assert "There is no connection to QuickBooks Online." in told
