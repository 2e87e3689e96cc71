"""Customers, products, accounts, taxes and lists of the Wave sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledgerport_sandbox import Clock, Running
from ledgerport_wave_sandbox.app import create_app
from ledgerport_wave_sandbox.visitor import Visitor


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000))) as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running) -> Iterator[Visitor]:
    """A visitor who has signed in; the clock stands still until it is advanced."""
    with Visitor(running.url) as visitor:
        visitor.control("reset", {})
        visitor.control("clock", {"at": 1_790_000_000})
        visitor.control("limits", {"enabled": False})
        visitor.sign_in()
        yield visitor


def names(app: Visitor, field: str, arguments: str = "", **variables: tuple[str, Any]) -> list[str]:
    """The names in a list of the business."""
    found = app.books(f"{field}{arguments} {{ edges {{ node {{ name }} }} }}", **variables)[field]["edges"]
    return [edge["node"]["name"] for edge in found]


def stamp(app: Visitor) -> str:
    app.control("clock", {"advance": 60})
    newest = "customers(sort: [MODIFIED_AT_DESC], pageSize: 1) { edges { node { modifiedAt } } }"
    return str(app.books(newest)["customers"]["edges"][0]["node"]["modifiedAt"])


# -- customers -----------------------------------------------------------------------------------------------


def test_a_customer_is_kept_as_it_was_given(app: Visitor) -> None:
    address = {"addressLine1": "1 Pier Rd", "city": "Austin", "provinceCode": "US-TX", "countryCode": "US"}
    given = {"email": "d@h.example", "displayId": "C-7", "firstName": "Dana", "address": address}
    buyer = app.customer("Harbor View & Sons' HOA", **given)
    selection = "name email displayId firstName isArchived currency { code } createdAt"
    place = "address { addressLine1 city province { code } country { code name } postalCode }"
    found = app.books(f"customer(id: $id) {{ {selection} {place} }}", id=("ID!", buyer))["customer"]
    assert (found["name"], found["email"], found["displayId"]) == ("Harbor View & Sons' HOA", "d@h.example", "C-7")
    assert (found["isArchived"], found["currency"], found["createdAt"]) == (
        False,
        {"code": "USD"},
        "2026-09-21T14:13:20.000Z",
    )
    assert found["address"]["country"] == {"code": "US", "name": "United States"}
    assert (found["address"]["province"], found["address"]["postalCode"]) == ({"code": "US-TX"}, None)


@pytest.mark.parametrize(("field", "value"), [("name", " "), ("email", "nobody")])
def test_a_customer_that_makes_no_sense_is_refused_with_its_path(app: Visitor, field: str, value: str) -> None:
    (row,) = app.refused("customerCreate", {"name": "A", field: value})
    assert row["path"] == ["input", field]
    assert row["message"]


def test_a_refused_mutation_has_no_object(app: Visitor) -> None:
    body = app.send("customerCreate", {"name": " "}, "customer { id }").json()
    assert "errors" not in body
    assert body["data"]["customerCreate"]["customer"] is None


def test_a_patch_changes_what_is_given_and_null_unsets(app: Visitor) -> None:
    buyer = app.customer(email="d@h.example", phone="1", displayId="C-7")
    made = app.do(
        "customerPatch", {"id": buyer, "phone": "2", "displayId": None}, "customer { name phone displayId email }"
    )
    assert made["customer"] == {"name": "Harbor View HOA", "phone": "2", "displayId": None, "email": "d@h.example"}


def test_the_currency_of_a_customer_with_invoices_stays_unless_that_is_switched_off(app: Visitor) -> None:
    change = {"id": app.customer(), "currency": "CAD"}
    app.do("customerPatch", change)
    app.invoice(change["id"], [{"productId": app.product()}])
    back = {**change, "currency": "USD"}
    assert app.refused("customerPatch", back)[0]["path"] == ["input", "currency"]
    app.control("switches", {"customer_currency_with_invoices": "accept"})
    made = app.do("customerPatch", back, "customer { currency { code } }")
    assert made["customer"] == {"currency": {"code": "USD"}}


def test_customers_are_found_by_their_whole_email(app: Visitor) -> None:
    app.customer("A", email="Dana@h.example")
    app.customer("B", email="dana@h.example.org")
    assert names(app, "customers", "(email: $e)", e=("String", "Dana@h.example")) == ["A"]
    assert names(app, "customers", "(email: $e)", e=("String", "dana@h.example")) == []
    app.control("switches", {"email_match": "ignore_case"})
    assert names(app, "customers", "(email: $e)", e=("String", "dana@h.example")) == ["A"]


def test_an_email_that_was_changed_is_found_by_the_new_one_only(app: Visitor) -> None:
    buyer = app.customer(email="old@h.example")
    app.do("customerPatch", {"id": buyer, "email": "new@h.example"})
    assert names(app, "customers", "(email: $e)", e=("String", "old@h.example")) == []
    assert names(app, "customers", "(email: $e)", e=("String", "new@h.example")) == ["Harbor View HOA"]


def test_two_customers_may_have_one_name_unless_that_is_switched_off(app: Visitor) -> None:
    app.customer("Twin")
    app.customer("Twin")
    app.control("switches", {"duplicate_customer": "refuse"})
    (row,) = app.refused("customerCreate", {"name": "twin"})
    assert row["path"] == ["input", "name"]
    assert len(app.ledger()["customers"]) == 2


@pytest.mark.parametrize(("habit", "listed"), [("archived", ["Harbor View HOA"]), ("gone", [])])
def test_a_deleted_customer(app: Visitor, habit: str, listed: list[str]) -> None:
    app.control("switches", {"deleted_customer": habit})
    buyer = app.customer(email="d@h.example")
    app.do("customerDelete", {"id": buyer})
    assert names(app, "customers") == listed
    assert names(app, "customers", "(email: $e)", e=("String", "d@h.example")) == listed
    query = "query($b: ID!, $id: ID!) { business(id: $b) { customer(id: $id) { isArchived } } }"
    body = app.ask(query, b=app.company, id=buyer).json()
    found = body["data"]["business"]["customer"]
    assert found == ({"isArchived": True} if listed else None)
    assert [row["active"] for row in app.ledger()["customers"]] == [False]


def test_a_customer_shows_what_is_open_and_what_is_late(app: Visitor) -> None:
    buyer, item = app.customer(), app.product(price="40")
    app.invoice(buyer, [{"productId": item}], invoiceDate="2026-08-01", dueDate="2026-08-31")
    paid = app.invoice(buyer, [{"productId": item}], dueDate="2026-12-01")
    app.pay(paid["id"], "15")
    app.invoice(buyer, [{"productId": item}], status="DRAFT")
    selection = "outstandingAmount { value minorUnitValue currency { code } } overdueAmount { value }"
    found = app.books(f"customer(id: $id) {{ {selection} }}", id=("ID!", buyer))["customer"]
    assert found["outstandingAmount"] == {"value": "65.00", "minorUnitValue": "6500", "currency": {"code": "USD"}}
    assert found["overdueAmount"] == {"value": "40.00"}


# -- products, accounts, taxes -------------------------------------------------------------------------------


def test_a_product_is_sold_or_bought_by_its_accounts(app: Visitor) -> None:
    given = {"name": "Valve", "unitPrice": "19.123456", "expenseAccountId": app.account("Cost of Goods Sold")}
    made = app.do("productCreate", given, "product { id isSold isBought unitPrice incomeAccount { name } }")["product"]
    assert (made["isSold"], made["isBought"], made["unitPrice"]) == (False, True, "19.12346")
    changes = {"id": made["id"], "incomeAccountId": app.account("Sales"), "expenseAccountId": None}
    now = app.do("productPatch", changes, "product { isSold isBought incomeAccount { name } }")["product"]
    assert now == {"isSold": True, "isBought": False, "incomeAccount": {"name": "Sales"}}


@pytest.mark.parametrize(
    ("field", "account"),
    [("incomeAccountId", "Business Checking"), ("incomeAccountId", "Job Supplies"), ("expenseAccountId", "Sales")],
)
def test_an_account_of_the_wrong_subtype_is_refused(app: Visitor, field: str, account: str) -> None:
    (row,) = app.refused("productCreate", {"name": "Valve", "unitPrice": "1", field: app.account(account)})
    assert row["path"] == ["input", field]
    assert app.ledger()["items"] == []


@pytest.mark.parametrize("account", ["Service Income", "Sales Discounts", "Other Income"])
def test_income_discounts_and_other_income_take_sales(app: Visitor, account: str) -> None:
    app.product(incomeAccountId=app.account(account))
    assert len(app.ledger()["items"]) == 1


def test_an_archived_product_leaves_the_list_and_comes_back_by_hand_only(app: Visitor) -> None:
    item = app.product("Valve")
    app.do("productArchive", {"id": item}, "product { isArchived }")
    assert (names(app, "products"), names(app, "products", "(isArchived: true)")) == ([], ["Valve"])
    assert names(app, "products", "(isArchived: null)") == ["Valve"]
    app.control("person", {"company": app.company, "action": "unarchive", "kind": "Item", "id": item})
    assert names(app, "products") == ["Valve"]


def test_products_of_one_name_are_taken_unless_that_is_switched_off(app: Visitor) -> None:
    app.product("Valve")
    app.product("Valve")
    app.control("switches", {"duplicate_product_name": "refuse"})
    (row,) = app.refused("productCreate", {"name": "VALVE", "unitPrice": "1"})
    assert row["path"] == ["input", "name"]


def test_the_ledger_shows_name_and_price_of_an_item(app: Visitor) -> None:
    app.product("Valve", "19.9")
    (row,) = app.ledger()["items"]
    assert (row["name"], row["price"], row["cost"], row["active"]) == ("Valve", "19.90", None, True)


def test_accounts_are_filtered_by_subtype(app: Visitor) -> None:
    assert names(app, "accounts", "(subtypes: [CASH_AND_BANK])") == [
        "Cash on Hand",
        "Business Checking",
        "Undeposited Funds",
    ]
    assert names(app, "accounts", "(types: [INCOME], excludedSubtypes: [INCOME, DISCOUNTS, OTHER_INCOME])") == [
        "Uncategorized Income",
        "Gain on Foreign Exchange",
    ]


def test_an_account_has_type_subtype_and_currency(app: Visitor) -> None:
    selection = "name normalBalanceType sequence type { value name } subtype { value name } currency { code symbol }"
    found = app.books(f"account(id: $id) {{ {selection} }}", id=("ID!", app.account("Sales")))["account"]
    assert found == {
        "name": "Sales",
        "normalBalanceType": "CREDIT",
        "sequence": 1,
        "type": {"value": "INCOME", "name": "Income"},
        "subtype": {"value": "INCOME", "name": "Income"},
        "currency": {"code": "USD", "symbol": "$"},
    }


def test_an_account_is_patched_under_its_current_sequence_only(app: Visitor) -> None:
    made = app.do("accountCreate", {"name": "Wash bay", "subtype": "INCOME"}, "account { id sequence }")["account"]
    change = {"id": made["id"], "sequence": made["sequence"], "name": "Wash bays"}
    assert app.do("accountPatch", change, "account { sequence }")["account"] == {"sequence": 2}
    assert app.refused("accountPatch", change)[0]["path"] == ["input", "sequence"]
    app.do("accountArchive", {"id": made["id"]})
    assert "Wash bays" not in names(app, "accounts")


def test_a_fresh_business_has_the_texas_sales_tax_as_a_fraction(app: Visitor) -> None:
    found = app.books("salesTaxes { edges { node { name abbreviation rate rates { rate } isCompound } } }")
    first = found["salesTaxes"]["edges"][0]["node"]
    assert (first["abbreviation"], first["rate"], first["rates"]) == ("TX 8.25", "0.0825", [{"rate": "0.0825"}])


@pytest.mark.parametrize("short", ["TX 8.25", "ELEVEN CHAR", ""])
def test_a_taxs_abbreviation_is_short_and_unique(app: Visitor, short: str) -> None:
    (row,) = app.refused("salesTaxCreate", {"name": "T", "abbreviation": short, "rate": "0.05"})
    assert row["path"] == ["input", "abbreviation"]


def test_a_new_rate_counts_from_its_day(app: Visitor) -> None:
    tax = app.tax()
    app.do("salesTaxPatch", {"id": tax, "rates": [{"effective": "2026-10-01", "rate": "0.085"}]})
    chosen = "rate then: rate(for: $day) rates { effective rate } abbreviation"
    found = app.books(f"salesTax(id: $id) {{ {chosen} }}", id=("ID!", tax), day=("Date", "2026-10-01"))["salesTax"]
    assert (found["rate"], found["then"], len(found["rates"])) == ("0.0825", "0.085", 2)
    line = {"productId": app.product(price="100"), "taxes": [{"salesTaxId": tax}]}
    assert app.invoice(app.customer(), [line], invoiceDate="2026-09-30")["taxTotal"] == {"value": "8.25"}
    assert app.invoice(app.customer(), [line], invoiceDate="2026-10-01")["taxTotal"] == {"value": "8.50"}


# -- lists ---------------------------------------------------------------------------------------------------


def test_lists_come_newest_first_in_pages_with_totals(app: Visitor) -> None:
    for n in range(5):
        app.customer(f"C{n}")
    query = "customers(page: 2, pageSize: 2) { pageInfo { currentPage totalPages totalCount } edges { node { name } } }"
    found = app.books(query)["customers"]
    assert found["pageInfo"] == {"currentPage": 2, "totalPages": 3, "totalCount": 5}
    assert [edge["node"]["name"] for edge in found["edges"]] == ["C2", "C1"]
    assert names(app, "customers", "(page: 9)") == []


def test_a_page_has_45_nodes_by_default_and_200_at_most(app: Visitor) -> None:
    for n in range(203):
        app.send("customerCreate", {"name": f"C{n}"})
    assert len(names(app, "customers")) == 45
    assert len(names(app, "customers", "(pageSize: 500)")) == 200
    assert len(names(app, "customers", "(pageSize: 500, sort: [NAME_ASC])")) == 200
    app.control("switches", {"page_size_over_200": "refuse"})
    answer = app.ask("{ business { customers(pageSize: 201) { edges { node { name } } } } }").json()
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_lists_are_ordered_as_asked(app: Visitor) -> None:
    for name in ("b", "C", "a"):
        app.customer(name)
    assert names(app, "customers", "(sort: [NAME_ASC])") == ["a", "b", "C"]
    assert names(app, "customers", "(sort: [CREATED_AT_ASC])") == ["b", "C", "a"]
    assert names(app, "customers", "(sort: [MODIFIED_AT_DESC, NAME_DESC])") == ["C", "b", "a"]


def test_changes_after_a_moment_are_listed(app: Visitor) -> None:
    old = app.customer("Old")
    moment = stamp(app)
    app.customer("New")
    later = ("DateTime", moment)
    assert names(app, "customers", "(modifiedAtAfter: $m)", m=later) == ["New"]
    assert names(app, "customers", "(modifiedAtBefore: $m)", m=("DateTime", "2026-09-21T14:13:20.001Z")) == ["Old"]
    app.do("customerPatch", {"id": old, "phone": "1"})
    assert sorted(names(app, "customers", "(modifiedAtAfter: $m)", m=later)) == ["New", "Old"]


def test_the_moment_itself_counts_only_where_it_is_inclusive(app: Visitor) -> None:
    app.customer("Old")
    moment = ("DateTime", stamp(app))
    assert names(app, "customers", "(modifiedAtAfter: $m)", m=moment) == []
    app.control("switches", {"modified_after": "inclusive"})
    assert names(app, "customers", "(modifiedAtAfter: $m)", m=moment) == ["Old"]


def test_products_are_filtered_by_what_they_are_for(app: Visitor) -> None:
    app.product("Sold")
    app.do("productCreate", {"name": "Bought", "unitPrice": "1", "expenseAccountId": app.account("Job Supplies")})
    assert names(app, "products", "(isSold: true)") == ["Sold"]
    assert names(app, "products", "(isBought: true)") == ["Bought"]
    assert names(app, "products", "(isSold: false)") == ["Bought"]
