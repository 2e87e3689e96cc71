"""Long lists are read by their indexes, in the order in which they are shown, and looked up as sets, not row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.factories import make_connection, make_hub, make_tenant, save, sqlite_url

from ledgerport.contract import Kind
from ledgerport.services.context import Hub
from ledgerport.services.paging import to_cursor
from ledgerport.services.show_records import list_records

Plan = Callable[..., str]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = make_hub(sqlite_url(tmp_path))
    yield hub
    hub.database.close()


@pytest.fixture
def plan(hub: Hub) -> Plan:
    """How the database finds the records of a list."""
    tenant = make_tenant(hub)
    for provider in ("alpha", "beta"):
        make_connection(hub, tenant, provider)
    save(hub, tenant, "customer", "C-1")
    first = {kind: save(hub, tenant, kind, "X-1").record_id for kind in Kind if kind is not Kind.CUSTOMER}

    def explained(kind: Kind, *, after: bool = False, **asked: Any) -> str:
        sent: list[tuple[str, Any]] = []

        def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if f"FROM {kind}s" in statement and "LIMIT" in statement:
                sent.append((statement, parameters))

        if after:
            asked["cursor"] = to_cursor(first.get(kind, 1))
        event.listen(hub.database.engine, "before_cursor_execute", note)
        list_records(hub, tenant_id=tenant, kind=kind, for_people=True, **asked)
        event.remove(hub.database.engine, "before_cursor_execute", note)
        ((statement, parameters),) = sent
        with hub.database.engine.connect() as raw:
            rows = raw.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "; ".join(str(row.detail) for row in rows)

    return explained


ORDERED = {
    Kind.INVOICE: "ix_invoices_tenant_id_issued_on_id (tenant_id=?",
    Kind.ESTIMATE: "ix_estimates_tenant_id_issued_on_id (tenant_id=?",
    Kind.PAYMENT: "ix_payments_tenant_id_paid_on_id (tenant_id=?",
    Kind.CUSTOMER: "ix_customers_by_name (tenant_id=?",
    Kind.ITEM: "ix_items_by_name (tenant_id=?",
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_page_of_a_list_is_read_from_an_index_without_sorting(plan: Plan, kind: Kind, after: bool) -> None:
    told = plan(kind, after=after)
    assert ORDERED[kind] in told
    assert "TEMP B-TREE" not in told


def test_days_are_a_stretch_of_the_index(plan: Plan) -> None:
    told = plan(Kind.INVOICE, since=date(2026, 5, 1), until=date(2026, 5, 31))
    assert "(tenant_id=? AND issued_on>? AND issued_on<?)" in told
    assert "TEMP B-TREE" not in told


@pytest.mark.parametrize("state", ["synced", "not_synced", "waiting", "sending", "blocked", "failed", "gone"])
@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.PAYMENT])
def test_states_are_looked_up_once_and_not_for_every_record(plan: Plan, kind: Kind, state: str) -> None:
    told = plan(kind, state=state)
    assert "CORRELATED" not in told
    assert "SCAN" not in told.replace("SCAN allocations", "")
    assert ("ix_links_gone" in told) == (state == "gone")


def test_customers_are_searched_once_for_a_list_of_invoices(plan: Plan) -> None:
    assert "CORRELATED" not in plan(Kind.INVOICE, search="doe")
