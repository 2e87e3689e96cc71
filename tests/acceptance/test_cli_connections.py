"""`ledgerport connections`: how they stand, and pausing them, from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.factories import make_connection
from typer.testing import CliRunner, Result

from ledgerport import wiring
from ledgerport.cli.main import app
from ledgerport.services.tenants import create_tenant


@pytest.fixture(autouse=True)
def connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded hub with a tenant that is connected to Xero."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEDGERPORT_HOME", str(tmp_path / "home"))
    for name in ("LEDGERPORT_DATABASE_URL", "LEDGERPORT_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    hub = wiring.build()
    make_connection(hub, create_tenant(hub, slug="blue", name="Blue Plumbing LLC").id, "xero")
    wiring.close(hub)


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["connections", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_a_connection_is_paused_listed_and_resumed() -> None:
    told = run("pause", "xero", "--tenant", "blue", "--reason", "Year end.").stdout
    assert 'Xero, "Blue Plumbing LLC", is paused.' in told
    (row,) = json.loads(run("list", "--json").stdout)
    assert (row["tenant"], row["trouble"]) == ("blue", "paused")
    assert row["reason"].endswith("(command line). Year end.")
    assert "Nothing is connected." in run("list", "--attention").stdout
    assert json.loads(run("resume", "xero", "--tenant", "blue", "--json").stdout)["state"] == "active"


def test_what_is_not_connected_cannot_be_paused() -> None:
    assert "There is no connection to Wave." in run("pause", "wave", "--tenant", "blue", code=2).output
