"""The rows that a books report compares: named as over there, with what the hub noted when it sent them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.integration.killing.shop import customer, invoice, item
from tests.integration.picky_books import Picky, PickyPlugin, picky

from ledgerport.contract import Account, Invoice, Kind, Push, Remote
from ledgerport.services.list_books import BooksRow, list_books
from ledgerport.services.rejections import NotFound


@pytest.fixture
def books(tmp_path: Path) -> Picky:
    made = picky(tmp_path)
    made.book_services()
    return made


def rows(books: Picky, kind: Kind) -> Sequence[BooksRow]:
    found = list_books(books.hub, tenant_id=books.tenant, connection_id=books.connection)
    return [row for row in found if row.kind is kind]


def test_a_name_that_needs_no_claim_is_the_cleaned_one(books: Picky) -> None:
    books.save(customer(1, name="  Doe\tPlumbing "), item(1, name="Drain snake 25 ft"))
    books.drain()

    assert [row.name for row in rows(books, Kind.CUSTOMER)] == ["Doe Plumbing"]
    # Twelve characters are all that picky takes.
    assert [row.name for row in rows(books, Kind.ITEM)] == ["Drain snake"]


def test_a_record_that_was_not_sent_yet_is_named_as_it_will_be(books: Picky) -> None:
    books.save(item(1, name="Shower\tvalve"))

    (row,) = rows(books, Kind.ITEM)
    assert (row.name, row.remote_id) == ("Shower valve", "")


def test_a_document_tells_how_many_lines_it_has(books: Picky) -> None:
    books.save(customer(1), item(1), item(2), invoice(1), invoice(2, lines=(1, 2)))

    assert [row.lines for row in rows(books, Kind.INVOICE)] == [1, 2]


def test_the_variance_is_theirs_less_ours_as_noted_when_it_was_sent(
    books: Picky, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = PickyPlugin._take

    def a_cent_more(plugin: PickyPlugin, account: Account, pushes: list[Push[Any]]) -> list[Remote]:
        remotes = take(plugin, account, pushes)
        if isinstance(pushes[0].value, Invoice):
            return [dataclasses.replace(one, total=(one.total or Decimal(0)) + Decimal("0.01")) for one in remotes]
        return remotes

    monkeypatch.setattr(PickyPlugin, "_take", a_cent_more)
    books.save(customer(1), item(1), invoice(1))
    books.drain()

    assert [row.variance for row in rows(books, Kind.INVOICE)] == [Decimal("0.01")]
    assert [row.variance for row in rows(books, Kind.CUSTOMER)] == [Decimal(0)]


def test_the_item_that_stands_in_belongs_in_the_books_only_where_it_went(books: Picky) -> None:
    bare = {"lines": [{"description": "Call-out", "quantity": "1", "unit_price": "95.00"}]}
    books.save(customer(1), invoice(1) | bare)
    assert rows(books, Kind.ITEM) == []

    books.drain()

    assert [(row.name, row.due) for row in rows(books, Kind.ITEM)] == [("Service", True)]


def test_a_connection_that_is_not_the_tenants_is_not_found(books: Picky) -> None:
    with pytest.raises(NotFound):
        list_books(books.hub, tenant_id=books.tenant, connection_id=books.connection + 1)
