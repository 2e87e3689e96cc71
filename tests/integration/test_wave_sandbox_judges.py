"""Other people's judgement of the Wave sandbox: graphql-core as a client, the published schema, recorded answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    parse,
    print_schema,
    validate,
)

from ledgerport_sandbox import Clock, Running
from ledgerport_wave_sandbox.app import create_app, own_schema
from ledgerport_wave_sandbox.visitor import Visitor

BOTH = pytest.mark.parametrize("running", ["ours", "official"], indirect=True)
BUILT_IN = frozenset({"String", "Int", "Float", "Boolean", "ID"})


class Judged(Visitor):
    """A visitor who validates each document against the published schema before it is sent, as a careful client."""

    schema: GraphQLSchema
    valid: ClassVar[set[str]] = set()

    def ask(self, query: str, **variables: Any) -> Any:
        if query not in self.valid:
            assert validate(self.schema, parse(query)) == []
            self.valid.add(query)
        return super().ask(query, **variables)


@pytest.fixture(scope="module")
def official(shared: Path) -> str:
    return (shared / "specs" / "wave" / "schema.graphql").read_text()


@pytest.fixture(scope="module")
def published(official: str) -> GraphQLSchema:
    return build_schema(official)


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    return build_schema(own_schema())


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, official: str) -> Iterator[Running]:
    """A sandbox that serves its own schema; for the tests that ask for it the published one."""
    schema = official if getattr(request, "param", "ours") == "official" else None
    with Running(create_app(clock=Clock(rate=0, at=1_790_000_000), schema=schema)) as sandbox:
        yield sandbox


@pytest.fixture
def app(running: Running, published: GraphQLSchema) -> Iterator[Judged]:
    with Judged(running.url) as visitor:
        visitor.schema = published
        visitor.control("reset", {})
        visitor.control("limits", {"enabled": False})
        visitor.sign_in()
        yield visitor


def fields(schema: GraphQLSchema) -> dict[str, Any]:
    """Every name, type, argument, default and deprecation of a schema by its place."""
    found: dict[str, Any] = {}
    for name, type in schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        found[name] = type.__class__
        if isinstance(type, GraphQLEnumType):
            found.update({f"{name}.{value}": "value" for value in type.values})
        elif isinstance(type, GraphQLInputObjectType):
            for member, input in type.fields.items():
                found[f"{name}.{member}"] = (str(input.type), repr(input.default_value))
        elif isinstance(type, GraphQLObjectType | GraphQLInterfaceType):
            found[f"{name} implements"] = {interface.name for interface in type.interfaces}
            for member, field in type.fields.items():
                args = {arg: (str(each.type), repr(each.default_value)) for arg, each in field.args.items()}
                found[f"{name}.{member}"] = (str(field.type), args, field.deprecation_reason)
    return found


def test_our_schema_is_a_part_of_the_published_one(ours: GraphQLSchema, published: GraphQLSchema) -> None:
    theirs = fields(published)
    assert {place: told for place, told in fields(ours).items() if theirs.get(place) != told} == {}


def test_our_inputs_lack_nothing_that_a_published_input_asks_for(ours: GraphQLSchema, published: GraphQLSchema) -> None:
    missing = [
        f"{name}.{member}"
        for name, type in ours.type_map.items()
        if isinstance(type, GraphQLInputObjectType)
        for member, field in published.type_map[name].fields.items()  # type: ignore[attr-defined]
        if member not in type.fields and str(field.type).endswith("!")
    ]
    assert missing == []


@BOTH
def test_introspection_rebuilds_the_schema_that_is_served(app: Judged, ours: GraphQLSchema) -> None:
    answer = Visitor.ask(app, get_introspection_query(descriptions=False)).json()["data"]
    rebuilt = lexicographic_sort_schema(build_client_schema(answer))
    served = fields(rebuilt)
    known = fields(ours)
    assert {place for place, told in known.items() if served.get(place) != told} == set()
    if len(served) == len(known):
        assert print_schema(rebuilt) == print_schema(lexicographic_sort_schema(ours))


@BOTH
def test_a_shop_bills_is_paid_and_reads_its_books_back(app: Judged) -> None:
    buyer = app.customer(email="d@h.example", displayId="C-7", address={"countryCode": "US", "provinceCode": "US-TX"})
    item = app.product(price="89.50", defaultSalesTaxIds=[app.tax()])
    bill = app.invoice(buyer, [{"productId": item, "quantity": "2"}], invoiceNumber="INV-1", memo="LP-1")
    assert (bill["total"], bill["taxTotal"]) == ({"value": "193.77"}, {"value": "14.77"})
    paid = app.pay(bill["id"], "193.77", memo="LP-2")
    chosen = (
        "status payments { id memo amount } customer { displayId } items { product { id } taxes { salesTax { rate } } }"
    )
    assert app.books(f"invoice(id: $id) {{ {chosen} }}", id=("ID!", bill["id"]))["invoice"] == {
        "status": "PAID",
        "payments": [{"id": paid, "memo": "LP-2", "amount": "193.77"}],
        "customer": {"displayId": "C-7"},
        "items": [{"product": {"id": item}, "taxes": [{"salesTax": {"rate": "0.0825"}}]}],
    }
    line = {"productId": item, "unitPrice": "10"}
    app.do("estimateCreate", {"customerId": buyer, "items": [line], "estimateNumber": "E-1"}, "estimate { id }")
    books = app.ledger()
    assert (len(books["estimates"]), books["totals"]["open"], books["checks"]) == (1, "0.00", [])


@BOTH
@pytest.mark.parametrize(
    "kind", ["Invoice", "AREstimate", "InvoicePayment", "Customer", "Product", "SalesTax", "Account"]
)
def test_every_plain_field_of_our_schema_has_an_answer(app: Judged, ours: GraphQLSchema, kind: str) -> None:
    item = app.product()
    buyer = app.customer()
    bill = app.invoice(buyer, [{"productId": item}])["id"]
    line = {"productId": item, "unitPrice": "10"}
    offer = app.do("estimateCreate", {"customerId": buyer, "items": [line]}, "estimate { id }")["estimate"]["id"]
    made = {"Invoice": bill, "AREstimate": offer, "Customer": buyer, "Product": item, "SalesTax": app.tax()}
    made |= {"InvoicePayment": app.pay(bill, "10"), "Account": app.account()}
    field = "estimate" if kind == "AREstimate" else kind[0].lower() + kind[1:]
    chosen = selection(ours.type_map[kind], depth=2)
    app.control("switches", {"archivable_is_null": False})
    assert app.books(f"{field}(id: $id) {{ {chosen} }}", id=("ID!", made[kind]))[field]["id"] == made[kind]


def selection(type: Any, depth: int) -> str:
    """Every field of a type that takes no arguments, and those of what lies below it."""
    parts = []
    for name, field in type.fields.items():
        inner = field.type
        while hasattr(inner, "of_type"):
            inner = inner.of_type
        if any(str(arg.type).endswith("!") for arg in field.args.values()):
            continue
        if not hasattr(inner, "fields"):
            parts.append(name)
        elif depth and not name.endswith("s"):
            parts.append(f"{name} {{ {selection(inner, depth - 1)} }}")
    return " ".join(parts)


@pytest.mark.parametrize("running", ["official"], indirect=True)
def test_what_the_published_schema_has_and_we_do_not_serve_fails_loudly(app: Judged) -> None:
    bill = app.invoice(app.customer(), [{"productId": app.product()}])["id"]
    body = app.send("invoiceClone", {"invoiceId": bill}).json()
    assert (body["data"], body["errors"][0]["extensions"]["code"]) == ({"invoiceClone": None}, "INTERNAL_SERVER_ERROR")
    app.http.headers.pop("authorization")
    assert app.send("invoiceClone", {"invoiceId": bill}).json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


# -- recorded answers ----------------------------------------------------------------------------------------

INFO = "pageInfo { currentPage totalPages totalCount }"
ASKED = {
    "user.json": "{ user { %s } }",
    "businesses.json": f"{{ businesses {{ {INFO} edges {{ node {{ %s }} }} }} }}",
    "customer.json": "query($id: ID!) { business { customer(id: $id) { %s } } }",
    "products.json": "{ business { products { edges { node { %s } } } } }",
    "account_types.json": "{ accountTypes { %s } }",
    "account_subtypes.json": "{ accountSubtypes { %s } }",
    "currency.json": "{ currency(code: USD) { %s } }",
    **{
        f"{kind}.json": f"{{ business {{ id name {kind} {{ {INFO} edges {{ node {{ %s }} }} }} }} }}"
        for kind in ("customers", "accounts", "invoices")
    },
}
#: Objects that the recordings show as `{}`.
SHORTENED = {
    "type": "name value",
    "subtype": "name value",
    "currency": "code",
    "address": "city",
    "shippingDetails": "name",
    "business": "id name",
}


def innermost(answer: dict[str, Any]) -> dict[str, Any]:
    """The first record of a recorded answer."""
    found: Any = answer["data"]
    while True:
        if isinstance(found, list):
            found = found[0]
        elif "edges" in found:
            found = found["edges"][0]["node"]
        elif len(found) == 1 or any(isinstance(v, dict) and "edges" in v for v in found.values()):
            found = next(v for v in found.values() if isinstance(v, dict | list) and ("edges" in v or len(found) == 1))
        else:
            record: dict[str, Any] = found
            return record


def chosen_of(record: dict[str, Any]) -> str:
    parts = []
    for name, value in record.items():
        if not isinstance(value, dict):
            parts.append(name)
        elif name == "type" and "normalBalanceType" in value:
            parts.append(f"{name} {{ {' '.join(value)} }}")
        else:
            parts.append(f"{name} {{ {SHORTENED[name]} }}")
    return " ".join(parts)


def kinds(record: dict[str, Any]) -> dict[str, str]:
    """The JSON kind of each plain member that says something."""
    return {name: type(v).__name__ for name, v in record.items() if not isinstance(v, dict) and v not in (None, "")}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_answers_have_the_shape_that_was_recorded(app: Judged, shared: Path, name: str) -> None:
    address = {"city": "Austin"}
    more = {"email": "j@d.example", "mobile": "0", "firstName": "J", "lastName": "D", "displayId": "1"}
    buyer = app.customer(**more, address=address, shippingDetails={"name": "J"})
    app.invoice(buyer, [{"productId": app.product(description="Product description")}])
    recorded = innermost(json.loads((shared / "recorded" / "wave" / name).read_text()))
    query = ASKED[name] % chosen_of(recorded)
    answer = Visitor.ask(app, query, **({"id": buyer} if "$id" in query else {})).json()
    assert "errors" not in answer
    ours = innermost(answer)
    assert list(ours) == list(recorded)
    wanted = kinds(recorded)
    assert {member: kind for member, kind in kinds(ours).items() if member in wanted} == wanted


@pytest.mark.parametrize("name", ["account_types.json", "account_subtypes.json", "currency.json"])
def test_lists_of_constants_are_those_that_were_recorded(app: Judged, shared: Path, name: str) -> None:
    recorded = json.loads((shared / "recorded" / "wave" / name).read_text())["data"]
    (field,) = recorded
    answer = app.data(ASKED[name] % chosen_of(innermost({"data": recorded})).replace("type { name value }", ""))[field]
    rows, known = (recorded[field], answer) if isinstance(answer, list) else ([recorded[field]], [answer])
    assert [row for row in rows if row not in known] == []


def test_an_invalid_document_is_answered_to_the_letter_of_the_documents(app: Judged, shared: Path) -> None:
    recorded = json.loads((shared / "recorded" / "wave" / "documented_error_validation.json").read_text())
    answer = Visitor.ask(app, 'query {\n  business(name: "x") { id }\n}').json()
    for body in (recorded, answer):
        body["errors"][0]["extensions"]["id"] = "a uuid"
    assert answer == recorded
    assert list(answer["errors"][0]) == list(recorded["errors"][0])
