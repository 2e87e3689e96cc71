"""What comes back from Xero: pages, accounts, tax codes, changes, and the organisations after consent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.xero_factories import BANK, TENANT, Wire, guid, page, problem, rows

from ledgerport.contract import AccountUse, Broken, LoginNeeded, Refused, TryLater
from ledgerport_xero import hooks

SINCE = datetime(2026, 8, 1, 12, tzinfo=UTC)


def told(moment: datetime) -> str:
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


def contact(number: int, at: datetime = SINCE, **more: Any) -> dict[str, Any]:
    return {"ContactID": guid(number), "Name": f"Customer {number}", "UpdatedDateUTC": told(at), **more}


def later(seconds: float) -> datetime:
    return SINCE + timedelta(seconds=seconds)


def test_the_first_page_of_customers_holds_archived_ones_and_is_in_the_order_of_change() -> None:
    wire = Wire([page("Contacts", contact(1), contact(2, ContactStatus="ARCHIVED"))])
    found = hooks.pull_customers(account=wire.account(), cursor=None)
    assert [(row.remote.id, row.remote.active) for row in found.rows] == [(guid(1), True), (guid(2), False)]
    assert found.next is None
    query = wire.requests[0].query
    assert (query["includeArchived"], query["order"], query["page"], query["pageSize"]) == (
        "true",
        "UpdatedDateUTC ASC",
        "1",
        "1000",
    )
    assert "if-modified-since" not in wire.requests[0].headers


def test_the_next_page_is_what_changed_since_the_last_row() -> None:
    wire = Wire([rows("Contacts", contact(1), contact(2, later(90.7)), pages=2), page("Contacts", contact(3))])
    first = hooks.pull_customers(account=wire.account(), cursor=None)
    second = hooks.pull_customers(account=wire.account(), cursor=first.next)
    assert second.next is None
    assert wire.requests[1].headers["if-modified-since"] == "2026-08-01T12:01:29"
    assert wire.requests[1].query["page"] == "1"


def test_a_page_of_one_moment_is_turned_by_its_number() -> None:
    wire = Wire(
        [
            rows("Contacts", contact(1), pages=3),
            rows("Contacts", contact(2), pages=3),
            rows("Contacts", contact(3), pages=3),
        ]
    )
    cursor = None
    asked = []
    for _ in range(3):
        found = hooks.pull_customers(account=wire.account(), cursor=cursor)
        cursor = found.next
        asked.append(wire.requests[-1].query["page"])
    assert asked == ["1", "1", "2"]


@pytest.mark.parametrize("cursor", ["x", "2026-08-01T12:00:00+00:00;0", "2026-08-01T12:00:00;1", ";", "1;1"])
def test_a_cursor_that_is_none_is_broken(cursor: str) -> None:
    with pytest.raises(Broken):
        hooks.pull_customers(account=Wire([]).account(), cursor=cursor)


def test_items_come_in_one_answer_with_prices_of_four_decimals() -> None:
    row = {"ItemID": guid(1), "Code": "BOOK", "SalesDetails": {"UnitPrice": 19.9525}, "PurchaseDetails": {}}
    wire = Wire([rows("Items", row)])
    found = hooks.pull_items(account=wire.account())
    assert (found.next, str(found.rows[0].value.price), found.rows[0].value.cost) == (None, "19.9525", None)
    assert wire.requests[0].query == {"unitdp": "4"}


def test_payments_of_bills_are_not_ours() -> None:
    ours = {
        "PaymentID": guid(1),
        "PaymentType": "ACCRECPAYMENT",
        "Invoice": {"InvoiceID": guid(2)},
        "Date": told(SINCE),
    }
    bill = {**ours, "PaymentID": guid(3), "PaymentType": "ACCPAYPAYMENT"}
    wire = Wire([page("Payments", {**ours, "Amount": 5}, {**bill, "Amount": 6})])
    found = hooks.pull_payments(account=wire.account(), cursor=None)
    assert [row.remote.id for row in found.rows] == [guid(1)]
    assert wire.requests[0].query["where"] == 'PaymentType=="ACCRECPAYMENT"'


def test_accounts_that_are_archived_or_of_no_use_are_left_out() -> None:
    chart = [
        {"AccountID": BANK, "Name": "Bank", "Type": "BANK", "Status": "ACTIVE"},
        {"AccountID": guid(1), "Code": "200", "Name": "Sales", "Class": "REVENUE", "Status": "ACTIVE"},
        {"AccountID": guid(2), "Code": "201", "Name": "Old", "Class": "REVENUE", "Status": "ARCHIVED"},
        {"AccountID": guid(3), "Code": "310", "Name": "Goods", "Class": "EXPENSE", "Status": "ACTIVE"},
        {"AccountID": guid(4), "Code": "610", "Name": "Debtors", "Class": "ASSET", "Status": "ACTIVE"},
    ]
    found = hooks.pull_accounts(account=Wire([rows("Accounts", *chart)]).account())
    assert [(one.id, one.use) for one in found] == [
        (BANK, AccountUse.DEPOSIT),
        ("200", AccountUse.INCOME),
        ("310", AccountUse.EXPENSE),
    ]


def test_tax_codes_are_the_active_ones_for_sales_with_their_rates() -> None:
    rates = [
        {"TaxType": "OUTPUT2", "Name": "15% GST on Income", "EffectiveRate": 15.0, "CanApplyToRevenue": True},
        {"TaxType": "INPUT2", "Name": "15% GST on Expenses", "EffectiveRate": 15.0, "CanApplyToRevenue": False},
        {"TaxType": "TAX001", "Name": "Old", "Status": "DELETED", "EffectiveRate": 5, "CanApplyToRevenue": True},
    ]
    found = hooks.pull_tax_codes(account=Wire([rows("TaxRates", *rates)]).account())
    assert [(code.id, code.rate) for code in found] == [("OUTPUT2", Decimal("15.00"))]


# --- changes --------------------------------------------------------------------------------------------------------


def feeds(**given: Any) -> Wire:
    """One answer per kind, in the order in which they are asked."""
    entities = ("Contacts", "Items", "Invoices", "Quotes", "Payments")
    return Wire([answer for entity in entities for answer in given.get(entity, [page(entity)])])


def test_changes_of_all_kinds_are_told_with_deletions() -> None:
    wire = feeds(
        Contacts=[page("Contacts", contact(1, later(10)))],
        Invoices=[page("Invoices", {"InvoiceID": guid(2), "Status": "VOIDED", "UpdatedDateUTC": told(later(20))})],
        Payments=[page("Payments", {"PaymentID": guid(3), "Status": "DELETED", "UpdatedDateUTC": told(later(400))})],
    )
    found = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert [(change.kind, change.remote_id, change.deleted) for change in found.rows] == [
        ("customer", guid(1), False),
        ("invoice", guid(2), False),
        ("payment", guid(3), True),
    ]
    assert {request.headers["if-modified-since"] for request in wire.requests} == {"2026-08-01T12:00:00"}
    assert found.next == "2026-08-01T12:01:40+00:00"


def test_where_nothing_changed_the_next_look_begins_where_this_one_did() -> None:
    assert hooks.pull_changes(account=feeds().account(), since=SINCE).next == SINCE.isoformat()


def test_a_304_means_that_nothing_changed() -> None:
    wire = Wire([(304, b"")] * 5)
    assert hooks.pull_changes(account=wire.account(), since=SINCE).rows == []


def test_a_list_that_is_too_long_is_where_the_next_look_begins() -> None:
    full = [rows("Contacts", contact(n, later(600 * n)), pages=9) for n in range(1, 4)]
    wire = feeds(Contacts=full, Items=[rows("Items", {"ItemID": guid(9), "UpdatedDateUTC": told(later(9_000))})])
    found = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert len(found.rows) == 4
    assert found.next == (later(1_800) - timedelta(minutes=5)).isoformat()


def test_many_rows_of_one_moment_do_not_hold_the_look_where_it_is() -> None:
    full = [rows("Contacts", contact(n, later(1)), pages=6) for n in range(1, 6)]
    last = rows("Contacts", contact(6, later(900)), pages=7)
    wire = feeds(Contacts=[*full, last])
    found = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert len(found.rows) == 6
    assert found.next == later(600).isoformat()


# --- organisations --------------------------------------------------------------------------------------------------


def tenant(tenant_id: str, kind: str = "ORGANISATION") -> dict[str, Any]:
    return {"id": guid(5), "tenantId": tenant_id, "tenantType": kind, "tenantName": "Demo Company (NZ)"}


def organisation(**more: Any) -> tuple[int, Any]:
    known = {"Name": "Blue Plumbing", "BaseCurrency": "NZD", "CountryCode": "NZ", "Version": "NZ", "Class": "STANDARD"}
    return 200, {"Organisations": [{**known, **more}]}


def companies(wire: Wire) -> Any:
    account = wire.account(tenant="")
    return hooks.open_companies(account=account)


def test_every_organisation_is_read_with_its_own_header_and_practices_are_not() -> None:
    lock = told(datetime(2026, 6, 30, tzinfo=UTC))
    wire = Wire(
        [
            (200, [tenant(TENANT), tenant(guid(6), "PRACTICE"), tenant(guid(7))]),
            organisation(PeriodLockDate=lock),
            organisation(),
        ]
    )
    first, second = companies(wire)
    assert (first.id, first.name, first.currency, first.country) == (TENANT, "Blue Plumbing", "NZD", "NZ")
    assert (first.facts["plan"], first.facts["locked_until"]) == ("STANDARD", "2026-06-30")
    assert second.id == guid(7)
    assert [request.headers.get("xero-tenant-id") for request in wire.requests] == [None, TENANT, guid(7)]


def test_an_organisation_that_left_us_meanwhile_is_left_out() -> None:
    gone = (403, problem(403, "AuthenticationUnsuccessful", "Forbidden"))
    wire = Wire([(200, [tenant(guid(7)), tenant(TENANT)]), gone, organisation()])
    assert [company.id for company in companies(wire)] == [TENANT]


def test_a_consent_without_an_organisation_says_so() -> None:
    with pytest.raises(Refused, match="choose one"):
        companies(Wire([(200, [])]))


def test_a_missing_scope_is_not_taken_for_a_missing_organisation() -> None:
    refusal = (401, problem(401, "AuthorizationUnsuccessful"), {"WWW-Authenticate": "insufficient_scope"})
    with pytest.raises(LoginNeeded) as caught:
        companies(Wire([(200, [tenant(TENANT)]), refusal]))
    assert caught.value.company_only


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, {"not": "a list"}), (500, b"")])
def test_a_list_of_connections_that_cannot_be_read_is_tried_later(answer: tuple[int, Any]) -> None:
    with pytest.raises(TryLater):
        companies(Wire([answer]))


def test_an_organisation_without_a_currency_is_broken() -> None:
    with pytest.raises(Broken):
        companies(Wire([(200, [tenant(TENANT)]), organisation(BaseCurrency="")]))
