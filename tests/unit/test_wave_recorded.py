"""Every recorded answer of Wave goes through the plugin's reading and gets the right decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerport.contract import Account, AccountUse, Broken, Company, Refused
from ledgerport_wave import hooks
from ledgerport_wave.answers import Row, parse
from ledgerport_wave.faults import fault_of
from ledgerport_wave.mapping import accounts, customers, invoices, items
from ledgerport_wave.mapping.wire import part, rows_of

# What each answer holds under `data`.
FILES: dict[str, tuple[str, ...]] = {
    "account_subtypes.json": ("accountSubtypes",),
    "account_types.json": ("accountTypes",),
    "accounts.json": ("business", "accounts"),
    "businesses.json": ("businesses",),
    "currency.json": ("currency",),
    "customer.json": ("business", "customer"),
    "customers.json": ("business", "customers"),
    "invoices.json": ("business", "invoices"),
    "products.json": ("business", "products"),
    "user.json": ("user",),
}
ERRORS = {"documented_error_validation.json"}


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Path:
    return shared / "recorded" / "wave"


def data(recorded: Path, name: str) -> Any:
    answer = parse((recorded / name).read_bytes())
    assert answer is not None
    found: Any = answer["data"]
    for step in FILES[name]:
        found = found[step]
    return found


def node(recorded: Path, name: str) -> Row:
    (edge,) = rows_of(data(recorded, name), "edges")
    return part(edge, "node")


def account(body: bytes) -> Account:
    """Books whose provider answers everything with `body`."""
    http = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body)), base_url="https://wave.example"
    )
    return Account(http=http, company=Company(id="unique_business_id_1", name="Business Name"))


def test_every_recorded_file_is_named_here(recorded: Path) -> None:
    assert {path.name for path in recorded.glob("*.json")} == FILES.keys() | ERRORS


@pytest.mark.parametrize("name", FILES)
def test_a_recorded_answer_is_no_fault(recorded: Path, name: str) -> None:
    assert fault_of(200, {}, (recorded / name).read_bytes(), write=False) is None
    assert data(recorded, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("length", [1, 20, 0.5, 0.9])
def test_a_recorded_answer_cut_in_the_middle_is_a_fault(recorded: Path, name: str, length: float) -> None:
    body = (recorded / name).read_bytes().strip()
    cut = body[: int(length if length >= 1 else len(body) * length)]
    assert fault_of(200, {}, cut, write=True) is not None


def test_the_documented_error_is_a_fault_of_our_document(recorded: Path) -> None:
    body = (recorded / "documented_error_validation.json").read_bytes()
    read, write = fault_of(200, {}, body, write=False), fault_of(200, {}, body, write=True)
    assert isinstance(read, Broken)
    assert isinstance(write, Refused)
    assert read.code == "GRAPHQL_VALIDATION_FAILED"
    assert read.trace_id == "e486c5f4-49b0-456f-897c-6d21bdabcde7"
    assert 'Unknown argument "name"' in read.detail


def test_recorded_customers_are_read_by_the_hook(recorded: Path) -> None:
    found = hooks.pull_customers(account=account((recorded / "customers.json").read_bytes()), cursor=None)
    (pulled,) = found.rows
    assert (pulled.remote.id, pulled.remote.email) == ("unique_customer_id_1", "john.doe@example.dev")
    assert (pulled.value.given_name, pulled.value.family_name) == ("John", "Doe")
    assert pulled.remote.active
    assert found.next is None


def test_a_recorded_customer_has_no_marker_of_ours(recorded: Path) -> None:
    remote = customers.from_wire(data(recorded, "customer.json"))
    assert (remote.name, remote.marker) == ("John Doe", "")


def test_a_recorded_product_is_an_item_with_its_price(recorded: Path) -> None:
    pulled = items.pulled(node(recorded, "products.json"), "USD")
    assert pulled is not None
    assert (pulled.value.name, str(pulled.value.price)) == ("Product 1", "100.00")


def test_a_recorded_list_without_page_info_is_read_all_the_same(recorded: Path) -> None:
    found = hooks.pull_items(account=account((recorded / "products.json").read_bytes()), cursor=None)
    assert len(found.rows) == 1
    assert found.next is None


def test_a_recorded_invoice_has_its_number(recorded: Path) -> None:
    assert invoices.from_wire(node(recorded, "invoices.json")).number == "TEST000001"


def test_a_recorded_account_without_a_subtype_is_of_no_use(recorded: Path) -> None:
    assert accounts.account(node(recorded, "accounts.json"), "USD").use is AccountUse.OTHER


def test_businesses_without_a_currency_are_not_connected_blindly(recorded: Path) -> None:
    with pytest.raises(Broken, match="currency"):
        hooks.open_companies(account=account((recorded / "businesses.json").read_bytes()))


def test_every_recorded_subtype_has_a_use_of_its_own_or_none(recorded: Path) -> None:
    uses = {
        row["value"]: accounts.account({"subtype": row}, "USD").use for row in data(recorded, "account_subtypes.json")
    }
    assert uses["CASH_AND_BANK"] is AccountUse.DEPOSIT
    assert uses["COST_OF_GOODS_SOLD"] is AccountUse.EXPENSE
    assert uses["CREDIT_CARD"] is AccountUse.OTHER
