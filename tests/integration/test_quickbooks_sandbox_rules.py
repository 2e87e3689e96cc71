"""The rules of names, versions, numbers, payments, tax and closed books (fact sheet, section 9a)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ledgerport_quickbooks_sandbox.app import create_app
from ledgerport_quickbooks_sandbox.visitor import REALM, Visitor
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


def customer(app: Visitor, name: str = "Harbor View HOA") -> dict[str, Any]:
    return app.create("Customer", {"DisplayName": name})


def item(app: Visitor, name: str = "Drain cleaning", **more: Any) -> dict[str, Any]:
    return app.create("Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "48"}, **more})


def line(sold: dict[str, Any], amount: float, **detail: Any) -> dict[str, Any]:
    inner = {"ItemRef": {"value": sold["Id"]}, **detail}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": inner}


def bill(buyer: dict[str, Any], *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"CustomerRef": {"value": buyer["Id"]}, "Line": list(lines), **more}


def pay(buyer: dict[str, Any], total: float, **parts: float) -> dict[str, Any]:
    """`pay(buyer, 100, i7=60)`: 60 of 100 go to invoice 7."""
    lines = [{"Amount": part, "LinkedTxn": [{"TxnId": id[1:], "TxnType": "Invoice"}]} for id, part in parts.items()]
    return {"CustomerRef": {"value": buyer["Id"]}, "TotalAmt": total, "Line": lines}


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


# --- invoices ---


def test_the_lines_of_an_answer_are_items_subtotal_discount(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    percent = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    made = app.create("Invoice", bill(buyer, percent, line(sold, 290, Qty=2, UnitPrice=145)))
    assert [(row["DetailType"], row["Amount"]) for row in made["Line"]] == [
        ("SalesItemLineDetail", 290),
        ("SubTotalLineDetail", 290),
        ("DiscountLineDetail", 29),
    ]
    assert (made["TotalAmt"], made["Balance"]) == (261, 261)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "2020"),
        ([{"DetailType": "SubTotalLineDetail", "Amount": 5, "SubTotalLineDetail": {}}], "2020"),
        ([{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}], "2020"),
        (
            [{"DetailType": "SalesItemLineDetail", "Amount": 1, "SalesItemLineDetail": {"ItemRef": {"value": "77"}}}],
            "2500",
        ),
        (
            [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": 10.01,
                    "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "Qty": 2, "UnitPrice": 5},
                }
            ],
            "6070",
        ),
        (
            [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": 10,
                    "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "5"}},
                }
            ],
            "6100",
        ),
    ],
)
def test_a_bad_line_is_refused_with_its_code(app: Visitor, lines: list[dict[str, Any]], expected: str) -> None:
    buyer, _ = customer(app), item(app)
    assert code(app.post("invoice", bill(buyer, *lines))) == expected


def test_an_invoice_needs_a_customer_that_is_there_and_active(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    assert code(app.post("invoice", {"Line": [line(sold, 1)]})) == "2020"
    refused = error(app.post("invoice", {**bill(buyer, line(sold, 1)), "CustomerRef": {"value": "583"}}))
    assert refused["Detail"] == "Invalid Reference Id : Names element id 583 not found"
    app.create("Customer", {"Id": buyer["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert code(app.post("invoice", bill(buyer, line(sold, 1)))) == "610"


def test_a_number_in_use_is_6140_with_the_id_of_its_owner(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    body = bill(buyer, line(sold, 10), DocNumber="FS-1")
    first = app.create("Invoice", body)
    assert error(app.post("invoice", body))["Detail"] == (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber=FS-1 is assigned to TxnType=Invoice with TxnId={first['Id']}"
    )
    assert app.post("invoice", body, include="allowduplicatedocnum").status_code == 200
    app.control("switches", {"warn_duplicate_numbers": False})
    assert app.post("invoice", body).status_code == 200


def test_without_custom_numbers_the_company_counts_itself(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    assert "DocNumber" not in app.create("Invoice", bill(buyer, line(sold, 10)))
    app.control("person", {"company": REALM, "action": "settings", "data": {"custom_txn_numbers": False}})
    numbers = [app.create("Invoice", bill(buyer, line(sold, 10)))["DocNumber"] for _ in range(2)]
    assert numbers == ["1001", "1002"]


def test_an_estimate_is_closed_by_the_invoice_that_links_it(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    offer = app.create("Estimate", bill(buyer, line(sold, 10), DocNumber="E-1"))
    assert (offer["TxnStatus"], offer["TotalAmt"]) == ("Pending", 10)
    link = {"TxnId": offer["Id"], "TxnType": "Estimate"}
    made = app.create("Invoice", bill(buyer, line(sold, 10), LinkedTxn=[link]))
    assert made["LinkedTxn"] == [link]
    closed = app.read("Estimate", offer["Id"])
    assert (closed["TxnStatus"], closed["LinkedTxn"]) == ("Closed", [{"TxnId": made["Id"], "TxnType": "Invoice"}])


def test_sending_marks_the_invoice_as_sent(app: Visitor) -> None:
    made = app.create("Invoice", bill(customer(app), line(item(app), 10)))
    sent = app.http.post(f"/v3/company/{REALM}/invoice/{made['Id']}/send", params={"sendTo": "dana@h.example"}).json()
    assert (sent["Invoice"]["EmailStatus"], sent["Invoice"]["BillEmail"]["Address"]) == ("EmailSent", "dana@h.example")


# --- payments ---


def test_a_payment_lowers_the_balance_and_links_both_ways(app: Visitor) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", pay(buyer, 100, **{f"i{owed['Id']}": 60}))
    assert (paid["UnappliedAmt"], paid["Line"][0]["LinkedTxn"]) == (40, [{"TxnId": owed["Id"], "TxnType": "Invoice"}])
    after = app.read("Invoice", owed["Id"])
    assert (after["Balance"], after["SyncToken"]) == (40, "1")
    assert after["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert app.read("Customer", buyer["Id"])["Balance"] == 0
    assert app.ledger()["checks"] == []


def test_a_payment_for_somebody_elses_invoice_stays_unapplied(app: Visitor) -> None:
    owed = app.create("Invoice", bill(customer(app), line(item(app), 100)))
    paid = app.create("Payment", pay(customer(app, "Another"), 100, **{f"i{owed['Id']}": 100}))
    assert (paid["UnappliedAmt"], paid["Line"]) == (100, [])
    assert app.read("Invoice", owed["Id"])["Balance"] == 100


@pytest.mark.parametrize(("total", "part"), [(100, 100.01), (50, 60)])
def test_applying_more_than_there_is_is_6000(app: Visitor, total: float, part: float) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    assert code(app.post("payment", pay(buyer, total, **{f"i{owed['Id']}": part}))) == "6000"


def test_a_document_number_in_place_of_the_id_is_610(app: Visitor) -> None:
    buyer = customer(app)
    app.create("Invoice", bill(buyer, line(item(app), 100), DocNumber="4711"))
    assert code(app.post("payment", pay(buyer, 100, i4711=100))) == "610"


def test_an_update_of_a_payment_replaces_its_lines(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    first, second = (app.create("Invoice", bill(buyer, line(sold, 100))) for _ in range(2))
    paid = app.create("Payment", pay(buyer, 100, **{f"i{first['Id']}": 100}))
    moved = pay(buyer, 100, **{f"i{second['Id']}": 100})
    app.create("Payment", {**moved, "Id": paid["Id"], "SyncToken": "0"})
    assert [app.read("Invoice", one["Id"])["Balance"] for one in (first, second)] == [100, 0]


def test_a_voided_payment_opens_its_invoice_again(app: Visitor) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", {**pay(buyer, 100, **{f"i{owed['Id']}": 100}), "PrivateNote": "hub"})
    body = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    void = app.create("Payment", body, operation="update", include="void")
    assert (void["TotalAmt"], void["Line"], void["PrivateNote"]) == (0, [], "Voided - hub")
    assert app.read("Invoice", owed["Id"])["Balance"] == 100
    assert (app.ledger()["payments"][0]["void"], app.ledger()["checks"]) == (True, [])


def test_a_deleted_payment_opens_its_invoice_again(app: Visitor) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", pay(buyer, 100, **{f"i{owed['Id']}": 100}))
    gone = app.create("Payment", {"Id": paid["Id"], "SyncToken": "0"}, operation="delete")
    assert gone == {"domain": "QBO", "status": "Deleted", "Id": paid["Id"]}
    assert app.read("Invoice", owed["Id"])["Balance"] == 100
    assert code(app.get(f"payment/{paid['Id']}")) == "610"


@pytest.mark.parametrize("operation", ["void", "delete"])
def test_a_voided_or_deleted_invoice_frees_its_payment(app: Visitor, operation: str) -> None:
    buyer = customer(app)
    owed = app.create("Invoice", bill(buyer, line(item(app), 100)))
    paid = app.create("Payment", pay(buyer, 100, **{f"i{owed['Id']}": 100}))
    app.create("Invoice", {"Id": owed["Id"], "SyncToken": "1"}, operation=operation)
    free = app.read("Payment", paid["Id"])
    assert (free["UnappliedAmt"], free["Line"], free["SyncToken"]) == (100, [], "1")
    assert app.ledger()["checks"] == []


# --- tax, closed books, locales ---


def test_automated_tax_is_computed_for_taxable_lines_and_a_stated_total_is_honoured(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    lines = (line(sold, 100, TaxCodeRef={"value": "TAX"}), line(sold, 50))
    computed = app.create("Invoice", bill(buyer, *lines))
    assert (computed["TxnTaxDetail"]["TotalTax"], computed["TotalAmt"]) == (8.25, 158.25)
    assert computed["Line"][1]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "NON"}
    stated = app.create("Invoice", bill(buyer, *lines, TxnTaxDetail={"TotalTax": 7.77}))
    assert (stated["TxnTaxDetail"]["TotalTax"], stated["TotalAmt"]) == (7.77, 157.77)


def test_without_sales_tax_the_tax_detail_is_ignored(app: Visitor) -> None:
    app.control("companies", {"id": "78", "name": "No Tax Inc", "locale": "us"})
    app.realm = "78"
    app.sign_in()
    made = app.create("Invoice", bill(customer(app), line(item(app), 100), TxnTaxDetail={"TotalTax": 5}))
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (100, 0)


def test_outside_the_us_every_line_needs_a_code(app: Visitor) -> None:
    app.control("companies", {"id": "79", "name": "Leeds Pipes Ltd", "locale": "uk"})
    app.realm = "79"
    app.sign_in()
    buyer, sold = customer(app), item(app)
    refused = error(app.post("invoice", bill(buyer, line(sold, 100), GlobalTaxCalculation="TaxExcluded")))
    assert refused["Detail"] == (
        "Business Validation Error: Make sure all your transactions have a VAT rate before you save."
    )
    coded = line(sold, 100, TaxCodeRef={"value": "3"})
    assert app.create("Invoice", bill(buyer, coded, GlobalTaxCalculation="TaxExcluded"))["TotalAmt"] == 120
    inclusive = app.create("Invoice", bill(buyer, coded, GlobalTaxCalculation="TaxInclusive"))
    assert (inclusive["TotalAmt"], inclusive["TxnTaxDetail"]["TotalTax"]) == (100, 16.67)


def test_closed_books_refuse_every_change_up_to_their_date(app: Visitor) -> None:
    buyer, sold = customer(app), item(app)
    early = bill(buyer, line(sold, 10), TxnDate="2026-06-30")
    made = app.create("Invoice", early)
    app.control("person", {"company": REALM, "action": "close_books", "until": "2026-06-30"})
    assert code(app.post("invoice", early)) == "6210"
    assert code(app.post("invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")) == "6210"
    assert app.post("invoice", {**early, "TxnDate": "2026-07-01"}).status_code == 200


def test_an_expired_subscription_is_6190(app: Visitor) -> None:
    app.control("person", {"company": REALM, "action": "settings", "data": {"subscription": "EXPIRED"}})
    assert code(app.post("customer", {"DisplayName": "A"})) == "6190"


def test_bytes_that_are_not_utf_8_are_code_500(app: Visitor) -> None:
    answer = app.http.post(f"/v3/company/{REALM}/customer", content=b'{"DisplayName":"caf\xe9"}')
    assert code(answer) == "500"


def test_name_lists_cannot_be_deleted(app: Visitor) -> None:
    made = customer(app)
    assert code(app.post("customer", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")) == "500"
