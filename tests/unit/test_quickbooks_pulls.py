"""What comes back from QuickBooks: companies, pages, accounts, tax codes, changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.quickbooks_factories import REALM, Wire, rows

from ledgerport.contract import AccountUse, Broken, Callback, Refused, TryLater
from ledgerport_quickbooks import hooks

SINCE = datetime(2026, 8, 30, 7, tzinfo=UTC)
NOW = "2026-09-01T05:00:00.000-07:00"
US_INFO = {"CompanyInfo": {"Id": "1", "CompanyName": "Blue Plumbing", "Country": "US"}}
US_SETTINGS = {
    "Preferences": {
        "SalesFormsPrefs": {"CustomTxnNumbers": True},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
    }
}


def companies(wire: Wire, **query: str) -> list[Any]:
    return hooks.open_companies(account=wire.account(realm=""), callback=Callback(query=query))


def test_the_chosen_company_is_read_with_its_settings() -> None:
    methods = rows("PaymentMethod", {"Id": "3", "Name": "Visa", "Type": "CREDIT_CARD"}, {"Id": "2", "Name": "Check"})
    wire = Wire([(200, US_INFO), (200, US_SETTINGS), methods])
    (company,) = companies(wire, realmId=REALM)
    assert (company.id, company.name, company.currency, company.country) == (REALM, "Blue Plumbing", "USD", "US")
    assert company.facts == {
        "country": "US",
        "home_currency": "USD",
        "custom_numbers": "true",
        "multicurrency": "false",
        "tax": "ast",
        "payment_method.card": "3",
        "payment_method.check": "2",
    }
    assert wire.requests[0].path == f"/v3/company/{REALM}/companyinfo/{REALM}"
    assert all(request.read for request in wire.requests)


@pytest.mark.parametrize("realm", ["", "12a", "../1", "١٢٣"])
def test_a_callback_without_a_company_is_refused(realm: str) -> None:
    wire = Wire([])
    with pytest.raises(Refused):
        companies(wire, realmId=realm)
    assert wire.requests == []


@pytest.mark.parametrize(
    ("country", "taxes", "mode"),
    [
        ("US", {"UsingSalesTax": True, "PartnerTaxEnabled": True}, "ast"),
        ("US", {"UsingSalesTax": True}, "us"),
        ("USA", {"UsingSalesTax": False, "PartnerTaxEnabled": True}, "off"),
        ("GB", {"UsingSalesTax": True}, "global"),
        ("CA", {}, "global"),
        ("AU", {"UsingSalesTax": False}, "off"),
    ],
)
def test_the_tax_mode_follows_country_and_settings(country: str, taxes: dict[str, bool], mode: str) -> None:
    info = {"CompanyInfo": {"CompanyName": "X", "Country": country}}
    settings = {"Preferences": {"TaxPrefs": taxes, "CurrencyPrefs": {"HomeCurrency": {"value": "XXX"}}}}
    (company,) = companies(Wire([(200, info), (200, settings), rows("PaymentMethod")]), realmId=REALM)
    assert company.facts["tax"] == mode


def test_a_currency_that_is_not_told_comes_from_the_country() -> None:
    info = {"CompanyInfo": {"CompanyName": "X", "Country": "GB"}}
    (company,) = companies(Wire([(200, info), (200, {"Preferences": {}}), rows("PaymentMethod")]), realmId=REALM)
    assert company.currency == "GBP"


def test_a_currency_that_nothing_tells_is_not_guessed() -> None:
    info = {"CompanyInfo": {"CompanyName": "X", "Country": "ZZ"}}
    with pytest.raises(Broken, match="currency"):
        companies(Wire([(200, info), (200, {"Preferences": {}}), rows("PaymentMethod")]), realmId=REALM)


def test_a_full_page_names_the_next_one() -> None:
    wire = Wire([rows("Customer", *({"Id": str(n), "DisplayName": f"C {n}"} for n in range(1000)))])
    page = hooks.pull_customers(account=wire.account(), cursor=None)
    assert (len(page.rows), page.next) == (1000, "1001")
    assert "Active IN (true,false) ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000" in wire.requests[0].statement


def test_a_short_page_is_the_last() -> None:
    wire = Wire([rows("Customer", {"Id": "7", "DisplayName": "C 7"})])
    page = hooks.pull_customers(account=wire.account(), cursor="1001")
    assert (len(page.rows), page.next) == (1, None)
    assert "STARTPOSITION 1001" in wire.requests[0].statement


def test_an_answer_without_rows_is_the_last() -> None:
    page = hooks.pull_payments(account=Wire([rows("Payment")]).account(), cursor="2001")
    assert (list(page.rows), page.next) == ([], None)


def test_a_page_of_categories_does_not_end_the_paging() -> None:
    wire = Wire([rows("Item", *({"Id": str(n), "Name": f"C {n}", "Type": "Category"} for n in range(1000)))])
    page = hooks.pull_items(account=wire.account(), cursor=None)
    assert (list(page.rows), page.next) == ([], "1001")


def test_a_cursor_that_is_none_of_ours_is_broken() -> None:
    with pytest.raises(Broken):
        hooks.pull_items(account=Wire([]).account(), cursor="1; drop")


def test_accounts_that_nothing_can_be_booked_to_are_left_out() -> None:
    found = rows(
        "Account",
        {"Id": "1", "Name": "Services", "AccountType": "Income"},
        {"Id": "2", "Name": "Copper", "FullyQualifiedName": "Materials:Copper", "AccountType": "Cost of Goods Sold"},
        {"Id": "3", "Name": "Checking", "AccountType": "Bank"},
        {"Id": "4", "Name": "Receivable", "AccountType": "Accounts Receivable"},
    )
    accounts = hooks.pull_accounts(account=Wire([found]).account())
    assert [(account.id, account.use) for account in accounts] == [
        ("1", AccountUse.INCOME),
        ("2", AccountUse.EXPENSE),
        ("3", AccountUse.DEPOSIT),
    ]
    assert accounts[1].name == "Materials:Copper"


def test_the_rates_of_a_tax_code_add_up_unless_one_is_a_tax_on_a_tax() -> None:
    def code(id: str, *details: dict[str, Any]) -> dict[str, Any]:
        return {"Id": id, "Name": id, "SalesTaxRateList": {"TaxRateDetail": list(details)}}

    plain = {"TaxRateRef": {"value": "10"}, "TaxTypeApplicable": "TaxOnAmount"}
    second = {"TaxRateRef": {"value": "11"}}
    compound = {"TaxRateRef": {"value": "11"}, "TaxTypeApplicable": "TaxOnTax"}
    codes = rows("TaxCode", code("3", plain, second), code("4", plain, compound), {"Id": "NON", "Name": "NON"})
    rates = rows("TaxRate", {"Id": "10", "RateValue": 5}, {"Id": "11", "RateValue": 9.975})
    found = hooks.pull_tax_codes(account=Wire([codes, rates]).account())
    assert [(code.id, code.rate) for code in found] == [("3", Decimal("14.975")), ("4", None), ("NON", None)]


def feed(*groups: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"CDCResponse": [{"QueryResponse": [*groups, {}]}], "time": NOW}


def changed(id: str, at: str = "2026-08-31T05:00:00-07:00", **more: Any) -> dict[str, Any]:
    return {"Id": id, "SyncToken": "1", "MetaData": {"LastUpdatedTime": at}, **more}


def test_changes_are_told_with_deletions() -> None:
    wire = Wire([feed({"Customer": [changed("74")]}, {"Invoice": [changed("299", status="Deleted")]})])
    page = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert [(change.kind, change.remote_id, change.deleted) for change in page.rows] == [
        ("customer", "74", False),
        ("invoice", "299", True),
    ]
    assert page.rows[0].at == datetime(2026, 8, 31, 12, tzinfo=UTC)
    assert wire.requests[0].query["changedSince"] == "2026-08-30T07:00:00+00:00"


def test_the_next_window_overlaps_this_one() -> None:
    page = hooks.pull_changes(account=Wire([feed()]).account(), since=SINCE)
    assert page.next == "2026-09-01T11:55:00+00:00"


def test_the_next_window_never_begins_before_this_one() -> None:
    since = datetime(2026, 9, 1, 11, 58, tzinfo=UTC)
    assert hooks.pull_changes(account=Wire([feed()]).account(), since=since).next == since.isoformat()


def test_a_feed_without_its_time_sets_no_checkpoint() -> None:
    with pytest.raises(Broken):
        hooks.pull_changes(account=Wire([(200, {"CDCResponse": [], "x": 1})]).account(), since=SINCE)


def test_somebody_elses_json_is_no_list_of_changes() -> None:
    with pytest.raises(TryLater):
        hooks.pull_changes(account=Wire([(200, {"time": NOW})]).account(), since=SINCE)


def test_a_full_answer_is_no_checkpoint() -> None:
    full = {"Item": [changed(str(n)) for n in range(1000)]}
    last = "2026-08-31T06:00:00-07:00"
    listed = rows("Item", *(changed(str(n)) for n in range(999)), changed("999", last))
    each = [feed({"Customer": [changed("74")]}), feed(full), listed, feed(), feed(), feed()]
    wire = Wire([feed(full), *each])
    page = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert {(change.kind, change.remote_id) for change in page.rows} == {
        ("customer", "74"),
        *(("item", str(n)) for n in range(1000)),
    }
    assert page.next == (datetime(2026, 8, 31, 13, tzinfo=UTC) - timedelta(minutes=5)).isoformat()
    assert "ORDERBY MetaData.LastUpdatedTime" in wire.requests[3].statement


def test_a_thousand_objects_of_one_moment_do_not_hold_the_checkpoint() -> None:
    at = SINCE.isoformat()
    full = {"Item": [changed(str(n), at) for n in range(1000)]}
    first = rows("Item", *(changed(str(n), at) for n in range(1000)))
    second = rows("Item", changed("1000", at))
    wire = Wire([feed(full), feed(), feed(full), first, second, feed(), feed(), feed()])
    page = hooks.pull_changes(account=wire.account(), since=SINCE)
    assert len(page.rows) == 1001
    assert page.next == "2026-09-01T11:55:00+00:00"
    assert "STARTPOSITION 1001" in wire.requests[4].statement
