"""100,000 invoices in two books: how long the slowest page of the list takes, whatever it is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks.figures import Finding
from tests.benchmarks.many_invoices import fill
from tests.factories import make_hub, sqlite_url

from ledgerport.contract import Kind
from ledgerport.services.show_connections import change_toggles
from ledgerport.services.show_records import count_records, list_records
from ledgerport.services.show_unsynced import count_unsynced

COUNT = 100_000
ASKED: dict[str, dict[str, Any]] = {
    "newest": {},
    "a number": {"search": "INV-099999"},
    "a customer's name": {"search": "customer 00042"},
    "words that nobody has": {"search": "zzzz"},
    "a month": {"since": date(2024, 1, 1), "until": date(2024, 1, 31)},
    "voided ones": {"status": "VOID"},
    "one customer": {"customer": "C-7"},
    **{state: {"state": state} for state in ("synced", "not_synced", "waiting", "blocked", "failed", "gone")},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return sqlite_url(tmp_path) if request.param == "sqlite" else str(request.getfixturevalue("migrated_postgres_url"))


@pytest.mark.timeout(300)
def test_every_list_of_a_hundred_thousand_invoices_answers_in_300_ms(
    database_url: str, found: Callable[[Finding], None]
) -> None:
    hub = make_hub(database_url)
    tenant = fill(hub, COUNT)

    def best(ask: Callable[[], Any]) -> float:
        """The best of three, so that the machine's other work does not count; the first one fills the caches."""
        times = []
        for _ in range(3):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)
        return min(times) * 1000

    def took(**asked: Any) -> float:
        return best(lambda: list_records(hub, tenant_id=tenant, kind=Kind.INVOICE, for_people=True, **asked))

    figures = {f"{name}, ms": took(**asked) for name, asked in ASKED.items()}
    page = list_records(hub, tenant_id=tenant, kind=Kind.INVOICE, for_people=True, state="synced")
    figures["the next page, ms"] = took(state="synced", cursor=page.next)
    change_toggles(hub, tenant_id=tenant, provider="alpha", toggles={"auto_sync": False})
    figures["what is not in the books, ms"] = best(lambda: count_unsynced(hub, tenant_id=tenant, provider="alpha"))
    assert count_records(hub, tenant_id=tenant, kind=Kind.INVOICE) == COUNT
    dialect = hub.database.engine.dialect.name
    hub.database.close()
    found(
        Finding(
            bench=f"the slowest list of {COUNT:,} invoices on {dialect}",
            value=max(figures.values()),
            unit="ms",
            target=300.0,
            figures=figures,
        )
    )
