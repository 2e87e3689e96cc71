"""What comes back from FreshBooks: pages, accounts, taxes, changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.freshbooks_factories import BASE, Request, Wire, many, old_error

from ledgerport.contract import Broken, LoginNeeded
from ledgerport_freshbooks import hooks

SINCE = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)  # 22:00 of the day before in New York
LISTS = ("clients", "items", "invoices", "estimates", "payments")


def books(*, filters: bool = True, **lists: Any) -> Callable[[Request], tuple[int, Any]]:
    """FreshBooks' lists; `filters` False: every search is ignored, as unknown ones are."""

    def answer(request: Request) -> tuple[int, Any]:
        name = request.path.rpartition("/")[2]
        rows = lists.get(name, [])
        asked = request.query.get("search[vis_state]")
        if asked and filters:
            return many(name, *[row for row in rows if str(row.get("vis_state", 0)) == asked])
        return many(name, *[row for row in rows if row.get("vis_state", 0) != 1])

    return answer


def row(id: int, updated: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "updated": updated, "vis_state": 0, **more}


def test_a_page_knows_the_next_one() -> None:
    wire = Wire([many("clients", {"id": 1}, page=2, pages=3)])
    page = hooks.pull_customers(account=wire.account(), cursor="2")
    assert (page.next, wire.requests[0].query) == ("3", {"page": "2", "per_page": "100"})


def test_the_last_page_ends_it() -> None:
    assert hooks.pull_items(account=Wire([many("items", page=3, pages=3)]).account(), cursor="3").next is None
    assert hooks.pull_items(account=Wire([many("items", pages=0)]).account(), cursor=None).next is None


def test_a_row_without_a_currency_has_the_companys() -> None:
    wire = Wire([many("items", {"id": 1, "name": "x", "unit_cost": None})])
    (pulled,) = hooks.pull_items(account=wire.account(currency="CAD"), cursor=None).rows
    assert pulled.value.currency == "CAD"


@pytest.mark.parametrize("cursor", ["", "0", "-1", "next", "1.5"])
def test_a_cursor_that_is_none_of_ours_is_broken(cursor: str) -> None:
    with pytest.raises(Broken):
        hooks.pull_payments(account=Wire([]).account(), cursor=cursor)


def test_taxes_are_read_as_codes() -> None:
    wire = Wire([many("taxes", {"id": 7, "name": "Sales tax", "amount": "8.25"})])
    (code,) = hooks.pull_tax_codes(account=wire.account())
    assert (code.id, code.name, str(code.rate)) == ("Sales tax|8.25", "Sales tax (8.25 %)", "8.25")


def test_an_account_without_a_chart_has_no_accounts() -> None:
    wire = Wire([old_error(41001, status=200)])
    assert hooks.pull_accounts(account=wire.account()) == []


def test_an_account_that_may_not_be_read_says_so() -> None:
    with pytest.raises(LoginNeeded):
        hooks.pull_accounts(account=Wire([old_error(1003, status=403)]).account())


def test_changes_are_those_since_the_moment_with_what_was_deleted() -> None:
    lists: dict[str, Any] = {
        "clients": [row(1, "2026-08-31 22:00:00"), row(2, "2026-08-31 21:59:59")],
        "invoices": [row(3, "2026-09-01 09:30:00"), row(4, "2026-09-01 08:00:00", vis_state=1)],
    }
    wire = Wire([books(**lists)] * 10)
    page = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert [(change.kind, change.remote_id, change.at.hour, change.deleted) for change in page.rows] == [
        ("customer", "1", 2, False),
        ("invoice", "3", 13, False),
        ("invoice", "4", 12, True),
    ]
    assert page.rows[1].version == "2026-09-01 09:30:00"
    assert {request.query["search[updated_min]"] for request in wire.requests} == {"2026-08-31"}
    assert {request.path for request in wire.requests} == {
        f"{BASE}/{path}"
        for path in (
            "users/clients",
            "items/items",
            "invoices/invoices",
            "estimates/estimates",
            "payments/payments",
        )
    }


def test_the_next_moment_lies_some_minutes_before_the_newest_change() -> None:
    wire = Wire([books(payments=[row(9, "2026-09-01 09:30:00")])] * 10)
    page = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert page.next == "2026-09-01T13:20:00+00:00"


def test_when_nothing_changed_the_same_moment_is_asked_again() -> None:
    page = hooks.pull_changes(account=Wire([books()] * 10).account(), since=SINCE)
    assert (page.rows, page.next) == ([], "2026-09-01T02:00:00+00:00")


def test_the_next_moment_never_goes_back() -> None:
    wire = Wire([books(clients=[row(1, "2026-08-31 22:00:01")])] * 10)
    assert hooks.pull_changes(account=wire.account(), since=SINCE).next == "2026-09-01T02:00:00+00:00"


def test_a_list_whose_search_is_ignored_is_read_whole_and_once_more_at_most_a_page() -> None:
    old = [row(id, "2025-01-01 00:00:00") for id in range(3)]
    pages = [books()] * 2 + [
        many("items", *old, pages=2),
        many("items", row(7, "2026-09-01 00:00:00"), pages=2),
        many("items", *old, pages=2),
    ]
    wire = Wire([*pages, *[books()] * 6])
    page = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert [change.remote_id for change in page.rows] == ["7"]
    assert sum(request.path.endswith("/items") for request in wire.requests) == 3


def test_a_kind_that_the_account_does_not_have_is_left_out() -> None:
    wire = Wire([*[books()] * 2, old_error(12001, status=200), *[books(payments=[row(9, "2026-09-01 09:30:00")])] * 6])
    page = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert [change.kind for change in page.rows] == ["payment"]


def test_a_change_in_the_repeated_hour_of_autumn_is_told_and_moves_the_clock_by_its_earlier_reading() -> None:
    since = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    wire = Wire([books(clients=[row(1, "2026-11-01 01:30:00")])] * 10)
    page = hooks.pull_changes(account=wire.account(), since=since)
    assert [change.remote_id for change in page.rows] == ["1"]
    assert page.next == since.isoformat(timespec="seconds")
