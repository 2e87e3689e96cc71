"""What the Wave sandbox reads out of a GraphQL document before it runs it."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema

from ledgerport_wave_sandbox.app import own_schema
from ledgerport_wave_sandbox.prepare import Documents, Prepared, verb


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(own_schema())


@pytest.fixture
def documents(schema: GraphQLSchema) -> Documents:
    return Documents(schema)


def roots(prepared: Prepared, name: str | None = None) -> list[str]:
    operation = prepared.operation(name)
    assert isinstance(operation, OperationDefinitionNode)
    return prepared.roots(operation)


def writing(mutation: str) -> str:
    type = f"{mutation[0].upper()}{mutation[1:]}Input!"
    return f"mutation($i: {type}) {{ {mutation}(input: $i) {{ didSucceed }} }}"


@pytest.mark.parametrize(
    ("mutation", "scope", "operation", "entity"),
    [
        ("customerCreate", "customer:write", "create", "Customer"),
        ("productArchive", "product:write", "archive", "Item"),
        ("accountPatch", "account:write", "update", "Account"),
        ("salesTaxCreate", "sales_tax:write", "create", "SalesTax"),
        ("invoiceMarkSent", "invoice:write", "mark_sent", "Invoice"),
        ("invoiceSend", "invoice:send", "send", "Invoice"),
        ("invoicePaymentCreateManual", "invoice:write", "create", "Payment"),
        ("invoicePaymentDelete", "invoice:write", "delete", "Payment"),
        ("estimateSend", "estimate:send", "send", "Estimate"),
        ("moneyTransactionsCreate", "transaction:write", "batch", "Transaction"),
    ],
)
def test_a_mutation_has_a_scope_a_verb_and_a_word(
    documents: Documents, mutation: str, scope: str, operation: str, entity: str
) -> None:
    prepared = documents.read(writing(mutation))
    found = roots(prepared)
    assert (found, prepared.scopes(found)) == ([mutation], {scope})
    assert (verb(found), prepared.entities(found)) == (operation, (entity,))


def test_a_query_needs_a_scope_for_each_list_it_reads(documents: Documents) -> None:
    prepared = documents.read(
        "{ user { id } business { customers { edges { node { id } } } salesTaxes { edges { node { id } } } } }"
    )
    assert prepared.scopes(roots(prepared)) == {"user:read", "business:read", "customer:read", "sales_tax:read"}


def test_what_hides_in_fragments_is_found(documents: Documents) -> None:
    prepared = documents.read(
        "query { ...A } fragment A on Query { business { ...B } } fragment B on Business { invoice(id: 1) { id } }"
    )
    assert roots(prepared) == ["business"]
    assert prepared.scopes(["business"]) == {"business:read", "invoice:read"}


def test_one_of_several_operations_has_to_be_named(documents: Documents) -> None:
    prepared = documents.read("query A { user { id } } query B { business { id } }")
    assert (prepared.operation(None), prepared.operation("C")) == (None, None)
    assert roots(prepared, "B") == ["business"]


def test_a_default_of_a_variable_is_no_inline_argument(documents: Documents) -> None:
    listed = "customers(email: {}) {{ edges {{ node {{ id }} }} }}"
    fine = documents.read('query($e: String = "a") { business { ' + listed.format("$e") + " } }")
    bad = documents.read("{ business { " + listed.format('"a"') + " } }")
    assert (fine.errors, fine.inline, len(bad.inline)) == ([], [], 1)


@pytest.mark.parametrize("text", ["{", "{ nonsense }", ""])
def test_a_document_that_makes_no_sense_has_errors_and_no_fields(documents: Documents, text: str) -> None:
    prepared = documents.read(text)
    assert prepared.errors
    assert prepared.fields == frozenset()


def test_a_document_is_judged_once(documents: Documents) -> None:
    assert documents.read("{ user { id } }") is documents.read("{ user { id } }")


def test_only_so_many_documents_are_kept(documents: Documents) -> None:
    first = documents.read("{ a0 }")
    for n in range(1, 600):
        documents.read(f"{{ a{n} }}")
    assert documents.read("{ a0 }") is not first
