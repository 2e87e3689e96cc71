"""The books report by REST and by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from tests.factories import link, make_connection, make_tenant, save
from typer.testing import CliRunner

from ledgerport import wiring
from ledgerport.api.app import create_app
from ledgerport.cli.main import app as commands
from ledgerport.db.models import Comparison, Invoice
from ledgerport.services.api_keys import create_key
from ledgerport.services.compare_books import due_comparisons
from ledgerport.services.context import Hub

AT = "/v1/connections/quickbooks/report"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub as commands build it, with the plugins that are installed."""
    monkeypatch.setenv("LEDGERPORT_HOME", str(tmp_path / "home"))
    hub = wiring.build()
    yield hub
    wiring.close(hub)


@pytest.fixture
def connection(hub: Hub) -> int:
    """Three invoices of 100.00: one a cent more in the books, one that is not there, one of the year before."""
    tenant = make_tenant(hub, "blue")
    connection = make_connection(hub, tenant, "quickbooks")
    save(hub, tenant, "customer", "C-1")
    for number, on in (("1", "2026-04-30"), ("2", "2026-05-01"), ("3", "2025-12-31")):
        save(hub, tenant, "invoice", f"I-{number}", number=number, issued_on=on)
    with hub.database.tenant(tenant, read=True) as session:
        first = session.scalars(select(Invoice.id).where(Invoice.ref == "I-1")).one()
    link(hub, tenant, connection, "invoice", first, "R-1", remote_total=Decimal("100.01"), variance=Decimal("0.01"))
    return connection


def client(hub: Hub, *scopes: str) -> TestClient:
    key = create_key(hub, tenant="blue", name="host app", scopes=list(scopes) or ["read", "write"]).key
    return TestClient(create_app(hub), headers={"Authorization": f"Bearer {key}"})


def test_the_report_has_both_sides_by_kind_and_month(hub: Hub, connection: int) -> None:
    with client(hub, "read") as host_app:
        told = host_app.get(AT, params={"year": 2026}).json()
        assert told["verdict"] == "3 differences, 99.99 USD apart."
        assert (told["agrees"], told["years"], told["comparison"]) == (False, [2026, 2025], None)
        invoices = told["totals"][0]
        assert (invoices["kind"], invoices["records_here"], invoices["records_there"]) == ("invoice", 2, 1)
        assert (invoices["here"], invoices["there"], invoices["apart"]) == ("200.00", "100.01", "-99.99")
        assert [(its["kind"], its["month"], its["rounded"]) for its in told["months"]] == [
            ("invoice", "2026-05", 0),
            ("invoice", "2026-04", 1),
        ]
        assert next(its for its in told["totals"] if its["kind"] == "customer")["here"] is None
        assert host_app.get(AT).json()["totals"][0]["records_here"] == 3


def test_differences_come_page_by_page(hub: Hub, connection: int) -> None:
    with client(hub, "read") as host_app:
        found, cursor = [], ""
        while cursor is not None:
            page = host_app.get(f"{AT}/differences", params={"limit": 3, "cursor": cursor}).json()
            found += [(one["ref"], one["what"]) for one in page["rows"]]
            cursor = page["next"]
        others = [(ref, "not there") for ref in ("I-2", "I-3")]
        assert sorted(found) == [("C-1", "not there"), ("I-1", "rounded there"), *others]
        assert host_app.get(f"{AT}/differences", params={"cursor": "?"}).status_code == 422


def test_who_may_write_has_the_lists_read(hub: Hub, connection: int) -> None:
    with client(hub, "read") as reader:
        assert reader.post(f"{AT}/compare").status_code == 403
    with client(hub) as host_app:
        answer = host_app.post(f"{AT}/compare")
        assert (answer.status_code, answer.json()["comparison"]["state"]) == (202, "reading")
        assert due_comparisons(hub) == [connection]
        assert host_app.get(AT, params={"year": 12}).status_code == 422
        assert host_app.get("/v1/connections/xero/report").status_code == 404


def test_another_tenant_sees_none_of_it(hub: Hub, connection: int) -> None:
    make_tenant(hub, "green")
    key = create_key(hub, tenant="green", name="other", scopes=["read", "write"]).key
    with TestClient(create_app(hub), headers={"Authorization": f"Bearer {key}"}) as stranger:
        assert [stranger.get(AT).status_code, stranger.post(f"{AT}/compare").status_code] == [404, 404]


def test_the_command_prints_the_same(hub: Hub, connection: int) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(
            commands, ["report", "quickbooks", "--tenant", "blue", *words], env={"COLUMNS": "200"}
        )
        assert done.exit_code == 0, done.output
        return done.output

    told = run("--year", "2026", "--months")
    assert "2026-05" in told
    assert "3 differences, 99.99 USD apart." in told
    assert "Invoice 2 is not in QuickBooks Online. It is on its way." in told
    found = json.loads(run("--json", "--limit", "1"))
    assert (found["report"]["differences"], len(found["differences"])) == (4, 1)
    assert "QuickBooks Online is being asked for its own lists, 0 records so far." in run("--compare")
    with hub.database.everything(read=True) as session:
        assert session.scalars(select(Comparison.requested_by)).one().startswith("cli:")
