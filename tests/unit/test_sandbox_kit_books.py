"""The kit's store and ledger sums."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledgerport_sandbox import ledger
from ledgerport_sandbox.store import Store


@pytest.fixture
def store() -> Any:
    found = Store(":memory:")
    yield found
    found.close()


def insert_and_fail(store: Store) -> None:
    with store.transaction():
        store.insert("1", "Item", "b", {"n": 2}, updated=0)
        assert store.peek("1", "Item", "b") == {"n": 2}
        raise ZeroDivisionError


def test_a_refused_part_of_a_transaction_leaves_nothing_behind(store: Store) -> None:
    with store.transaction():
        store.insert("1", "Item", "a", {"n": 1}, updated=0)
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(store)
    assert store.count("1", "Item") == 1
    assert store.peek("1", "Item", "b") is None


def test_documents_are_found_by_a_part_of_a_keys_value(store: Store) -> None:
    for id, number in (("a", "INV-12"), ("b", "INV-112"), ("c", "INV-13")):
        store.insert("1", "Invoice", id, {}, updated=0, keys=[("number", number)])
    assert sorted(store.find_containing("1", "number", "12")) == [("Invoice", "a"), ("Invoice", "b")]


def test_a_scan_gives_the_newest_first_when_asked(store: Store) -> None:
    for id in "abc":
        store.insert("1", "Item", id, {}, updated=0)
    assert [row.id for row in store.scan("1", "Item", newest_first=True, limit=2)] == ["c", "b"]
    assert [row.id for row in store.scan("1", "Item", by_sort=True, newest_first=True)] == ["c", "b", "a"]


def test_keys_find_documents_until_they_change(store: Store) -> None:
    store.insert("1", "Item", "a", {}, updated=0, keys=[("name", "valve")])
    assert store.find("1", "name", "valve") == [("Item", "a")]
    store.replace("1", "Item", "a", {}, updated=1, keys=[("name", "pipe")])
    assert store.find("1", "name", "valve") == []
    assert store.find("2", "name", "pipe") == []


def test_an_id_is_taken_once_per_company_and_kind(store: Store) -> None:
    store.insert("1", "Item", "a", {}, updated=0)
    store.insert("2", "Item", "a", {}, updated=0)
    with pytest.raises(sqlite3.IntegrityError):
        store.insert("1", "Item", "a", {}, updated=0)


def test_what_was_peeked_is_fresh_after_a_change(store: Store) -> None:
    store.insert("1", "Item", "a", {"n": 1}, updated=0)
    assert store.peek("1", "Item", "a") == {"n": 1}
    store.replace("1", "Item", "a", {"n": 2}, updated=1)
    assert store.peek("1", "Item", "a") == {"n": 2}


def test_a_store_in_a_file_is_there_after_closing(tmp_path: Path) -> None:
    first = Store(tmp_path / "books.sqlite")
    first.insert("1", "Item", "a", {"n": 1}, updated=0)
    first.close()
    second = Store(tmp_path / "books.sqlite")
    found = second.get("1", "Item", "a")
    second.close()
    assert found is not None
    assert found.parsed() == {"n": 1}


def test_a_temporary_store_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = Store()
    found.insert("1", "Item", "a", {}, updated=0)
    assert list(tmp_path.glob("sandbox-*"))
    found.close()
    found.close()
    assert list(tmp_path.iterdir()) == []


def rows(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    bill = {"id": "i", "number": "7", "customer_id": "c", "date": "2026-01-01", "tax": "0.00", "void": False}
    paid = {"id": "p", "customer_id": "c", "amount": "60.00", "applied": [{"invoice_id": "i", "amount": "60.00"}]}
    books = {"customers": [{"id": "c"}], "items": [], "estimates": [], "payments": [paid]}
    return {**books, "invoices": [{**bill, "total": "100.00", "balance": "40.00", **changes}]}


def test_books_that_add_up_have_no_checks() -> None:
    assert ledger.checks(rows()) == []
    assert ledger.totals(rows())["open"] == "40.00"


def test_a_balance_that_is_not_total_less_payments_is_named() -> None:
    assert ledger.checks(rows(balance="41.00")) == ["invoice i (7): total 100.00 - paid 60.00 is not balance 41.00"]


def test_a_customer_that_is_not_there_is_named() -> None:
    assert ledger.checks(rows(customer_id="x")) == ["invoice i (7): customer x does not exist"]


def test_money_has_two_decimals() -> None:
    assert [ledger.money(Decimal(text)) for text in ("1E+2", "0", "-1.5")] == ["100.00", "0.00", "-1.50"]
