"""Every recorded answer of QuickBooks goes through the plugin's reading and gets the right decision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.quickbooks_factories import Wire

from ledgerport.contract import AccountUse, ItemType
from ledgerport_quickbooks.answers import Row, parse
from ledgerport_quickbooks.books import Tax, books_of, company_of
from ledgerport_quickbooks.faults import fault_of
from ledgerport_quickbooks.mapping import accounts, customers, estimates, invoices, items, payments
from ledgerport_quickbooks.mapping.wire import rows_of
from ledgerport_quickbooks.terms import TERMS

# What each answer of a file must be: an error and its code, one object, so many rows, `nothing` (a query without rows),
# `count`, `changes`. Bodies without a recorded status are read with the one given here.
FILES: dict[str, list[str]] = {
    "exquickbooks/api__query.json": ["Item x19"],
    "exquickbooks/item__create_item.json": ["Item"],
    "exquickbooks/item__create_item_error.json": ["400 Refused 2020"],
    "exquickbooks/item__read_item.json": ["Item"],
    "exquickbooks/item__update_item.json": ["Item"],
    "exquickbooks/item__update_item_error.json": ["400 Stale 5010"],
    "exquickbooks/sales_receipt__create_sales_receipt.json": ["SalesReceipt"],
    "flowlink/account_find_by_name.yml": ["Account x1"],
    "flowlink/account_find_by_name_not_found.yml": ["nothing"],
    "flowlink/duplicate_name_on_update_then_ok.yml": [
        "Customer x2",
        "Customer x1",
        "400 NameTaken 6240",
        "Customer x1",
        "Customer",
        "Customer x1",
        "Customer x4",
        "Customer x1",
        "Customer x1",
        "nothing",
    ],
    "flowlink/item_create.yml": ["Item"],
    "flowlink/item_not_found.yml": ["nothing"],
    "flowlink/item_update.yml": ["Item x1", "Item"],
    "qbo_api/all__alt_select.yml": ["count", "Customer x2", "Customer x2", "Customer x2", "nothing"],
    "qbo_api/all__customers.yml": ["count", "Customer x41"],
    "qbo_api/cdc__basic.yml": ["changes"],
    "qbo_api/create__customer.yml": ["Customer"],
    "qbo_api/create__invoice.yml": ["Invoice"],
    "qbo_api/deactivate__employee.yml": ["Employee", "Employee"],
    "qbo_api/delete__invoice.yml": ["Invoice", "Invoice"],
    "qbo_api/error__400_json.yml": ["400 Refused 2010"],
    "qbo_api/error__401.yml": ["401 TryLater 3200"],
    "qbo_api/error__validation.yml": ["400 NameTaken 6240"],
    "qbo_api/get__display_name.yml": ["Customer x1"],
    "qbo_api/get__id.yml": ["Customer"],
    "qbo_api/get__inactive_vendors.yml": ["Vendor x27"],
    "qbo_api/misc__ampersand.yml": ["Vendor x1"],
    "qbo_api/no_detail.xml": ["401 TryLater 3200"],
    "qbo_api/update__customer.yml": ["Customer", "Customer"],
    "qbo_api/update__sales_receipt.yml": ["SalesReceipt", "SalesReceipt"],
    "quickbooks-ruby/accounts.xml": ["Account x10"],
    "quickbooks-ruby/change_data_capture_response.xml": ["changes"],
    "quickbooks-ruby/company_info.xml": ["CompanyInfo"],
    "quickbooks-ruby/customer.xml": ["Customer"],
    "quickbooks-ruby/customer_duplicate_error.xml": ["400 NameTaken 6240"],
    "quickbooks-ruby/customers.xml": ["Customer x5"],
    "quickbooks-ruby/deleted_customer.xml": ["Customer"],
    "quickbooks-ruby/estimate.xml": ["Estimate"],
    "quickbooks-ruby/fetch_account_by_id.xml": ["Account"],
    "quickbooks-ruby/fetch_customer_by_id.xml": ["Customer"],
    "quickbooks-ruby/fetch_invoice_by_id.xml": ["Invoice"],
    "quickbooks-ruby/fetch_item_by_id.xml": ["Item"],
    "quickbooks-ruby/generic_error.xml": ["500 Unknown 10000"],
    "quickbooks-ruby/invoice.xml": ["Invoice"],
    "quickbooks-ruby/invoice_delete_success_response.xml": ["Invoice"],
    "quickbooks-ruby/invoice_send.xml": ["Invoice"],
    "quickbooks-ruby/invoices.xml": ["Invoice x1"],
    "quickbooks-ruby/item.xml": ["Item"],
    "quickbooks-ruby/items.xml": ["Item x2"],
    "quickbooks-ruby/payment_by_id.xml": ["Payment x1"],
    "quickbooks-ruby/payment_methods.xml": ["PaymentMethod x8"],
    "quickbooks-ruby/payments.xml": ["Payment x1"],
    "quickbooks-ruby/query_validation_error.xml": ["400 Broken 4001"],
    "quickbooks-ruby/tax_codes.xml": ["TaxCode x11"],
    "quickbooks-ruby/tax_rates.xml": ["TaxRate x1"],
    "quickbooks-ruby/terms.xml": ["Term"],
    "quickbooks-ruby/too_many_requests_error.xml": ["429 TryLater 3001"],
}
# Collections of rows, or answers of other hosts: each has a test of its own below or in test_quickbooks_tokens.
OTHERS = {
    "intuit-dotnet-sdk/discovery.json",
    "intuit-oauth-jsclient/errorResponse.json",
    "intuit-oauth-jsclient/response.json",
    "ledgerloop/erp.subset.items_vendors.json",
    "qbo-sdk-py/mock_qbo.subset.json",
}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Path:
    return shared / "recorded" / "quickbooks"


def answers_in(path: Path) -> Iterator[tuple[int | None, bytes]]:
    """(recorded status, body) of each answer in a file."""
    if path.suffix != ".yml":
        yield None, path.read_bytes()
        return
    for interaction in yaml.safe_load(path.read_text())["http_interactions"]:
        response = interaction["response"]
        body = response["body"]
        words = body["string"] if isinstance(body, dict) else body
        yield response["status"]["code"], words if isinstance(words, bytes) else str(words).encode()


def one(recorded: Path, name: str, place: int = 0) -> Row:
    answer = parse(list(answers_in(recorded / name))[place][1])
    assert answer is not None
    return answer


def test_every_recorded_file_is_named_here(recorded: Path) -> None:
    found = {str(path.relative_to(recorded)) for path in recorded.glob("*/*.*")}
    assert found == FILES.keys() | OTHERS


@pytest.mark.parametrize("name", FILES)
def test_a_recorded_answer_gets_its_decision(recorded: Path, name: str) -> None:
    answers = list(answers_in(recorded / name))
    assert len(answers) == len(FILES[name])
    for (status, body), expected in zip(answers, FILES[name], strict=True):
        given = int(expected[:3]) if expected[:3].isdigit() else 200
        assert status in (None, given)
        error = fault_of(given, {}, body, write=True)
        if expected[:3].isdigit():
            assert error is not None
            assert f"{given} {type(error).__name__} {error.code}" == expected
            assert error.detail
            continue
        assert error is None
        assert_holds(parse(body), expected)


def assert_holds(answer: Row | None, expected: str) -> None:
    assert answer is not None
    if expected == "changes":
        assert rows_of(rows_of(answer, "CDCResponse")[0], "QueryResponse")
    elif expected == "nothing":
        assert answer["QueryResponse"] == {}
    elif expected == "count":
        assert answer["QueryResponse"].keys() == {"totalCount"}
    elif " x" in expected:
        entity, count = expected.split(" x")
        assert len(answer["QueryResponse"][entity]) == int(count)
        assert all(row["Id"] for row in answer["QueryResponse"][entity])
    else:
        assert answer[expected]["Id"]


@pytest.mark.parametrize("name", [name for name, answers in FILES.items() if any(a[:3].isdigit() for a in answers)])
@pytest.mark.parametrize("length", [1, 20, 0.5, 0.9])
def test_an_error_cut_in_the_middle_is_still_a_decision(recorded: Path, name: str, length: float) -> None:
    for status, body in answers_in(recorded / name):
        cut = body[: int(length if length >= 1 else len(body) * length)]
        error = fault_of(status or 400, {}, cut, write=True)
        assert error is not None, "a cut body never counts as a success"


def test_the_401_tells_no_token(recorded: Path) -> None:
    (_, body), *_ = answers_in(recorded / "qbo_api/error__401.yml")
    error = fault_of(401, {"Intuit-Tid": "1-5f7"}, body.replace(b"REDACTED", b"lvprdYxsgXyz"), write=False)
    assert error is not None
    assert "Token expired" in error.detail
    assert "lvprdYxsgXyz" not in error.detail
    assert error.trace_id == "1-5f7"


def test_a_recorded_customer_is_read_from_json(recorded: Path) -> None:
    row = one(recorded, "qbo_api/all__customers.yml", 1)["QueryResponse"]["Customer"][0]
    pulled = customers.pulled(row, "USD")
    assert pulled.remote.id == row["Id"]
    assert pulled.remote.email == row["PrimaryEmailAddr"]["Address"]
    assert pulled.value.name == row["DisplayName"]
    assert pulled.value.address.city == row["BillAddr"]["City"]


def test_a_customer_made_inactive_is_read_as_inactive_from_xml(recorded: Path) -> None:
    remote = customers.from_wire(one(recorded, "quickbooks-ruby/deleted_customer.xml")["Customer"])
    assert not remote.active
    assert remote.name.endswith("(deleted)")


def test_a_recorded_invoice_is_read_with_its_total(recorded: Path) -> None:
    remote = invoices.from_wire(one(recorded, "qbo_api/create__invoice.yml")["Invoice"])
    assert (remote.total, remote.customer_id, remote.version) == (Decimal("100.00"), "1", "0")


def test_a_recorded_invoice_is_read_from_xml_alike(recorded: Path) -> None:
    row = one(recorded, "quickbooks-ruby/fetch_invoice_by_id.xml")["Invoice"]
    remote = invoices.from_wire(row)
    assert remote.id == row["Id"]
    assert remote.customer_id == row["CustomerRef"]["value"]
    assert remote.total == Decimal(row["TotalAmt"])


def test_a_recorded_estimate_is_read(recorded: Path) -> None:
    row = one(recorded, "quickbooks-ruby/estimate.xml")["Estimate"]
    assert estimates.from_wire(row).number == row["DocNumber"]


def test_a_recorded_payment_is_read_with_what_it_pays(recorded: Path) -> None:
    row = one(recorded, "quickbooks-ruby/payments.xml")["QueryResponse"]["Payment"][0]
    pulled = payments.pulled(row)
    assert pulled.paid_on == date.fromisoformat(row["TxnDate"][:10])
    assert pulled.amount == Decimal(row["TotalAmt"])


def test_items_of_2026_are_read_without_categories(recorded: Path) -> None:
    found = json.loads((recorded / "ledgerloop/erp.subset.items_vendors.json").read_text(), parse_float=Decimal)
    rows = found["items"]["QueryResponse"]["Item"]
    pulled = [items.pulled(row, "USD") for row in rows]
    kept = [item for item in pulled if item is not None]
    assert len(kept) == sum(row["Type"] not in ("Category", "Group") for row in rows)
    bolt = next(item for item in kept if item.remote.name == "BOLT-M8-50")
    assert (bolt.value.type, bolt.value.price, bolt.value.cost) == (ItemType.SERVICE, Decimal("0.00"), None)


def test_vendors_of_2026_are_named_as_vendors(recorded: Path) -> None:
    found = json.loads((recorded / "ledgerloop/erp.subset.items_vendors.json").read_text())
    rows = found["vendors"]["QueryResponse"]["Vendor"]
    assert {customers.named(row, "vendor").kind for row in rows} == {"vendor"}
    assert all(customers.named(row, "vendor").name for row in rows)


def test_the_recorded_chart_of_accounts_falls_into_its_uses(recorded: Path) -> None:
    found = json.loads((recorded / "qbo-sdk-py/mock_qbo.subset.json").read_text())
    types = {row["Id"]: row["AccountType"] for row in found["accounts"]}
    used = {account.id: account.use for account in map(accounts.account, found["accounts"])}
    assert {types[id] for id, use in used.items() if use is AccountUse.INCOME} == {"Income"}
    assert {types[id] for id, use in used.items() if use is AccountUse.EXPENSE} <= {"Expense", "Cost of Goods Sold"}
    assert "Accounts Payable" in {types[id] for id, use in used.items() if use is AccountUse.OTHER}


def test_the_recorded_preferences_become_the_facts_of_a_company(recorded: Path) -> None:
    found = json.loads((recorded / "qbo-sdk-py/mock_qbo.subset.json").read_text())
    info = one(recorded, "quickbooks-ruby/company_info.xml")["CompanyInfo"]
    methods = one(recorded, "quickbooks-ruby/payment_methods.xml")["QueryResponse"]["PaymentMethod"]
    company = company_of("9130", info, found["preferences"], methods)
    assert (company.name, company.country, company.currency) == ("Acme Corp.", "US", "USD")
    assert company.facts["default_item"] == "19"
    books = books_of(Wire([], facts=dict(company.facts)).account())
    assert (books.tax, books.custom_numbers, books.multicurrency) == (Tax.US, False, True)
    names = {row["Id"]: row["Name"] for row in methods}
    assert names[books.methods["check"]] == "Cheque"
    assert names[books.methods["cash"]] == "Cash"


def test_the_recorded_tax_codes_are_words_without_a_rate(recorded: Path) -> None:
    codes = one(recorded, "quickbooks-ruby/tax_codes.xml")["QueryResponse"]["TaxCode"]
    rates = one(recorded, "quickbooks-ruby/tax_rates.xml")["QueryResponse"]["TaxRate"]
    found = {code.id: code for code in accounts.tax_codes(codes, rates)}
    assert found["TAX"].rate is None
    assert {"TAX", "NON", "CustomSalesTax"} <= found.keys()


def test_the_discovery_document_names_the_addresses_of_the_terms(recorded: Path) -> None:
    found: dict[str, Any] = json.loads((recorded / "intuit-dotnet-sdk/discovery.json").read_text())
    assert TERMS.oauth.authorize_url == found["authorization_endpoint"]
    assert TERMS.oauth.token_url == found["token_endpoint"]
    assert TERMS.oauth.revoke_url == found["revocation_endpoint"]
