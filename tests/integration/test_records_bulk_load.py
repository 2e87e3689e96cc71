"""Loading NDJSON: bad rows are named, counted and never stop the rest; the outcome is that of line-by-line saving."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.factories import count, make_connection, make_hub, make_tenant, messages, sqlite_url

from ledgerport.db.models import Allocation, Customer, Invoice, InvoiceLine, Item, Task
from ledgerport.services.bulk_load import Loaded, bulk_load
from ledgerport.services.context import Hub


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hub]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    hub = make_hub(url)
    yield hub
    hub.database.close()


@pytest.fixture
def tenant(hub: Hub) -> int:
    return make_tenant(hub)


def load(hub: Hub, tenant: int, *rows: dict[str, Any] | str) -> Loaded:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return bulk_load(hub, tenant_id=tenant, lines=lines)


def customer(ref: str, **more: Any) -> dict[str, Any]:
    return {"kind": "customer", "ref": ref, "name": f"Customer {ref}", **more}


def item(ref: str, **more: Any) -> dict[str, Any]:
    return {"kind": "item", "ref": ref, "name": f"Item {ref}", "type": "product", "price": "1.00", **more}


def invoice(ref: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "invoice",
        "ref": ref,
        "number": ref,
        "customer": "C-1",
        "issued_on": "2026-05-01",
        "lines": [{"item": "I-1", "quantity": "2", "unit_price": "5.00"}],
        **more,
    }


def payment(ref: str, amount: str, invoice_ref: str = "INV-1") -> dict[str, Any]:
    return {
        "kind": "payment",
        "ref": ref,
        "customer": "C-1",
        "paid_on": "2026-05-04",
        "amount": amount,
        "method": "card",
        "allocations": [{"invoice": invoice_ref, "amount": amount}],
    }


def test_rows_of_one_request_may_refer_to_earlier_rows(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    loaded = load(hub, tenant, customer("C-1"), item("I-1"), invoice("INV-1"), payment("P-1", "10.00"))
    assert (loaded.accepted, loaded.created, loaded.rejected_count) == (4, 4, 0)
    assert count(hub, tenant, Task) == 4
    assert len(messages(hub)) == 1


def test_a_row_that_refers_to_a_later_one_is_rejected(hub: Hub, tenant: int) -> None:
    loaded = load(hub, tenant, customer("C-1"), invoice("INV-1"), item("I-1"))
    assert [(row.line, row.kind, row.ref, row.field) for row in loaded.rejected] == [
        (2, "invoice", "INV-1", "lines[0].item")
    ]
    assert loaded.accepted == 2


def test_bad_rows_are_named_with_line_field_reason_and_next_step_and_the_rest_goes_on(hub: Hub, tenant: int) -> None:
    loaded = load(
        hub,
        tenant,
        "{not json",
        "[1, 2]",
        {"kind": "boat", "ref": "B-1"},
        {"kind": "customer", "name": "No ref"},
        customer("C-1", nickname="Joe"),
        item("I-1", price=19.99),
        item("I-2", price="1.0000001"),
        "",
        item("I-3"),
    )
    assert (loaded.accepted, loaded.rejected_count) == (1, 7)
    told = [(row.line, row.field) for row in loaded.rejected]
    assert told == [(1, ""), (2, ""), (3, "kind"), (4, "ref"), (5, "nickname"), (6, "price"), (7, "price")]
    assert loaded.rejected[4].reason.startswith("Customer C-1: nickname is not a field that is known here; known are")
    assert loaded.rejected[5].reason == (
        'Item I-1: price must be written as text, such as "12.50", or as a whole number.'
    )
    assert all(row.next_step for row in loaded.rejected)


def test_the_same_ref_twice_ends_as_the_later_row(hub: Hub, tenant: int) -> None:
    loaded = load(hub, tenant, item("I-1", price="1.00"), item("I-1", price="2.00"), item("I-1", price="2.00"))
    assert (loaded.created, loaded.updated, loaded.unchanged) == (1, 1, 1)
    with hub.database.tenant(tenant) as session:
        assert session.scalars(select(Item)).one().price == Decimal("2.00")


def test_an_edit_does_not_overtake_the_payment_before_it(hub: Hub, tenant: int) -> None:
    lower = [{"quantity": "1", "unit_price": "5.00"}]
    loaded = load(
        hub,
        tenant,
        customer("C-1"),
        item("I-1"),
        invoice("INV-1"),
        payment("P-1", "10.00"),
        invoice("INV-1", lines=lower),
    )
    assert [(row.line, row.field) for row in loaded.rejected] == [(5, "lines")]
    with hub.database.tenant(tenant) as session:
        assert session.scalars(select(Invoice)).one().total == Decimal("10.00")


def test_payments_of_one_load_cannot_pay_an_invoice_twice(hub: Hub, tenant: int) -> None:
    loaded = load(
        hub,
        tenant,
        customer("C-1"),
        item("I-1"),
        invoice("INV-1"),
        payment("P-1", "6.00"),
        payment("P-2", "6.00"),
        payment("P-3", "4.00"),
    )
    assert [(row.line, row.ref) for row in loaded.rejected] == [(5, "P-2")]
    assert count(hub, tenant, Allocation) == 2


def test_a_second_load_of_the_same_changes_nothing_and_opens_no_task(hub: Hub, tenant: int) -> None:
    rows = [customer("C-1"), item("I-1"), invoice("INV-1"), payment("P-1", "10.00")]
    load(hub, tenant, *rows)
    make_connection(hub, tenant)
    loaded = load(hub, tenant, *rows)
    assert (loaded.accepted, loaded.unchanged) == (4, 4)
    assert count(hub, tenant, Task) == 0


def test_only_the_first_thousand_rejected_rows_are_named_but_all_are_counted(hub: Hub, tenant: int) -> None:
    loaded = load(hub, tenant, *(["nonsense"] * 1_200))
    assert (len(loaded.rejected), loaded.rejected_count) == (1_000, 1_200)


def test_more_rows_than_fit_a_transaction_arrive_whole_and_progress_is_told(hub: Hub, tenant: int) -> None:
    make_connection(hub, tenant)
    told: list[int] = []
    rows = [customer("C-1"), item("I-1"), *(invoice(f"INV-{n}") for n in range(1_200))]
    loaded = bulk_load(hub, tenant_id=tenant, lines=[json.dumps(row) for row in rows], progress=told.append)
    assert loaded.created == 1_202
    assert count(hub, tenant, InvoiceLine) == 1_200
    assert count(hub, tenant, Task) == 1_202
    assert told == sorted(told)
    assert told[-1] == 1_202


def test_a_line_that_is_too_long_is_rejected(hub: Hub, tenant: int) -> None:
    loaded = load(hub, tenant, customer("C-1", company_name="x" * 1_000_001), customer("C-2"))
    assert [row.line for row in loaded.rejected] == [1]
    assert count(hub, tenant, Customer) == 1
