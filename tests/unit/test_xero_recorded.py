"""Every recorded answer of Xero goes through the plugin's reading and gets the right decision.

Half of them are XML, the form that Xero answers in when what we accept is lost on the way.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.xero_factories import TENANT

from ledgerport.contract import AccountUse, Kind, LoginNeeded, NameTaken, Refused, Unknown
from ledgerport_xero.answers import Row, parse
from ledgerport_xero.books import company_of
from ledgerport_xero.envelopes import failed
from ledgerport_xero.faults import element_fault, judge
from ledgerport_xero.mapping import accounts, customers, estimates, invoices, items, payments
from ledgerport_xero.mapping.wire import rows_of
from ledgerport_xero.shapes import CUSTOMER, ESTIMATE, INVOICE, ITEM, PAYMENT

# What each file must be: so many rows of a list, or an error with its status and code.
FILES: dict[str, str] = {
    "fyle-xero-api/create-contact.json": "Contacts x1",
    "fyle-xero-api/create-invoice-accpay.json": "Invoices x1",
    "fyle-xero-api/get-accounts.json": "Accounts x58",
    "fyle-xero-api/get-items.json": "Items x16",
    "fyle-xero-api/get-taxrates.json": "TaxRates x8",
    "fyle-xero-api/get-tracking-categories.json": "TrackingCategories x1",
    "pyxero/contact-unicode.xml": "Contacts x1",
    "pyxero/not-implemented.xml": "501 Broken 20",
    "xero-python/get-invoices-page1.json": "Invoices x79",
    "xero-python/get-organisation.json": "Organisations x1",
    "xeroizer/accounts.xml": "Accounts x56",
    "xeroizer/branding_themes.xml": "BrandingThemes x2",
    "xeroizer/contact.xml": "Contacts x1",
    "xeroizer/contact_with_details.xml": "Contacts x1",
    "xeroizer/create_invoice.xml": "Invoices x1",
    "xeroizer/currencies.xml": "Currencies x1",
    "xeroizer/expired_oauth2_token.json": "401 TryLater 401",
    "xeroizer/invoice.xml": "Invoices x1",
    "xeroizer/items.xml": "Items x9",
    "xeroizer/organisation.xml": "Organisations x1",
    "xeroizer/records/invoice-0e64a623-c2a1-446a-93ed-eb897f118cbc.xml": "Invoices x1",
    "xeroizer/records/invoice-290ef4c4-baec-492b-b4dd-c102826470ae.xml": "Invoices x1",
    "xeroizer/records/invoice-4602eda6-abe9-448e-b65f-ae6bea21f0eb.xml": "Invoices x1",
    "xeroizer/records/invoice-46441f63-873f-4cdc-a278-b8fe516f3abb.xml": "Invoices x1",
    "xeroizer/records/invoice-762aa45d-4632-45b5-8087-b4f47690665e.xml": "Invoices x1",
    "xeroizer/records/invoice-962ef33f-c9d2-4602-9b9f-93a02bea23b3.xml": "Invoices x1",
    "xeroizer/records/invoice-c963f2b0-cbe1-4abd-9ccc-7e512c942068.xml": "Invoices x1",
    "xeroizer/tax_rates.xml": "TaxRates x10",
    "xeroizer/tracking_categories.xml": "TrackingCategories x1",
}
# Lists without an envelope, tokens, collections of answers: each has a test of its own here or in the tokens' tests.
OTHERS = {
    "fyle-xero-api/get-connections.json",
    "fyle-xero-api/get-organisation.json",
    "openapi-examples/success-examples.json",
    "xero-python/get-connections.json",
    "xero-python/token-refresh.json",
    "xero-sdk-py/mock_xero.json",
    "xeroizer/connections.json",
}
SHAPES = {shape.entity: shape for shape in (CUSTOMER, ITEM, INVOICE, ESTIMATE, PAYMENT)}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Path:
    return shared / "recorded" / "xero"


def body_of(path: Path) -> bytes:
    """The answer in a file; a recording of an exchange holds it as an object."""
    if path.suffix == ".json":
        found = json.loads(path.read_text())
        if isinstance(found, dict) and "interactions" in found:
            return json.dumps(found["interactions"][0]["response"]["body"]).encode()
    return path.read_bytes()


def answer_in(recorded: Path, name: str) -> Row:
    answer = parse(body_of(recorded / name))
    assert isinstance(answer, dict)
    return answer


def test_every_recorded_file_is_named_here(recorded: Path) -> None:
    found = {str(path.relative_to(recorded)) for path in recorded.rglob("*.*") if path.parent != recorded}
    assert found == FILES.keys() | OTHERS


@pytest.mark.parametrize("name", FILES)
def test_a_recorded_answer_gets_its_decision(recorded: Path, name: str) -> None:
    expected = FILES[name]
    body = body_of(recorded / name)
    if expected[:3].isdigit():
        status, branch, code = expected.split()
        error = judge(int(status), {}, body, write=True)
        assert (type(error).__name__, getattr(error, "code", "")) == (branch, code)
        return
    assert judge(200, {}, body, write=True) is None
    entity, count = expected.split(" x")
    rows = rows_of(answer_in(recorded, name), entity)
    assert len(rows) == int(count)
    if entity in SHAPES:
        shape = SHAPES[entity]
        assert all(shape.from_wire(row).id for row in rows)
        assert not any(failed(row, shape.id_name) for row in rows)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.98])
def test_an_answer_cut_in_the_middle_is_never_a_success(recorded: Path, name: str, share: float) -> None:
    body = body_of(recorded / name)
    assert judge(200, {}, body[: int(len(body) * share)], write=True) is not None


STATES = {
    "762aa45d-4632-45b5-8087-b4f47690665e": ("DRAFT", True),
    "0e64a623-c2a1-446a-93ed-eb897f118cbc": ("SUBMITTED", True),
    "4602eda6-abe9-448e-b65f-ae6bea21f0eb": ("AUTHORISED", True),
    "962ef33f-c9d2-4602-9b9f-93a02bea23b3": ("AUTHORISED", True),
    "290ef4c4-baec-492b-b4dd-c102826470ae": ("PAID", True),
    "46441f63-873f-4cdc-a278-b8fe516f3abb": ("VOIDED", False),
    "c963f2b0-cbe1-4abd-9ccc-7e512c942068": ("DELETED", False),
}


@pytest.mark.parametrize("invoice_id", STATES)
def test_a_recorded_invoice_of_each_state_is_read(recorded: Path, invoice_id: str) -> None:
    status, active = STATES[invoice_id]
    (row,) = rows_of(answer_in(recorded, f"xeroizer/records/invoice-{invoice_id}.xml"), "Invoices")
    remote = invoices.from_wire(row)
    assert row["Status"] == status
    assert (remote.id, remote.active) == (invoice_id, active)
    assert remote.total == (Decimal(row["Total"]) if active else Decimal("0.00"))
    assert remote.customer_id == row["Contact"]["ContactID"]


def test_the_bills_on_the_recorded_page_of_invoices_are_told_apart(recorded: Path) -> None:
    rows = rows_of(answer_in(recorded, "xero-python/get-invoices-page1.json"), "Invoices")
    remotes = [invoices.from_wire(row) for row in rows]
    sold = [remote for remote in remotes if remote.kind == Kind.INVOICE]
    assert len(sold) == sum(row["Type"] == "ACCREC" for row in rows)
    assert 0 < len(sold) < len(rows)
    assert all(remote.total is not None and remote.version.endswith("+00:00") for remote in remotes)


def test_the_payments_on_recorded_invoices_are_read(recorded: Path) -> None:
    rows = rows_of(answer_in(recorded, "xero-python/get-invoices-page1.json"), "Invoices")
    paid = [payment for row in rows for payment in rows_of(row, "Payments")]
    assert paid
    assert all(payments.from_wire(payment).total for payment in paid)


def test_a_recorded_contact_is_read_with_address_and_phone(recorded: Path) -> None:
    (row,) = rows_of(answer_in(recorded, "xeroizer/contact.xml"), "Contacts")
    pulled = customers.pulled(row, "NZD")
    assert (pulled.remote.name, pulled.remote.email) == ("ABC Limited", "a.dutchess@abclimited.com")
    assert pulled.remote.phone == "64 04 1111111"
    assert (pulled.value.address.line1, pulled.value.address.city) == ("P O Box 123", "Wellington")


def test_a_recorded_name_keeps_its_letters(recorded: Path) -> None:
    (row,) = rows_of(answer_in(recorded, "pyxero/contact-unicode.xml"), "Contacts")
    assert customers.pulled(row, "AUD").value.family_name == "Sürname"


def test_a_created_contact_has_no_address_and_no_phone(recorded: Path) -> None:
    (row,) = rows_of(answer_in(recorded, "fyle-xero-api/create-contact.json"), "Contacts")
    value = customers.pulled(row, "USD").value
    assert (value.phone, any(vars(value.address).values())) == ("", False)


def test_the_recorded_items_come_with_price_code_and_name(recorded: Path) -> None:
    rows = rows_of(answer_in(recorded, "fyle-xero-api/get-items.json"), "Items")
    pulled = {item.value.code: item.value for item in (items.pulled(row, "USD") for row in rows)}
    assert len(pulled) == len(rows)
    assert (pulled["BOOK"].price, pulled["BOOK"].cost) == (Decimal("19.95"), None)
    old = items.pulled(rows_of(answer_in(recorded, "xeroizer/items.xml"), "Items")[0], "AUD")
    assert (old.value.name, old.value.price) == ("DevD", Decimal("650.00"))


@pytest.mark.parametrize("name", ["fyle-xero-api/get-accounts.json", "xeroizer/accounts.xml"])
def test_the_recorded_chart_of_accounts_falls_into_its_uses(recorded: Path, name: str) -> None:
    rows = rows_of(answer_in(recorded, name), "Accounts")
    used = [(row, one) for row in rows for one in accounts.accounts(row)]
    income = {row["Type"] for row, one in used if one.use is AccountUse.INCOME}
    expense = {row["Type"] for row, one in used if one.use is AccountUse.EXPENSE}
    assert income <= {"REVENUE", "SALES", "OTHERINCOME"}
    assert expense <= {"EXPENSE", "OVERHEADS", "DIRECTCOSTS", "DEPRECIATN"}
    assert "BANK" in {row["Type"] for row, one in used if one.use is AccountUse.DEPOSIT}
    assert income
    assert expense
    assert not any(row.get("SystemAccount") for row, one in used if one.use is AccountUse.INCOME)
    assert len({one.id for _, one in used}) == len(used)


def test_the_recorded_tax_rates_are_those_for_sales(recorded: Path) -> None:
    canada = [
        accounts.tax_code(row) for row in rows_of(answer_in(recorded, "fyle-xero-api/get-taxrates.json"), "TaxRates")
    ]
    australia = [accounts.tax_code(row) for row in rows_of(answer_in(recorded, "xeroizer/tax_rates.xml"), "TaxRates")]
    assert {code.id for code in canada if code.active} >= {"CAN030"}
    assert {code.id: code.rate for code in australia if code.active}["OUTPUT"] == 10
    assert not {"INPUT"} & {code.id for code in australia if code.active}


def test_the_recorded_organisations_become_companies(recorded: Path) -> None:
    (row,) = rows_of(answer_in(recorded, "xero-python/get-organisation.json"), "Organisations")
    company = company_of(TENANT, "", row)
    assert (company.currency, company.country, company.facts["version"]) == ("NZD", "NZ", "NZ")
    assert date.fromisoformat(company.facts["locked_until"])
    (row,) = rows_of(answer_in(recorded, "xeroizer/organisation.xml"), "Organisations")
    assert company_of(TENANT, "", row).facts["locked_until"] == "2008-06-30"
    (row,) = json.loads((recorded / "fyle-xero-api/get-organisation.json").read_text())
    assert (company_of(TENANT, "", row).name, company_of(TENANT, "", row).currency) == ("Demo Company (Global)", "USD")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("fyle-xero-api/get-connections.json", 1),
        ("xero-python/get-connections.json", 1),
        ("xeroizer/connections.json", 2),
    ],
)
def test_the_recorded_connections_are_a_list_and_no_error(recorded: Path, name: str, count: int) -> None:
    body = body_of(recorded / name)
    found = parse(body)
    assert judge(200, {}, body, write=False) is None
    assert isinstance(found, list)
    assert len(found) == count
    assert all(row["tenantType"] == "ORGANISATION" and row["id"] != row["tenantId"] for row in found)


def test_the_expired_token_is_no_lost_login(recorded: Path) -> None:
    error = judge(401, {}, body_of(recorded / "xeroizer/expired_oauth2_token.json"), write=False)
    assert error is not None
    assert "TokenExpired" in error.detail
    assert not isinstance(error, LoginNeeded)


def examples(recorded: Path) -> list[dict[str, Any]]:
    """Xero's own examples, with numbers as the plugin reads them."""
    found: list[dict[str, Any]] = json.loads(
        (recorded / "openapi-examples/success-examples.json").read_text(), parse_float=Decimal
    )
    return found


def test_each_example_of_a_success_is_one(recorded: Path) -> None:
    seen = 0
    for example in examples(recorded):
        for status, body in example.get("responses", {}).items():
            content = json.dumps(body, default=float).encode()
            if isinstance(body, dict):
                assert judge(int(status), {}, content, write=True) is None, example["path"]
                seen += 1
    assert seen > 35


def test_the_examples_with_a_validation_error_in_a_200_are_refused_and_the_others_are_read(recorded: Path) -> None:
    outcomes: dict[str, Any] = {}
    for example in examples(recorded):
        entity = example["path"].split("/")[1]
        if entity not in SHAPES:
            continue
        shape = SHAPES[entity]
        for body in example.get("responses", {}).values():
            for row in rows_of(body, entity):
                name = f"{example['method']} {example['path']}"
                if failed(row, shape.id_name):
                    outcomes[name] = element_fault(row, shape.kind, trace_id="", updates=False)
                else:
                    assert shape.from_wire(row).id
    assert {name: type(error) for name, error in outcomes.items()} == {
        # An example without an error and with an id that is none: nothing says that it was saved.
        "POST /Contacts": Unknown,
        "PUT /Items": NameTaken,
        "POST /Items": NameTaken,
        "GET /Invoices/{InvoiceID}": NameTaken,
        "PUT /Payments": Refused,
        "POST /Payments": Refused,
    }
    assert outcomes["PUT /Payments"].field == "amount"


def test_the_example_of_a_quote_is_read_with_its_total(recorded: Path) -> None:
    (example,) = [one for one in examples(recorded) if (one["method"], one["path"]) == ("GET", "/Quotes/{QuoteID}")]
    (row,) = rows_of(example["responses"]["200"], "Quotes")
    remote = estimates.from_wire(row)
    assert (remote.number, remote.customer_id) == (row["QuoteNumber"], row["Contact"]["ContactID"])
    assert remote.total == row["Total"]


def test_the_hand_made_mock_with_truths_as_texts_is_read(recorded: Path) -> None:
    found = json.loads((recorded / "xero-sdk-py/mock_xero.json").read_text())
    assert [invoices.from_wire(row).number for row in found["invoices"]] == [
        row["InvoiceNumber"] for row in found["invoices"]
    ]
    assert not any(failed(row, "InvoiceID") for row in found["invoices"])
    assert all(customers.from_wire(row).id for row in found["contacts"])
    assert all(list(accounts.accounts(row)) is not None for row in found["accounts"])
    assert all(accounts.tax_code(row).id for row in found["TaxRates"])
