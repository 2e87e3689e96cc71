"""What is read back from Wave: pages, accounts, taxes, changes, and the businesses of a grant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.wave_factories import (
    BANK,
    BUSINESS,
    INCOME,
    INVOICE,
    Request,
    Wire,
    connection,
    customer_row,
    invoice_row,
    money,
    one,
    page,
    payment_row,
    product_row,
)

from ledgerport.contract import Broken, Refused
from ledgerport_wave import hooks

SINCE = datetime(2026, 9, 1, tzinfo=UTC)


def business(**changed: Any) -> dict[str, Any]:
    known = {"id": BUSINESS, "name": "Blue Heron Plumbing", "isArchived": False, "isPersonal": False}
    return {**known, "currency": {"code": "USD"}, "address": {"country": {"code": "US"}}, **changed}


def businesses(*rows: Any) -> tuple[int, Any]:
    return 200, {"data": {"businesses": connection(*rows)}}


# --- the businesses of a grant ----------------------------------------------------------------------------------------


def opened(*answers: Any) -> list[str]:
    return [company.id for company in hooks.open_companies(account=Wire(list(answers)).account(business=""))]


def test_a_business_is_read_with_currency_and_country() -> None:
    (company,) = hooks.open_companies(account=Wire([businesses(business())]).account(business=""))
    assert (company.id, company.name, company.currency, company.country) == (
        BUSINESS,
        "Blue Heron Plumbing",
        "USD",
        "US",
    )


def test_every_business_is_offered_but_archived_and_personal_ones() -> None:
    rows = [business(id="a"), business(id="b", isArchived=True), business(id="c", isPersonal=True), business(id="d")]
    assert opened(businesses(*rows, None)) == ["a", "d"]


def test_a_personal_account_is_offered_when_it_is_all_there_is() -> None:
    assert opened(businesses(business(id="p", isPersonal=True))) == ["p"]


def test_a_token_of_one_business_names_it_without_a_list() -> None:
    assert opened(businesses(), (200, {"data": {"business": business(id="only")}})) == ["only"]


def test_a_grant_that_reaches_nothing_says_what_to_do() -> None:
    with pytest.raises(Refused, match="choose a business"):
        opened(businesses(), (200, {"data": {"business": None}}))


# --- pages ------------------------------------------------------------------------------------------------------------


def test_customers_are_read_page_by_page() -> None:
    wire = Wire([page("customers", customer_row(), pages=2), page("customers", number=2, pages=2)])
    first = hooks.pull_customers(account=wire.account(), cursor=None)
    second = hooks.pull_customers(account=wire.account(), cursor=first.next)
    assert (len(first.rows), first.next, second.next) == (1, "2", None)
    assert [request.variables["page"] for request in wire.requests] == [1, 2]
    assert wire.requests[0].variables["pageSize"] == 200


def test_a_full_page_that_does_not_tell_how_many_there_are_is_followed_by_another() -> None:
    rows = connection(*[customer_row(id=f"c{number}") for number in range(200)])
    rows["pageInfo"]["totalPages"] = None
    wire = Wire([(200, {"data": {"business": {"id": "B", "customers": rows}}})])
    assert hooks.pull_customers(account=wire.account(), cursor=None).next == "2"


def test_archived_products_are_read_as_such() -> None:
    wire = Wire([page("products", product_row(isArchived=True), product_row(isSold=False))])
    (pulled,) = hooks.pull_items(account=wire.account(), cursor=None).rows
    assert not pulled.remote.active
    assert pulled.value.price == Decimal("145.00000")


@pytest.mark.parametrize("cursor", ["0", "-1", "x", ""])
def test_a_cursor_that_is_no_page_is_broken(cursor: str) -> None:
    with pytest.raises(Broken):
        hooks.pull_customers(account=Wire([]).account(), cursor=cursor)


def test_payments_are_read_from_the_invoices_that_have_some() -> None:
    unpaid, paid = invoice_row(id="unpaid"), invoice_row(amountPaid=money("261.00"))
    inside = {"id": INVOICE, "customer": {"id": "C"}, "payments": [payment_row(), payment_row(id="x", active=False)]}
    wire = Wire([page("invoices", unpaid, paid, pages=2), one("invoice", inside)])
    found = hooks.pull_payments(account=wire.account(), cursor=None)
    (pulled,) = found.rows
    assert (pulled.amount, pulled.paid_on, pulled.applied) == (
        Decimal("261.00"),
        date(2026, 9, 3),
        {INVOICE: Decimal("261.00")},
    )
    assert found.next == "2"
    assert len(wire.requests) == 2


# --- accounts and taxes -----------------------------------------------------------------------------------------------


def account_row(id: str, subtype: str, **changed: Any) -> dict[str, Any]:
    return {"id": id, "name": subtype.title(), "subtype": {"value": subtype}, "currency": {"code": "USD"}, **changed}


def test_the_usual_account_of_each_use_comes_first_and_useless_ones_do_not_come() -> None:
    rows = [
        account_row("discounts", "DISCOUNTS"),
        account_row(BANK, "CASH_AND_BANK"),
        account_row(INCOME, "INCOME"),
        account_row("old", "INCOME", isArchived=True),
        account_row("euro", "CASH_AND_BANK", currency={"code": "EUR"}),
    ]
    found = hooks.pull_accounts(account=Wire([page("accounts", *rows)]).account())
    assert [account.id for account in found] == [INCOME, "discounts", BANK]


def test_sales_taxes_come_with_their_percentage() -> None:
    rows = [
        {"id": "T", "name": "Texas", "rate": "0.0825"},
        {"id": "old", "name": "Old", "rate": "0", "isArchived": True},
    ]
    (code,) = hooks.pull_tax_codes(account=Wire([page("salesTaxes", *rows)]).account())
    assert (code.id, code.name, code.rate) == ("T", "Texas", Decimal("8.25"))


# --- changes ----------------------------------------------------------------------------------------------------------


def changed(id: str, minute: int, **more: Any) -> dict[str, Any]:
    return {"id": id, "modifiedAt": f"2026-09-01T10:{minute:02}:00.000Z", **more}


def feed(**lists: list[Any]) -> Callable[[Request], tuple[int, Any]]:
    """Answers any of the four lists with one page."""

    def answer(request: Request) -> tuple[int, Any]:
        member = next(
            name for name in ("customers", "products", "invoices", "estimates") if f"{name}(" in request.document
        )
        return page(member, *lists.get(member, []))

    return answer


def test_changes_of_all_kinds_are_told_and_the_next_look_overlaps_a_little() -> None:
    rows = feed(invoices=[changed("i", 5)], customers=[changed("c", 9, isArchived=True)], estimates=[changed("e", 1)])
    wire = Wire([rows] * 4)
    found = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert {(change.kind, change.remote_id, change.deleted) for change in found.rows} == {
        ("invoice", "i", False),
        ("customer", "c", True),
        ("estimate", "e", False),
    }
    assert wire.requests[0].variables["after"] == "2026-09-01T00:00:00.000Z"
    assert found.next == "2026-09-01T10:07:00.000Z"


def test_without_changes_the_next_look_begins_where_this_one_did() -> None:
    found = hooks.pull_changes(account=Wire([feed()] * 4).account(), since=SINCE)
    assert found.rows == []
    assert found.next == "2026-09-01T00:00:00.000Z"


def test_a_long_stretch_is_cut_where_every_kind_has_been_read() -> None:
    def answer(request: Request) -> tuple[int, Any]:
        number = request.variables["page"]
        if "invoices(" in request.document:
            return page("invoices", changed(f"i{number}", number * 2), number=number, pages=99)
        return feed(customers=[changed("c", 50)])(request)

    found = hooks.pull_changes(account=Wire([answer] * 20).account(), since=SINCE)
    assert len([change for change in found.rows if change.kind == "invoice"]) == 5
    assert found.next == "2026-09-01T10:08:00.000Z"


def test_a_stretch_of_one_moment_is_read_to_its_end() -> None:
    moment = SINCE + timedelta(minutes=1)

    def answer(request: Request) -> tuple[int, Any]:
        number = request.variables["page"]
        row = {"id": f"i{number}", "modifiedAt": moment.isoformat()}
        return page("invoices", row, number=number, pages=8) if "invoices(" in request.document else feed()(request)

    found = hooks.pull_changes(account=Wire([answer] * 20).account(), since=SINCE)
    assert len(found.rows) == 8
