"""What the QuickBooks plugin sends validates against Intuit's schemas: an unknown member would be refused with 2010."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from tests.unit.quickbooks_factories import customer, estimate, invoice, item, line, payment, push

from ledgerport.contract import Address, ItemType, PaymentMethod, PushMapping
from ledgerport_quickbooks.books import Books, Tax
from ledgerport_quickbooks.mapping import customers, estimates, invoices, items, payments

NAMESPACE = "http://schema.intuit.com/finance/v3"
US, UK = Books(methods={"check": "2"}), Books(tax=Tax.GLOBAL, currency="GBP", multicurrency=True)
CODES = PushMapping(tax_codes={"taxable": "3", "exempt": "6"}, income_account="79", deposit_account="35")
FULL_ADDRESS = Address(line1="1 Pier", line2="B", city="Monterey", region="CA", postal_code="93940", country="USA")
FULL_CUSTOMER = customer(
    phone="555", company_name="Harbor", given_name="Dana", family_name="Ruiz", address=FULL_ADDRESS
)
FULL_ITEM = item(sku="S-1", description="per visit", cost=Decimal("40.15"), type=ItemType.PRODUCT)
REMARK = line("0", "0.00", item=None, description="as agreed")
FULL_INVOICE = invoice(
    lines=[line("1.5", "33.33", taxable=True), REMARK],
    discount=Decimal("5.00"),
    tax=Decimal("4.12"),
    memo="Thanks",
    estimate_id="305",
)
FULL_PAYMENT = payment(method=PaymentMethod.CHECK, reference="1042", memo="first half")
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "customer": ("Customer", customers.to_wire(push(FULL_CUSTOMER), US)),
    "customer outside the US": ("Customer", customers.to_wire(push(customer(currency="EUR")), UK)),
    "item": ("Item", items.to_wire(push(FULL_ITEM), US)),
    "invoice": ("Invoice", invoices.to_wire(push(FULL_INVOICE), US)),
    "invoice outside the US": (
        "Invoice",
        invoices.to_wire(push(replace(FULL_INVOICE, currency="GBP"), mapping=CODES), UK),
    ),
    "estimate": ("Estimate", estimates.to_wire(push(estimate(memo="Offer", discount=Decimal("1.00"))), US)),
    "payment": ("Payment", payments.to_wire(push(FULL_PAYMENT, mapping=CODES), US)),
    "payment in another currency": ("Payment", payments.to_wire(push(replace(FULL_PAYMENT, currency="GBP")), UK)),
    "item changed": (
        "Item",
        {**items.to_wire(push(FULL_ITEM, remote_id="41"), US), "Id": "41", "SyncToken": "0", "sparse": True},
    ),
    "invoice to void": ("Invoice", {"Id": "310", "SyncToken": "2"}),
    "payment to delete": ("Payment", {"Id": "311", "SyncToken": "0"}),
}


@pytest.fixture(scope="module")
def schema(shared: Path) -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema(str(shared / "specs" / "quickbooks" / "IntuitRestServiceDef.xsd"))


def element_of(schema: xmlschema.XMLSchema10, entity: str) -> Any:
    return schema.maps.elements[f"{{{NAMESPACE}}}{entity}"]


def to_xml(name: str, value: Any, declared: Any) -> ET.Element:
    """A JSON member as the element that the schema declares. KeyError names a member the schema does not know."""
    node = ET.Element(f"{{{NAMESPACE}}}{name}")
    if not isinstance(value, dict):
        node.text = str(value).lower() if isinstance(value, bool) else str(value)
        return node
    if declared.type.has_simple_content() or declared.type.is_simple():
        node.text = str(value["value"])
        return node
    known = {child.local_name: (place, child) for place, child in enumerate(children(declared))}
    for member in value.keys() & declared.type.attributes.keys():
        node.set(member, str(value[member]).lower())
    members = value.keys() - declared.type.attributes.keys()
    for member in sorted(members, key=lambda member: known[member][0]):
        for entry in value[member] if isinstance(value[member], list) else [value[member]]:
            node.append(to_xml(member, entry, known[member][1]))
    return node


def children(declared: Any) -> Iterator[Any]:
    yield from declared.type.content.iter_elements()


@pytest.mark.parametrize("name", ROWS)
def test_what_is_sent_validates_by_name_and_type(schema: xmlschema.XMLSchema10, name: str) -> None:
    entity, row = ROWS[name]
    declared = element_of(schema, entity)
    errors = [str(error.reason) for error in declared.iter_errors(to_xml(entity, row, declared))]
    assert errors == []


def test_an_unknown_member_would_be_noticed(schema: xmlschema.XMLSchema10) -> None:
    with pytest.raises(KeyError, match="Colour"):
        to_xml("Item", {"Name": "Pipe", "Colour": "red"}, element_of(schema, "Item"))


def test_a_wrong_type_would_be_noticed(schema: xmlschema.XMLSchema10) -> None:
    declared = element_of(schema, "Item")
    assert list(declared.iter_errors(to_xml("Item", {"Name": "Pipe", "UnitPrice": "a lot"}, declared)))


def numbers_in(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from numbers_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers_in(inner)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        yield value


@pytest.mark.parametrize("name", ROWS)
def test_amounts_travel_as_json_numbers(name: str) -> None:
    assert all(isinstance(value, float) for value in numbers_in(ROWS[name][1]))
    assert not any(isinstance(value, Decimal) for value in numbers_in(ROWS[name][1]))


def test_the_operations_of_a_batch_are_those_of_the_schema(schema: xmlschema.XMLSchema10) -> None:
    declared: Any = schema.maps.types[f"{{{NAMESPACE}}}OperationEnum"]
    assert {"create", "update"} <= set(declared.enumeration)
