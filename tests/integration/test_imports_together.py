"""Imports that meet each other, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.factories import count, save
from tests.integration.import_books import Books, books, customer, item

from ledgerport.contract import Kind
from ledgerport.db.models import Customer, Link
from ledgerport.services.imports.steer_import import apply_import
from ledgerport.services.imports.work_import import work_import


@pytest.fixture(params=["sqlite", "postgresql"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("migrated_postgres_url")
    made = books(tmp_path, url)
    yield made
    made.hub.database.close()


def test_rows_are_read_proposed_and_brought_over(here: Books) -> None:
    place = {"line1": "12 Main St", "postal_code": "78701"}
    save(here.hub, here.tenant, "customer", "C-1", name="Jon Doe", email="j.doe@example.com")
    save(here.hub, here.tenant, "customer", "C-2", name="KIM FIELDS", phone="5550107777")
    save(
        here.hub,
        here.tenant,
        "customer",
        "C-3",
        name="Another",
        address={"line1": "12 Main Street", "postal_code": "78701"},
    )
    save(here.hub, here.tenant, "item", "P-1", name="SNAKE", type="service")
    here.plugin.customers = [
        customer("1", "John Doe", email="J.Doe@example.com"),
        customer("2", "Kim Fields", phone="555-010-7777"),
        customer("3", "Oak Homes", address=place),
        customer("4", "New One"),
    ]
    here.plugin.items = [item("i1", "Snake", code="SN"), item("i2", "Valve", price="3.25")]
    ready = here.read()
    assert [row.choice for row in here.rows(ready.id).values()] == ["link", "ask", "ask", "create"]
    done = here.apply(ready.id)
    assert (done.state, done.created, done.linked) == ("done", 1, 1)
    brought = here.bring(Kind.ITEM)
    assert (brought.created, brought.linked) == (1, 1)
    assert here.due() == []


def test_two_jobs_that_bring_over_at_once_double_nobody(here: Books) -> None:
    here.plugin.customers = [customer(str(number), f"Customer {number}") for number in range(120)]
    here.plugin.size = 200
    ready = here.read()
    apply_import(here.hub, **here.whose, import_id=ready.id)
    jobs = [threading.Thread(target=work_import, args=(here.hub, ready.id)) for _ in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert here.shown(ready.id).created == 120
    assert (count(here.hub, here.tenant, Customer), count(here.hub, here.tenant, Link)) == (120, 120)
