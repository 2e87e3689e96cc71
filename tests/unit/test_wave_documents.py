"""Every document and every input that the Wave plugin sends fits Wave's own schema."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values
from tests.unit.wave_factories import (
    BUSINESS,
    CUSTOMER,
    customer,
    estimate,
    estimate_row,
    invoice,
    item,
    line,
    payment,
    push,
)

import ledgerport_wave
from ledgerport.contract import Address, PaymentMethod
from ledgerport_wave import documents
from ledgerport_wave.books import Books
from ledgerport_wave.mapping import customers, estimates, invoices, items, payments, places

BOOKS = Books(business=BUSINESS, country="US")
TEXTS = [
    *(mutation.document for mutation in documents.MUTATIONS),
    *(listing.document for listing in documents.LISTINGS),
    *(single.document for single in documents.SINGLES),
    documents.BUSINESSES,
    documents.BUSINESS,
    documents.customers_by_emails(5),
    documents.together([documents.PRODUCT_CREATE, documents.PRODUCT_PATCH, documents.PAYMENT_CREATE]),
]
PLACE = Address(line1="1 Pier", line2="B", city="Monterey", region="California", postal_code="93940", country="USA")
FULL_CUSTOMER = customer(phone="555", given_name="Dana", family_name="Ruiz", address=PLACE, currency="CAD")
FULL_INVOICE = invoice(
    lines=[line("1.5", "33.33", taxable=True), line("3", "0.333333333")],
    discount=Decimal("5.00"),
    tax=Decimal("4.12"),
    memo="Thanks",
    currency="CAD",
)
FULL_ESTIMATE = estimate(number="", memo="Offer", discount=Decimal("1.00"), currency="CAD")
CHANGED_ESTIMATE = estimates.completed(estimates.to_wire(push(FULL_ESTIMATE, remote_id="E"), BOOKS), estimate_row())
ITEM_WITH_WORDS = item(description="per visit")
INPUTS: dict[str, tuple[documents.Mutation, dict[str, Any]]] = {
    "customer": (documents.CUSTOMER_CREATE, customers.to_wire(push(FULL_CUSTOMER), BOOKS)),
    "customer changed": (documents.CUSTOMER_PATCH, customers.to_wire(push(FULL_CUSTOMER, remote_id="C"), BOOKS)),
    "item": (documents.PRODUCT_CREATE, items.to_wire(push(ITEM_WITH_WORDS), BOOKS)),
    "item changed": (documents.PRODUCT_PATCH, items.to_wire(push(ITEM_WITH_WORDS, remote_id="P"), BOOKS)),
    "invoice": (documents.INVOICE_CREATE, invoices.to_wire(push(FULL_INVOICE), BOOKS)),
    "invoice changed": (documents.INVOICE_PATCH, invoices.to_wire(push(FULL_INVOICE, remote_id="I"), BOOKS)),
    "invoice voided": (documents.INVOICE_DELETE, {"invoiceId": "I"}),
    "estimate": (documents.ESTIMATE_CREATE, estimates.to_wire(push(FULL_ESTIMATE), BOOKS)),
    "estimate changed": (documents.ESTIMATE_PATCH, CHANGED_ESTIMATE),
    "payment": (documents.PAYMENT_CREATE, payments.to_wire(push(payment(reference="1042")), BOOKS)),
    "payment changed": (documents.PAYMENT_PATCH, payments.to_wire(push(payment(), remote_id="P"), BOOKS)),
    "payment deleted": (documents.PAYMENT_DELETE, {"id": "P"}),
}


@pytest.fixture(scope="module")
def schema(shared: Path) -> GraphQLSchema:
    return build_schema((shared / "specs" / "wave" / "schema.graphql").read_text())


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_document_validates_against_the_schema(schema: GraphQLSchema, text: str) -> None:
    assert [error.message for error in validate(schema, parse(text))] == []


def test_a_field_that_wave_does_not_have_would_be_noticed(schema: GraphQLSchema) -> None:
    wrong = documents.PRODUCT_CREATE.document.replace("unitPrice", "salesPrice")
    assert validate(schema, parse(wrong))


def errors_in(schema: GraphQLSchema, text: str, variables: dict[str, Any]) -> list[str]:
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    coerced = get_variable_values(schema, operation.variable_definitions or (), variables)
    return [] if not isinstance(coerced, list) else [error.message for error in coerced]


@pytest.mark.parametrize("name", INPUTS)
def test_what_is_sent_fits_the_input_it_is_sent_as(schema: GraphQLSchema, name: str) -> None:
    mutation, row = INPUTS[name]
    assert errors_in(schema, mutation.document, {"input": row}) == []


@pytest.mark.parametrize("method", PaymentMethod)
def test_every_way_to_pay_is_one_of_waves(schema: GraphQLSchema, method: PaymentMethod) -> None:
    row = payments.to_wire(push(payment(method=method)), BOOKS)
    assert errors_in(schema, documents.PAYMENT_CREATE.document, {"input": row}) == []


def test_a_member_that_wave_does_not_have_would_be_noticed(schema: GraphQLSchema) -> None:
    mutation, row = INPUTS["item"]
    assert errors_in(schema, mutation.document, {"input": {**row, "sku": "S-1"}})


def test_several_mutations_of_one_document_take_their_inputs(schema: GraphQLSchema) -> None:
    steps = [INPUTS["item"], INPUTS["item changed"]]
    variables = {f"i{place}": row for place, (_, row) in enumerate(steps, 1)}
    assert errors_in(schema, documents.together([mutation for mutation, _ in steps]), variables) == []


def test_the_lists_take_the_variables_that_are_sent(schema: GraphQLSchema) -> None:
    common = {"businessId": BUSINESS, "page": 1, "pageSize": 200}
    for listing in documents.LISTINGS:
        extra = {
            "email": "a@b.example",
            "number": "FS-1",
            "customerId": CUSTOMER,
            "day": date(2026, 9, 1).isoformat(),
            "after": "2026-09-01T00:00:00.000Z",
        }
        assert errors_in(schema, listing.document, {**common, **extra}) == []


def test_every_country_we_send_is_one_of_waves(schema: GraphQLSchema) -> None:
    known = set(schema.type_map["CountryCode"].values)  # type: ignore[attr-defined]
    codes = [places.country_code(f"{first}{second}") for first in map(chr, range(65, 91)) for second in LETTERS]
    assert {code for code in codes if code} <= known


LETTERS = [chr(code) for code in range(65, 91)]


class _Strings(Visitor):
    """Collects the strings that stand in a document itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        self.found.append(node.value)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_no_text_stands_in_a_document_itself(text: str) -> None:
    strings = _Strings()
    visit(parse(text), strings)
    assert strings.found == []


def sources() -> Iterator[str]:
    for path in Path(ledgerport_wave.__file__).parent.rglob("*.py"):
        yield path.read_text()


def test_payments_are_never_money_transactions() -> None:
    assert not [text for text in sources() if "moneyTransaction" in text or "moneyDeposit" in text]


def test_the_member_that_breaks_whole_answers_is_never_selected() -> None:
    assert not [text for text in TEXTS if "archivable" in text]
