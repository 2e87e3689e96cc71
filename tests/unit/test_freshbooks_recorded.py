"""Every recorded answer of FreshBooks goes through the plugin's reading and gets the right decision."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.unit.freshbooks_factories import Wire, many

from ledgerport.contract import (
    Account,
    AccountUse,
    Company,
    Endpoint,
    Grant,
    ItemType,
    LedgerAccount,
)
from ledgerport_freshbooks import hooks
from ledgerport_freshbooks.answers import Row, parse, result_of
from ledgerport_freshbooks.faults import fault_of
from ledgerport_freshbooks.mapping import accounts, customers, invoices, items, payments, taxes
from ledgerport_freshbooks.mapping.moments import span_of

# What each file must be: one record (in the accounting envelope, or of another family), so many of them, or an error.
FILES = {
    "irl_journal_entry_accounts_list.json": "journal_entry_accounts x2",
    "irl_ledger_accounts_list_live.json": "another family: data",
    "java_create_client_response.json": "client",
    "java_get_client_response__not_found_new.json": "404 1012",
    "java_get_client_response__not_found_old.json": "404 1012",
    "java_get_invoice_response.json": "invoice",
    "java_get_item_response.json": "item",
    "java_get_payment_response.json": "payment",
    "java_get_service_rate_response.json": "another family: service_rate",
    "java_get_service_response.json": "another family: service",
    "java_get_tax_response.json": "tax",
    "java_list_items_response.json": "items x3",
    "java_list_services_response.json": "another family: services",
    "java_list_taxes_response.json": "taxes x2",
    "py_auth_me_response.json": "another family: response",
    "py_auth_token_response.json": "another family: access_token",
    "py_create_client_response.json": "client",
    "py_get_callback_response.json": "callback",
    "py_get_callback_response__no_auth.json": "401 401",
    "py_get_client_response.json": "client",
    "py_get_client_response__not_found.json": "404 1012",
    "py_get_ledger_account_response.json": "another family: data",
    "py_get_ledger_account_response__not_found.json": "404 404",
    "py_list_callbacks_response.json": "callbacks x3",
    "py_list_clients_response.json": "clients x3",
    "py_list_ledger_accounts_response.json": "another family: data",
}
ERRORS = {
    ("404 1012", True): "Gone",
    ("404 1012", False): "Refused",
    ("401 401", True): "TryLater",
    ("401 401", False): "TryLater",
    ("404 404", True): "Gone",
    ("404 404", False): "Refused",
}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Path:
    return shared / "recorded" / "freshbooks"


def answer_in(recorded: Path, name: str) -> Row:
    answer = parse((recorded / name).read_bytes())
    assert answer is not None
    return answer


def result_in(recorded: Path, name: str) -> Any:
    result = result_of(answer_in(recorded, name))
    assert result is not None
    return result


def test_every_recorded_file_is_named_here(recorded: Path) -> None:
    assert {path.name for path in recorded.glob("*.json")} == FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_recorded_answer_gets_its_decision(recorded: Path, name: str) -> None:
    expected, body = FILES[name], (recorded / name).read_bytes()
    if expected[:3].isdigit():
        status, code = expected.split()
        for updates in (True, False):
            error = fault_of(int(status), {}, body, write=True, updates=updates)
            assert error is not None
            assert (type(error).__name__, error.code) == (ERRORS[expected, updates], code)
            assert error.detail
        return
    assert fault_of(200, {}, body, write=True) is None
    answer = answer_in(recorded, name)
    if expected.startswith("another family: "):
        assert answer[expected.removeprefix("another family: ")]
        return
    result = result_of(answer)
    assert result is not None
    if " x" in expected:
        kind, count = expected.split(" x")
        assert len(result[kind]) == int(count)
    else:
        assert result[expected]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.97])
def test_an_answer_cut_in_the_middle_never_counts_as_a_success(recorded: Path, name: str, part: float) -> None:
    body = (recorded / name).read_bytes().rstrip()
    status = int(FILES[name][:3]) if FILES[name][:3].isdigit() else 200
    assert fault_of(status, {}, body[: int(len(body) * part)], write=True) is not None


def test_an_old_and_a_new_404_are_the_same_decision(recorded: Path) -> None:
    old, new = (
        fault_of(404, {}, (recorded / f"java_get_client_response__not_found_{age}.json").read_bytes(), write=True)
        for age in ("old", "new")
    )
    assert old is not None
    assert new is not None
    assert (type(old), old.reason, old.detail, old.code) == (type(new), new.reason, new.detail, new.code)


def test_a_recorded_client_is_read(recorded: Path) -> None:
    pulled = customers.pulled(result_in(recorded, "py_get_client_response.json")["client"], "USD")
    assert (pulled.remote.id, pulled.remote.name) == ("12345", "American Cyanamid")
    assert pulled.remote.email == "gordon.shumway@AmericanCyanamid.com"
    assert pulled.remote.active
    assert (pulled.value.given_name, pulled.value.currency) == ("Gordon", "CAD")
    assert (pulled.value.address.region, pulled.value.address.country) == ("ON", "Canada")


def test_a_client_without_a_name_of_its_own_has_what_freshbooks_put_there(recorded: Path) -> None:
    remote = customers.from_wire(result_in(recorded, "py_create_client_response.json")["client"])
    assert (remote.name, remote.email, remote.marker) == ("john.doe@abcorp.com", "john.doe@abcorp.com", "")


def test_a_recorded_invoice_is_read_with_freshbooks_own_total(recorded: Path) -> None:
    row = result_in(recorded, "java_get_invoice_response.json")["invoice"]
    remote = invoices.from_wire(row)
    assert (remote.id, remote.number, remote.customer_id) == ("987654", "ACM0002", "12345")
    assert remote.total == Decimal("41.94")
    assert not invoices.is_draft(row)


def test_a_recorded_item_is_read(recorded: Path) -> None:
    pulled = items.pulled(result_in(recorded, "java_get_item_response.json")["item"], "USD")
    assert (pulled.remote.id, pulled.remote.name, pulled.value.price) == ("4331", "A Cheap Item", Decimal("1.00"))
    assert (pulled.value.sku, pulled.value.type) == ("SQ1234", ItemType.PRODUCT)
    assert (pulled.value.taxable, pulled.value.currency) == (True, "CAD")


def test_recorded_items_come_as_a_page(recorded: Path) -> None:
    wire = Wire([(200, (recorded / "java_list_items_response.json").read_bytes())])
    page = hooks.pull_items(account=wire.account(), cursor=None)
    assert [row.value.name for row in page.rows] == ["A Cheap Item", "An item", "An expensive item"]
    assert page.next is None


def test_recorded_clients_come_as_a_page(recorded: Path) -> None:
    wire = Wire([(200, (recorded / "py_list_clients_response.json").read_bytes())])
    page = hooks.pull_customers(account=wire.account(), cursor=None)
    assert len(page.rows) == 3
    assert all(row.remote.id and row.remote.name for row in page.rows)


def test_a_recorded_payment_is_read_with_the_invoice_it_pays(recorded: Path) -> None:
    pulled = payments.pulled(result_in(recorded, "java_get_payment_response.json")["payment"])
    assert (pulled.remote.id, pulled.remote.customer_id, pulled.paid_on) == ("235435", "12345", date(2021, 4, 16))
    assert pulled.applied == {"987654": Decimal("41.94")}


def test_recorded_taxes_are_codes_of_name_and_percent(recorded: Path) -> None:
    codes = taxes.tax_codes(result_in(recorded, "java_list_taxes_response.json")["taxes"])
    assert [(code.id, code.rate) for code in codes] == [("HST|13", Decimal(13)), ("GST|5", Decimal(5))]


def test_recorded_accounts_come_with_their_sub_accounts(recorded: Path) -> None:
    rows = result_in(recorded, "irl_journal_entry_accounts_list.json")["journal_entry_accounts"]
    found = list(accounts.accounts(rows))
    assert found[:2] == [
        LedgerAccount(id="545882", name="Cash", use=AccountUse.DEPOSIT, number="1000"),
        LedgerAccount(id="635972", name="Cash:Petty Cash", use=AccountUse.DEPOSIT, number="1000-1"),
    ]
    assert found[2].use is AccountUse.OTHER
    assert accounts.currency_of(rows) == "USD"


def test_the_recorded_person_reaches_the_businesses_he_belongs_to_and_not_the_one_he_is_a_client_of(
    recorded: Path,
) -> None:
    me = (200, (recorded / "py_auth_me_response.json").read_bytes())
    wire = Wire([me, many("journal_entry_accounts", {"id": 1, "currency_code": "CAD"}), many("journal_entry_accounts")])
    account: Account = wire.account(company="")
    found = hooks.open_companies(account=account)
    assert found == [
        Company(
            id="ABC123",
            name="Commonwealth of Independent Systems",
            currency="CAD",
            country="Canada",
            facts={"business_id": "439000", "business_uuid": "a_uuid1"},
        ),
        Company(
            id="ABC124",
            name="Bayern Corporation",
            currency="CAD",
            country="Canada",
            facts={"business_id": "438000", "business_uuid": "a_uuid2"},
        ),
    ]


def test_the_recorded_token_answer_is_a_grant_that_counts_from_when_it_was_made(recorded: Path) -> None:
    body = (recorded / "py_auth_token_response.json").read_bytes()
    now = datetime.fromtimestamp(1287273500 + 40, UTC)

    class Standing:
        def now(self) -> datetime:
            return now

        def real_seconds(self, span: Any) -> float:
            return 0.0

    endpoint = Endpoint(
        http=httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body))),
        token_url="https://freshbooks.example/token",
        revoke_url="https://freshbooks.example/revoke",
        clock=Standing(),
        redirect_uri="https://hub.example/callback",
    )
    old = Grant(access_token=SecretStr("a"), access_expires_at=now, refresh_token=SecretStr("r"))
    grant = hooks.refresh_token(grant=old, endpoint=endpoint)
    assert grant.refresh_token is not None
    assert grant.refresh_token.get_secret_value() == "my_refresh_token"
    assert grant.scopes == ("some:scope",)
    assert grant.access_expires_at == datetime.fromtimestamp(1287273500 + 100, UTC)


def test_the_time_of_a_change_is_read_as_eastern_time(recorded: Path) -> None:
    row = result_in(recorded, "py_create_client_response.json")["client"]
    made = datetime.fromisoformat(row["signup_date"]).replace(tzinfo=UTC)
    assert span_of(row["updated"]) == (made, made)
