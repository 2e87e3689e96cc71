"""The rules of names, single fields and versions (fact sheet, section 9a)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_quickbooks_sandbox.forms import bill, customer, item, line
from ledgerport_quickbooks_sandbox.visitor import Visitor
from ledgerport_sandbox import Running


@pytest.fixture
def app() -> Iterator[Visitor]:
    """A visitor who has signed in, limits off."""
    sandbox = create_app(store=":memory:")
    sandbox.limits.enabled = False
    with Running(sandbox) as running, Visitor(running.url) as visitor:
        visitor.sign_in()
        yield visitor


def error(answer: httpx.Response) -> dict[str, Any]:
    """The first error of a 400."""
    assert answer.status_code == 400, answer.text
    found: dict[str, Any] = answer.json()["Fault"]["Error"][0]
    return found


def code(answer: httpx.Response) -> str:
    return str(error(answer)["code"])


# --- names ---


@pytest.mark.parametrize("kind", ["Vendor", "Employee"])
def test_a_name_is_unique_over_customers_vendors_and_employees(app: Visitor, kind: str) -> None:
    app.create(kind, {"DisplayName": "Jenny Robertson"})
    refused = error(app.post("customer", {"DisplayName": "jenny robertson"}))
    assert refused["code"] == "6240"
    assert refused["Detail"].endswith(
        "Another customer, vendor or employee is already using this name. Please use a different name."
    )


def test_a_clash_among_customers_has_two_blanks_in_its_wording(app: Visitor) -> None:
    customer(app)
    refused = error(app.post("customer", {"DisplayName": "Harbor View HOA"}))
    assert refused["Detail"] == (
        "The name supplied already exists. : Another customer is already using this name.  Please use a different name."
    )


def test_the_switch_gives_6240_its_bare_wording(app: Visitor) -> None:
    app.control("switches", {"duplicate_name_detail": "null"})
    customer(app)
    refused = error(app.post("customer", {"DisplayName": "Harbor View HOA"}))
    assert refused == {
        "Message": "Duplicate Name Exists Error",
        "Detail": "The name supplied already exists. : null",
        "code": "6240",
    }


def test_an_item_may_share_a_name_with_a_customer_but_not_with_an_item(app: Visitor) -> None:
    customer(app, "Valve")
    item(app, "Valve")
    body = {"Name": "VALVE", "Type": "Service", "IncomeAccountRef": {"value": "48"}}
    assert code(app.post("item", body)) == "6240"


def test_a_deactivated_name_gets_its_suffix_and_is_free_again(app: Visitor) -> None:
    first = customer(app)
    gone = app.create("Customer", {"Id": first["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert (gone["DisplayName"], gone["PrintOnCheckName"]) == ("Harbor View HOA (deleted)", "Harbor View HOA")
    second = customer(app)
    assert second["Id"] != first["Id"]
    back = {"Id": first["Id"], "SyncToken": "1", "sparse": True, "Active": True}
    assert code(app.post("customer", back)) == "6240"


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("customer", {"DisplayName": "A:B"}, "2040"),
        ("customer", {"DisplayName": "A\tB"}, "2040"),
        ("customer", {"DisplayName": "x" * 501}, "2050"),
        ("customer", {"DisplayName": "A", "Suffix": "x" * 17}, "2050"),
        ("customer", {"DisplayName": "A", "PrimaryEmailAddr": {"Address": "nobody"}}, "2210"),
        ("customer", {"DisplayName": "A", "PrimaryPhone": {"FreeFormNumber": "1" * 31}}, "2050"),
        ("customer", {"DisplayName": "A", "BillAddr": {"PostalCode": "1" * 31}}, "2050"),
        ("customer", {"DisplayName": "A", "PreferredDeliveryMethod": "Pigeon"}, "2170"),
        ("customer", {"DisplayName": "A", "Nickname": "B"}, "2010"),
        ("customer", {"DisplayName": "A", "BillAddr": {"Street": "B"}}, "2010"),
        ("customer", {"CompanyName": "No name"}, "6080"),
        ("item", {"Type": "Service", "IncomeAccountRef": {"value": "48"}}, "2020"),
        ("item", {"Name": "x" * 101, "Type": "Service", "IncomeAccountRef": {"value": "48"}}, "2050"),
        ("item", {"Name": "A\tB", "Type": "Service", "IncomeAccountRef": {"value": "48"}}, "2040"),
        ("item", {"Name": "A", "Type": "Service"}, "2020"),
        ("item", {"Name": "A", "Type": "Service", "IncomeAccountRef": {"value": "999"}}, "2500"),
        ("item", {"Name": "A", "Type": "Service", "IncomeAccountRef": {"value": "35"}}, "6430"),
        ("item", {"Name": "A", "Type": "Gadget", "IncomeAccountRef": {"value": "48"}}, "2170"),
        ("item", {"Name": "A", "Type": "Inventory", "IncomeAccountRef": {"value": "79"}}, "2020"),
        ("item", {"Name": "A", "Type": "Service", "UnitPrice": "dear", "IncomeAccountRef": {"value": "48"}}, "2110"),
    ],
)
def test_a_field_that_breaks_a_rule_is_refused_with_its_code(
    app: Visitor, kind: str, body: dict[str, Any], expected: str
) -> None:
    assert code(app.post(kind, body)) == expected


def test_an_unknown_member_is_named_and_the_known_ones_listed(app: Visitor) -> None:
    detail = error(app.post("invoice", {"BadJson": True}))["Detail"]
    assert detail.startswith('Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice)')
    assert detail.endswith("[truncated]])\n specified is unsupported or invalid")


def test_a_length_error_names_the_limits_and_the_length(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    refused = error(app.post("invoice", bill(buyer, line(sold, 10), DocNumber="9" * 45)))
    assert refused["Detail"] == (
        "String length specified does not match the supported length. Min:0 Max:21 supported. Supplied length:45"
    )
    assert refused["element"] == "DocNumber"


# --- versions ---


def test_a_full_update_clears_what_is_left_out_and_a_sparse_one_keeps_it(app: Visitor) -> None:
    made = app.create("Customer", {"DisplayName": "A", "CompanyName": "Co", "Notes": "n"})
    sparse = app.create("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "m"})
    assert (sparse["SyncToken"], sparse["CompanyName"], sparse["Notes"]) == ("1", "Co", "m")
    full = app.create("Customer", {"Id": made["Id"], "SyncToken": "1", "DisplayName": "A"})
    assert (full["SyncToken"], "CompanyName" in full, "Notes" in full) == ("2", False, False)
    assert full["MetaData"]["CreateTime"] == made["MetaData"]["CreateTime"]


def test_an_old_sync_token_is_5010_and_saves_nothing(app: Visitor) -> None:
    made = customer(app)
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    app.create("Customer", {**change, "Notes": "first"})
    refused = error(app.post("customer", {**change, "Notes": "second"}))
    assert (refused["code"], refused["Detail"][:20]) == ("5010", "Stale Object Error :")
    assert app.read("Customer", made["Id"])["Notes"] == "first"


def test_an_unknown_id_is_610(app: Visitor) -> None:
    assert code(app.get("customer/999")) == "610"
    assert code(app.post("customer", {"Id": "999", "SyncToken": "0", "sparse": True})) == "610"


def test_lines_are_replaced_as_a_whole_even_by_a_sparse_update(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    made = app.create("Invoice", bill(buyer, line(sold, 10), line(sold, 20)))
    kept = {**line(sold, 20), "Id": "2"}
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [kept, line(sold, 5)]}
    changed = app.create("Invoice", change)
    assert [row.get("Id") for row in changed["Line"]] == ["2", "3", None]
    assert (changed["TotalAmt"], changed["CustomerRef"]["value"]) == (25, buyer["Id"])
