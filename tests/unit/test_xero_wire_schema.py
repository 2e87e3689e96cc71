"""What the Xero plugin sends fits Xero's own description: addresses, queries, headers and bodies, member by member."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30WriteValidator
from tests.unit.xero_factories import (
    CODES,
    CONTACT,
    INVOICE,
    MAPPING,
    Request,
    Wire,
    customer,
    estimate,
    guid,
    invoice,
    item,
    line,
    page,
    payment,
    push,
    rows,
)

from ledgerport.contract import Account, Address, PaymentMethod
from ledgerport_xero import hooks

FULL_CUSTOMER = customer(
    phone="09 555 0142",
    given_name="Priya",
    family_name="Shah",
    address=Address(line1="12 Meadow Lane", line2="B", city="Hamilton", region="W", postal_code="3204", country="NZ"),
)
FULL_ITEM = item(description="per visit", cost=Decimal("40.15"))
REMARK = line("0", "0.00", item=None, item_code="", description="as agreed")
FULL_LINES = [
    line("1.5", "33.33", taxable=True),
    line("1", "10", item=None, item_code="", taxable=True, tax_code="low"),
    line("0.5", "0.25"),
    REMARK,
]
TAXED = {"lines": FULL_LINES, "discount": Decimal("5.00"), "tax": Decimal("4.12"), "memo": "Thanks"}
TWO_RATES = replace(MAPPING, tax_codes={**CODES, "low": "TAX005"})
RATES = rows("TaxRates", {"TaxType": "OUTPUT2", "EffectiveRate": 15}, {"TaxType": "TAX005", "EffectiveRate": 5})
SINCE = datetime(2026, 8, 1, tzinfo=UTC)

# Every request that the plugin makes: what is asked, and what it is answered.
CALLS: dict[str, tuple[Callable[[Account], Any], list[Any]]] = {
    "new customers": (
        lambda a: hooks.push_customer_batch(
            account=a, pushes=[push(FULL_CUSTOMER), push(customer(email=""), position=2)]
        ),
        [rows("Contacts")],
    ),
    "a known customer": (
        lambda a: hooks.push_customer_batch(account=a, pushes=[push(FULL_CUSTOMER, remote_id=CONTACT)]),
        [rows("Contacts")],
    ),
    "known customers": (
        lambda a: hooks.push_customer_batch(
            account=a, pushes=[push(FULL_CUSTOMER, remote_id=guid(n), position=n) for n in (1, 2)]
        ),
        [rows("Contacts")],
    ),
    "new items": (lambda a: hooks.push_item_batch(account=a, pushes=[push(FULL_ITEM)]), [rows("Items")]),
    "a known item": (
        lambda a: hooks.push_item_batch(account=a, pushes=[push(item(), remote_id=guid(1))]),
        [rows("Items")],
    ),
    "new invoices": (
        lambda a: hooks.push_invoice_batch(
            account=a,
            pushes=[push(invoice(**TAXED), mapping=TWO_RATES), push(invoice(number="", due_on=None), position=2)],
        ),
        [RATES, rows("Invoices")],
    ),
    "a known invoice": (
        lambda a: hooks.push_invoice_batch(account=a, pushes=[push(invoice(), remote_id=INVOICE)]),
        [rows("Invoices")],
    ),
    "new quotes": (
        lambda a: hooks.push_estimate_batch(account=a, pushes=[push(estimate(**TAXED), mapping=TWO_RATES)]),
        [RATES, rows("Quotes")],
    ),
    "a known quote": (
        lambda a: hooks.push_estimate_batch(account=a, pushes=[push(estimate(), remote_id=guid(1))]),
        [rows("Quotes", {"QuoteID": guid(1), "Status": "SENT"}), rows("Quotes")],
    ),
    "new payments": (
        lambda a: hooks.push_payment_batch(
            account=a, pushes=[push(payment(method=PaymentMethod.CHECK, reference="1042"))]
        ),
        [rows("Payments")],
    ),
    "a known payment": (
        lambda a: hooks.push_payment_batch(account=a, pushes=[push(payment(), remote_id=guid(1))]),
        [page("Payments")],
    ),
    "a void": (
        lambda a: hooks.void_invoice(account=a, push=push(invoice(), remote_id=INVOICE)),
        [rows("Invoices", {"InvoiceID": INVOICE, "Status": "VOIDED"})],
    ),
    "a deletion": (
        lambda a: hooks.delete_payment(account=a, push=push(payment(), remote_id=guid(1))),
        [rows("Payments", {"PaymentID": guid(1), "Status": "DELETED"})],
    ),
    "looks": (
        lambda a: hooks.find_pushed_batch(
            account=a,
            pushes=[
                push(value, position=place)
                for place, value in enumerate(
                    (customer(), item(), invoice(), invoice(number=""), estimate(), payment())
                )
            ],
        ),
        [page("Contacts"), rows("Items"), page("Invoices"), page("Invoices"), rows("Quotes"), page("Payments")],
    ),
    "a look for a quote without a number": (
        lambda a: hooks.find_pushed(account=a, push=push(estimate(number=""))),
        [rows("Quotes")],
    ),
    "looks by id": (
        lambda a: hooks.find_pushed_batch(
            account=a,
            pushes=[
                push(value, remote_id=guid(1), position=place)
                for place, value in enumerate((customer(), item(), invoice(), estimate(), payment()))
            ],
        ),
        [page("Contacts"), rows("Items"), page("Invoices"), rows("Quotes"), page("Payments")],
    ),
    "a look for a name": (
        lambda a: hooks.on_duplicate_name(account=a, push=push(customer(name='The "Lane"'))),
        [page("Contacts"), page("Contacts")],
    ),
    "pages": (lambda a: [hooks.pull_customers(account=a, cursor=None)], [page("Contacts")]),
    "items": (lambda a: hooks.pull_items(account=a), [rows("Items")]),
    "payments": (lambda a: hooks.pull_payments(account=a, cursor=None), [page("Payments")]),
    "accounts": (lambda a: hooks.pull_accounts(account=a), [rows("Accounts")]),
    "rates": (lambda a: hooks.pull_tax_codes(account=a), [rows("TaxRates")]),
    "changes": (
        lambda a: hooks.pull_changes(account=a, since=SINCE),
        [page("Contacts"), rows("Items"), page("Invoices"), page("Quotes"), page("Payments")],
    ),
}


@pytest.fixture(scope="module")
def spec(shared: Path) -> dict[str, Any]:
    """Xero's description, made strict: a member that it does not name is an error."""
    text = (shared / "specs" / "xero" / "xero_accounting.yaml").read_bytes()
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    kept = {"paths": loaded["paths"], "components": deepcopy(loaded["components"])}
    for schema in kept["components"]["schemas"].values():
        for part in _objects(schema):
            part.setdefault("additionalProperties", False)
    return kept


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        for inner in schema.values():
            yield from _objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _objects(inner)


def operation_of(spec: dict[str, Any], request: Request) -> dict[str, Any]:
    """The described operation with its parameters by (place, name). Fails for one that is not described."""
    path = request.path.removeprefix("/api.xro/2.0")
    for template, operations in spec["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and request.method.lower() in operations:
            operation = operations[request.method.lower()]
            declared = [*operations.get("parameters", []), *operation.get("parameters", [])]
            named = [
                spec["components"]["parameters"][p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in declared
            ]
            return {**operation, "parameters": {(p["in"], p["name"].lower()): p for p in named}}
    raise AssertionError(f"{request.method} {path} is not described")


def errors_of(spec: dict[str, Any], schema: dict[str, Any], body: Any) -> list[str]:
    validator = OAS30WriteValidator({**schema, "components": spec["components"]})
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(body)
    ]


def requests_of(name: str) -> list[Request]:
    ask, answers = CALLS[name]
    wire = Wire(list(answers))
    ask(wire.account())
    assert wire.requests
    return wire.requests


@pytest.mark.parametrize("name", CALLS)
def test_what_is_sent_is_described(spec: dict[str, Any], name: str) -> None:
    for request in requests_of(name):
        operation = operation_of(spec, request)
        known = operation["parameters"]
        for query, value in request.query.items():
            assert ("query", query.lower()) in known, f"{request.path} knows no {query}"
            schema = known["query", query.lower()]["schema"]
            assert "enum" not in schema or value in schema["enum"]
        for header in ("idempotency-key", "if-modified-since", "xero-tenant-id"):
            assert header not in request.headers or ("header", header) in known
        assert "xero-tenant-id" in request.headers
        if request.body:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert errors_of(spec, schema, request.json) == []


def test_an_unknown_member_would_be_noticed(spec: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Items"}
    assert errors_of(spec, schema, {"Items": [{"Code": "A"}]}) == []
    assert errors_of(spec, schema, {"Items": [{"Code": "A", "Colour": "red"}]})


@pytest.mark.parametrize(
    "row",
    [{"Total": 5.0}, {"Status": "APPROVED"}, {"LineAmountTypes": "NO_TAX"}, {"LineItems": [{"Quantity": "two"}]}],
    ids=["read only", "unknown word", "another spelling", "type"],
)
def test_a_wrong_member_would_be_noticed(spec: dict[str, Any], row: dict[str, Any]) -> None:
    assert errors_of(spec, {"$ref": "#/components/schemas/Invoices"}, {"Invoices": [row]})


def test_no_creation_is_a_post_and_no_update_carries_a_key() -> None:
    for name in CALLS:
        for request in requests_of(name):
            if request.method in ("PUT", "POST"):
                assert ("idempotency-key" in request.headers) == (request.method == "PUT")
            if request.method == "POST" and request.json.keys() != {"Status"}:
                (records,) = request.json.values()
                assert all(any(member.endswith("ID") for member in record) for record in records), name
